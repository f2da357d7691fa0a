"""Multiplier tracking, wired: what it is made of, and how it starts."""

from __future__ import annotations

from importlib.metadata import version

from relevo_chassis.given.settings import read_settings
from relevo_chassis.people.erasures import as_delivered
from relevo_chassis.service.assembly import application
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.server import run
from relevo_multiplier_tracking.consumers import SUBSCRIPTIONS
from relevo_multiplier_tracking.deadlines import ON_DUE
from relevo_multiplier_tracking.http import ROUTERS
from relevo_multiplier_tracking.settings import MultiplierTrackingSettings
from relevo_multiplier_tracking.store import ENDING, ERASED, INDEXES, KINDS

SERVICE = Service(
    title="Relevo multiplier tracking",
    texts="relevo_multiplier_tracking",
    version=version("relevo-multiplier-tracking"),
    routers=ROUTERS,
    kinds=KINDS,
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    on_due=ON_DUE,
    remembers=ERASED,
    erase_again=as_delivered(SUBSCRIPTIONS),
    ending=ENDING,
)


def main() -> None:
    settings = read_settings(MultiplierTrackingSettings)
    run(application(settings, SERVICE), settings)


if __name__ == "__main__":
    main()
