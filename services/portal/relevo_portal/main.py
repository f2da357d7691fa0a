"""The portal, wired: what it is made of."""

from __future__ import annotations

from importlib.metadata import version

from relevo_chassis.service.made_of import Service
from relevo_portal.consumers import READ_MODELS, SUBSCRIPTIONS
from relevo_portal.equipment import equip
from relevo_portal.http import BODIES, MIDDLEWARE, ROUTERS
from relevo_portal.store import COLLECTIONS, INDEXES, KINDS, ROWS

SERVICE = Service(
    title="Relevo portal",
    texts="relevo_portal",
    version=version("relevo-portal"),
    routers=ROUTERS,
    kinds=KINDS,
    collections=COLLECTIONS,
    rows=ROWS,
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    read_models=READ_MODELS,
    equip=equip,
    bodies=BODIES,
    middleware=MIDDLEWARE,
)
