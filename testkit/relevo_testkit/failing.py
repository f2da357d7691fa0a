"""Starts a service as its own process with failpoints between its parts: ``python -m relevo_testkit.failing
relevo_intake``.

``FAILPOINTS`` arms them: ``before_commit:3,after_publish`` ends the process, as kill -9 would, at the fourth commit or
at the first publication, whichever comes first. The service itself is started as it is.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from relevo_chassis.delivery.seams import Seams
from relevo_chassis.given.settings import read_settings
from relevo_chassis.service.assembly import application
from relevo_chassis.service.server import run
from relevo_testkit.failpoints import (
    FailingBackend,
    FailingDelivery,
    FailingPublisher,
    Failpoints,
    kill_this_process,
)

VARIABLE = "FAILPOINTS"


def seams(points: Failpoints) -> Seams:
    """Seams with the failpoints in them."""
    return Seams(
        backend=lambda backend: FailingBackend(backend, points),
        publisher=lambda publisher: FailingPublisher(publisher, points),
        delivered=lambda delivered: FailingDelivery(delivered, points),
    )


def armed(text: str) -> Failpoints:
    """The failpoints that a text such as ``before_commit:3,after_publish`` arms."""
    points = Failpoints()
    for each in filter(None, text.split(",")):
        point, _, after = each.partition(":")
        points.arm(point, kill_this_process, after=int(after or 0))
    return points


def main(package: str) -> None:
    settings = read_settings(import_module(f"{package}.settings").Settings)
    service = import_module(f"{package}.main").SERVICE
    run(application(settings, service, seams(armed(os.environ.get(VARIABLE, "")))), settings)


if __name__ == "__main__":
    main(sys.argv[1])
