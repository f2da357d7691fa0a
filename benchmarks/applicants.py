"""Reviewed applications laid down in intake's store as intake would have left them, sealed under its own keys."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.write_concern import WriteConcern

from relevo_chassis.delivery.change import Asked, Change, Decision, New, Once
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.group import Group
from relevo_chassis.delivery.store import CODEC, Store
from relevo_chassis.delivery.writes import Insert, Put
from relevo_chassis.ids import new_id
from relevo_chassis.people.keys import FileKey
from relevo_chassis.people.root import opened_vault
from relevo_chassis.people.vault import Vault, sealed_row
from relevo_intake.commands.applications import SubmitApplication, new_person, submit_application
from relevo_intake.commands.office import ANYBODY, Office
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call, Criteria, Quota
from relevo_intake.domain.contact import Contact, Linked
from relevo_intake.domain.gate import gate_id, gate_of
from relevo_intake.domain.review import Review
from relevo_intake.domain.sealed import Dossier, Identity, Profile, Statement
from relevo_intake.domain.sealed import Group as OfPeople
from relevo_intake.store.people import APPLICATION, CALL, CONTACT, gates_of

TOGETHER = 1_000
PRIORITY = ("HN", "SV", "GT", "NI", "CO", "MX", "BR")
OTHERS = ("PE", "AR", "CL", "EC", "PY", "BO", "VE", "DO", "CR", "PA", "UY", "JM", "HT", "CU", "US", "CA")
GROUPS: Sequence[tuple[OfPeople, float]] = (("indigenous", 0.16), ("lgbti", 0.12), ("african_descent", 0.09))
QUOTAS = (
    Quota(attribute="priority_country", percent=55),
    Quota(attribute="women", percent=53),
    Quota(attribute="indigenous", percent=16),
    Quota(attribute="lgbti", percent=12),
    Quota(attribute="african_descent", percent=9),
)
TEXT = "We accompany communities that defend their river, and document what happens to them. " * 6
_UNJOURNALED = WriteConcern(w=1, j=False)


def a_call(seats: int) -> Call:
    """A call that closed an hour ago, with the make-up of the first edition as its quotas."""
    now = datetime.now(UTC)
    return Call(
        call_id=new_id(),
        edition_id=new_id(),
        opens_at=now - timedelta(days=30),
        closes_at=now - timedelta(hours=1),
        closed_at=now - timedelta(hours=1),
        closed_by="plan",
        seats=seats,
        travel_grants=7,
        criteria=Criteria(quotas=QUOTAS, country_cap=8),
    )


async def laid_down(mongo_url: str, key_file: Path, call: Call, people: int) -> None:
    """So many applications for the call, each with three reviews. Synced to disk before this returns."""
    vault = await _vault_of(mongo_url, key_file)
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(mongo_url)
    database = client.get_database("intake", codec_options=CODEC, write_concern=_UNJOURNALED)
    luck = random.Random(people)
    changes = [_opened(call)]
    for start in range(0, people, TOGETHER):
        changes += [await _applied(vault, call, luck) for _ in range(start, min(start + TOGETHER, people))]
        documents = dict(_documents(changes))
        await asyncio.gather(*(database[name].insert_many(rows, ordered=False) for name, rows in documents.items()))
        changes = []
    await client.admin.command("fsync")
    client.close()


async def _vault_of(mongo_url: str, key_file: Path) -> Vault:
    """Intake's own, as it stands in its store."""
    store = Store.connected(mongo_url, "intake")
    committer = Committer(store)
    committer.start()
    vault = await opened_vault(store, committer, FileKey.read(key_file), datetime.now(UTC))
    await committer.close()
    store.close()
    return vault


def _opened(call: Call) -> Change:
    states = [New(CALL(call.call_id), call), *(New(ref, gate_of(call)) for ref in gates_of(call.call_id))]
    return Change([each.ref for each in states], lambda _: Decision(states), call.opens_at, new_id())


async def _applied(vault: Vault, call: Call, luck: random.Random) -> Change:
    application_id, person_id, contact_id = new_id(), new_id(), new_id()
    key, keys = await vault.new_person(person_id, Identity, Statement)
    country = luck.choice(PRIORITY if luck.random() < 0.55 else OTHERS)
    groups = tuple(name for name, share in GROUPS if luck.random() < share)
    sex = "female" if luck.random() < 0.53 else "male"
    parts = (
        Identity(name="A Person", contact=f"{person_id}@mail.invalid", language="es", display="unnamed"),
        Profile(country=country, sex=sex, groups=groups, organisation="A river council"),  # type: ignore[arg-type]
        Statement(language="es", motivation=TEXT, experience=TEXT, multiplier_idea=TEXT),
    )
    application = Application(
        application_id=application_id,
        person_id=person_id,
        call_id=call.call_id,
        edition_id=call.edition_id,
        contact_id=contact_id,
        receipt_hash=new_id(),
        confirmation_hash=new_id(),
        submitted_at=call.opens_at,
        consent_version="1",
        assigned=("r1", "r2", "r3"),
        reviews=tuple(_review(f"r{each}", call, luck) for each in (1, 2, 3)),
    )
    linked = Linked(application_id=application_id, submitted_at=call.opens_at)
    contact = Contact(contact_id=contact_id, call_id=call.call_id, linked=(linked,))
    states = [New(APPLICATION(application_id), application), New(CONTACT(contact_id), contact)]
    rows = [*keys, *(sealed_row(key, each.field_set, each, new=True) for each in parts)]
    return Change([each.ref for each in states], lambda _: Decision(states, rows=rows), call.opens_at, new_id())


def _review(reviewer_id: str, call: Call, luck: random.Random) -> Review:
    scores = {each.code: min(10, max(0, round(luck.gauss(6, 2)))) for each in call.criteria.rubric}
    return Review(review_id=new_id(), reviewer_id=reviewer_id, scores=scores, reviewed_at=call.closes_at)


def _documents(
    changes: Sequence[Change], found: Mapping[str, Mapping[str, dict[str, Any]]] | None = None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What one transaction would insert for all of them, on what was found."""
    group = Group(changes)
    refused = [outcome for outcome in group.decide(found or {}) if isinstance(outcome, Exception)]
    if refused:
        raise refused[0]
    for name, writes in group.batch().items():
        if rows := [write.document for write in writes if isinstance(write, Insert | Put)]:
            yield name, rows


class Gathered:
    """Takes changes and keeps them, as a committer would before it writes."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    async def commit(self, change: Change[Any]) -> Any:
        self.changes.append(change)


async def submitted_before(mongo_url: str, key_file: Path, call_id: str, people: int) -> None:
    """So many submissions as the service itself would have written them, told and with their letters sent.

    The changes and documents are the service's own; only transactions and journal are left out. Synced at the end.
    """
    vault, store = await _vault_of(mongo_url, key_file), Store.connected(mongo_url, "intake")
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(mongo_url)
    database = client.get_database("intake", codec_options=CODEC, write_concern=_UNJOURNALED)
    gates: Mapping[str, Mapping[str, dict[str, Any]]] = {
        "gate": {row["_id"]: row async for row in database["gate"].find({"_id": gate_id(call_id, 0)})}
    }
    for start in range(0, people, TOGETHER):
        gathered = Gathered()
        for number in range(start, min(start + TOGETHER, people)):
            await _submitted(Office(gathered, store, vault), call_id, number)
        documents = dict(_documents(gathered.changes, gates))
        for row in documents["outbox"]:
            row |= {"sent": True, "sent_at": datetime.now(UTC)}
        for row in documents["letters"]:
            row |= {"state": "sent"}
        await asyncio.gather(*(database[name].insert_many(rows, ordered=False) for name, rows in documents.items()))
    await client.admin.command("fsync")
    client.close()
    store.close()


async def _submitted(office: Office, call_id: str, number: int) -> None:
    vault = office.vault
    person = await new_person(vault)
    dossier = Dossier(
        identity=Identity(
            name=f"Person {number}", contact=f"before-{new_id()}@mail.invalid", language="es", display="unnamed"
        ),
        profile=Profile(
            country="GT", organisation="A river council", sex="female", groups=("indigenous",), themes=("environment",)
        ),
        statement=Statement(language="es", motivation=TEXT, experience=TEXT, multiplier_idea=TEXT),
    )
    command = SubmitApplication(call_id, person, dossier, "1", gate=0)
    once = Once(vault.keyed_hash("bench", new_id()), vault.keyed_hash("bench", "body"), lambda _: bytes(320), None)
    await submit_application(office, command, Asked(ANYBODY, datetime.now(UTC), new_id(), once))
