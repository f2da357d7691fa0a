"""Certification, wired: what it is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from relevo_certification.background import BACKGROUND, publish_lists
from relevo_certification.consumers import SUBSCRIPTIONS
from relevo_certification.deadlines import ON_DUE
from relevo_certification.equipment import equip, equipment_of
from relevo_certification.http import BODIES, ROUTERS
from relevo_certification.http.open import OpenToPages
from relevo_certification.keyring import publish_keys
from relevo_certification.measures import MEASURES
from relevo_certification.store import COLLECTIONS, ENDING, ERASED, INDEXES, KINDS, ROWS
from relevo_chassis.given.shell import Shell
from relevo_chassis.people.erasures import as_delivered
from relevo_chassis.service.made_of import Service


async def publish_signing_keys(shell: Shell) -> None:
    """Keys are shown before anything is signed; process time says since when."""
    press = equipment_of(shell).press
    press.keys = await publish_keys(shell.store, press.keys, datetime.now(UTC))


SERVICE = Service(
    title="Relevo certification",
    texts="relevo_certification",
    version=version("relevo-certification"),
    routers=ROUTERS,
    kinds=KINDS,
    collections=COLLECTIONS,
    rows=ROWS,
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    on_due=ON_DUE,
    equip=equip,
    remembers=ERASED,
    before_ready=(publish_signing_keys, publish_lists),
    erase_again=as_delivered(SUBSCRIPTIONS),
    ending=ENDING,
    background=BACKGROUND,
    measures=MEASURES,
    bodies=BODIES,
    middleware=(OpenToPages,),
)
