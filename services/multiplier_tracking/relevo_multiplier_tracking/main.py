"""Multiplier tracking, wired: what it is made of."""

from __future__ import annotations

from importlib.metadata import version

from relevo_chassis.people.erasures import as_delivered
from relevo_chassis.service.made_of import Service
from relevo_multiplier_tracking.consumers import SUBSCRIPTIONS
from relevo_multiplier_tracking.deadlines import ON_DUE
from relevo_multiplier_tracking.equipment import equip
from relevo_multiplier_tracking.http import ROUTERS
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
    equip=equip,
    remembers=ERASED,
    erase_again=as_delivered(SUBSCRIPTIONS),
    ending=ENDING,
)
