"""Runs one service as its own process with failpoints between its parts: ``python -m tests.chaos.program intake``.

They are armed while it runs: SIGUSR1 makes it read what to arm from the file that ``FAILPOINTS_FILE`` names. A service
is started as its ``main`` starts it; nothing in it knows of this.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from pathlib import Path

from relevo_chassis.starting import begin, named

VARIABLE = "FAILPOINTS_FILE"
WITHIN_COMMIT = "within_commit"
"""Some milliseconds after ``before_commit``: as a rule the transaction is open then."""
COMMIT_SECONDS = 0.012
SETTINGS = {
    "intake": "relevo_intake.settings:IntakeSettings",
    "scheduling": "relevo_scheduling.settings:SchedulingSettings",
    "multiplier_tracking": "relevo_multiplier_tracking.settings:MultiplierTrackingSettings",
    "certification": "relevo_certification.settings:CertificationSettings",
    "portal": "relevo_portal.settings:PortalSettings",
    "webhooks": "relevo_webhooks.settings:WebhooksSettings",
    "witness": "tests.chaos.witness.main:Settings",
}


def main(service: str) -> None:
    begin()
    from relevo_chassis.given.settings import read_settings
    from relevo_chassis.service.assembly import application
    from relevo_chassis.service.server import run
    from relevo_testkit.failing import seams
    from relevo_testkit.failpoints import Failpoints, kill_this_process

    def kill_soon(point: str) -> None:
        threading.Timer(random.uniform(0, COMMIT_SECONDS), kill_this_process, [point]).start()

    points = Failpoints()
    armed_file = Path(os.environ[VARIABLE])

    def arm(number: int, frame: object) -> None:
        points.armed.clear()
        for each in armed_file.read_text(encoding="ascii").split():
            point, _, after = each.partition(":")
            if point == WITHIN_COMMIT:
                points.arm("before_commit", kill_soon, after=int(after or 0))
            else:
                points.arm(point, kill_this_process, after=int(after or 0))

    signal.signal(signal.SIGUSR1, arm)
    settings = read_settings(named(SETTINGS[service]))
    module = "tests.chaos.witness.main" if service == "witness" else f"relevo_{service}.main"
    run(application(settings, named(f"{module}:SERVICE"), seams(points)), settings)


if __name__ == "__main__":
    main(sys.argv[1])
