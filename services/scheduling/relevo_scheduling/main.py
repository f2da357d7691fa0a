"""Scheduling, wired: what it is made of."""

from __future__ import annotations

from importlib.metadata import version

from relevo_chassis.people.erasures import as_delivered
from relevo_chassis.service.made_of import Service
from relevo_scheduling.consumers import SUBSCRIPTIONS
from relevo_scheduling.deadlines import ON_DUE
from relevo_scheduling.equipment import equip
from relevo_scheduling.http import ROUTERS
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
    equip=equip,
    remembers=ERASED,
    erase_again=as_delivered(SUBSCRIPTIONS),
    ending=ENDING,
)
