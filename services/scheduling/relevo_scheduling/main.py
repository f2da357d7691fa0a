"""Wires scheduling together and serves it."""

from __future__ import annotations

from importlib.metadata import version

from relevo_chassis.given.settings import read_settings
from relevo_chassis.people.erasures import as_delivered
from relevo_chassis.service.assembly import application
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.server import run
from relevo_scheduling.consumers import SUBSCRIPTIONS
from relevo_scheduling.deadlines import ON_DUE
from relevo_scheduling.http import ROUTERS
from relevo_scheduling.settings import SchedulingSettings
from relevo_scheduling.store import COLLECTIONS, ENDING, ERASED, INDEXES, KINDS, ROWS

SERVICE = Service(
    title="Relevo scheduling",
    texts="relevo_scheduling",
    version=version("relevo-scheduling"),
    routers=ROUTERS,
    kinds=KINDS,
    collections=COLLECTIONS,
    rows=ROWS,
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    on_due=ON_DUE,
    remembers=ERASED,
    erase_again=as_delivered(SUBSCRIPTIONS),
    ending=ENDING,
)


def main() -> None:
    settings = read_settings(SchedulingSettings)
    run(application(settings, SERVICE), settings)


if __name__ == "__main__":
    main()
