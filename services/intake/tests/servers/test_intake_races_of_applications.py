"""Rule 1 under real concurrency: applications racing a close, on a real database, through two replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from relevo_chassis.delivery.change import Asked, Repeat, unrepeated
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.delivery.recorder import Recorder
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Batch, Conflict, Document
from relevo_chassis.figures import Actual, snapshot
from relevo_chassis.ids import new_id
from relevo_intake.commands.applications import (
    ConfirmApplication,
    Receipt,
    SubmitApplication,
    confirm_application,
    new_person,
    submit_application,
)
from relevo_intake.commands.calls import OpenCall, open_call
from relevo_intake.commands.office import ANYBODY, Office, contact_of
from relevo_intake.commands.questions import questions_in_force
from relevo_intake.deadlines import CALL_CLOSES, on_call_close_due
from relevo_intake.domain.call import Call, CallIsClosed
from relevo_intake.domain.contact import standing_ids
from relevo_intake.domain.gate import applications_at
from relevo_intake.domain.sealed import Dossier, Identity, Profile, Statement
from relevo_intake.store import COLLECTIONS, INDEXES, KINDS
from relevo_intake.store.people import APPLICATION, CALL, CONTACT, counted
from relevo_testkit.stand import fake_vault, known_as

OPENS = datetime(2019, 9, 12, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=15)
CALL_ID = "1" * 32
WAVE = 40


def a_dossier(contact: str) -> Dossier:
    return Dossier(
        identity=Identity(name="Ana", contact=contact, language="es", display="unnamed"),
        profile=Profile(country="HN"),
        statement=Statement(language="es", motivation="Porque sí."),
    )


def offices_of(store: Store, *replicas: Committer) -> list[Office]:
    """Of replicas that share the store and its keys."""
    vault = fake_vault(store)
    return [Office(each, store, vault) for each in replicas]


async def prepared(store: Store) -> Committer:
    await store.prepare([*(kind.name for kind in KINDS), *COLLECTIONS, "vault", "vault_keys"], INDEXES)
    committer = Committer(store, group_max=8, recorder=Recorder(bytes(32)))
    committer.start()
    call = Call(call_id=CALL_ID, edition_id="2" * 32, opens_at=OPENS, closes_at=CLOSES, seats=1, travel_grants=0)
    office = Office(committer, store, fake_vault(store))
    await open_call(office, OpenCall(call), Asked(known_as("coordinator"), OPENS, new_id()))
    return committer


async def submit(office: Office, contact: str, now: datetime, gate: int = 0) -> Receipt | Repeat:
    """As a process does whose gate is that one."""
    command = SubmitApplication(CALL_ID, await new_person(office.vault), a_dossier(contact), "1", gate=gate)
    return await submit_application(office, command, Asked(ANYBODY, now, new_id()))


@pytest.mark.parametrize("gates", [(3, 3), (3, 17)], ids=["one gate for both", "a gate for each"])
async def test_rule_1_applications_racing_a_close_are_accepted_before_it_or_not_at_all(
    mongo_store: Store, gates: tuple[int, int]
) -> None:
    first = await prepared(mongo_store)
    second = Committer(mongo_store, group_max=8)
    second.start()
    offices = offices_of(mongo_store, first, second)
    for office in offices:  # read once by a process; the race is that of what follows
        await questions_in_force(office, CALL_ID, OPENS)
    just_before = CLOSES - timedelta(milliseconds=1)
    due = Deadline(f"{CALL_CLOSES}/{CALL_ID}", CALL_CLOSES, CALL_ID, CLOSES)

    wave = [
        submit(offices[number % 2], f"a{number}@correo.org", just_before, gates[number % 2]) for number in range(WAVE)
    ]
    close = second.commit(on_call_close_due(due, CLOSES))
    results = await asyncio.gather(*wave[: WAVE // 2], close, *wave[WAVE // 2 :], return_exceptions=True)
    for committer in (first, second):
        await committer.close()

    accepted = [each for each in results if isinstance(each, Receipt)]
    assert len(accepted) + sum(isinstance(each, CallIsClosed) for each in results) == WAVE
    assert accepted
    call = await mongo_store.state(CALL(CALL_ID))
    assert call is not None
    assert call.closed
    stored = await mongo_store.select(APPLICATION, {"call_id": CALL_ID})
    assert applications_at(await counted(mongo_store, CALL_ID)) == len(stored) == len(accepted)
    rows = await mongo_store.rows("outbox", {"lane": f"call/{CALL_ID}"}, sort=[("sequence", 1)])
    assert [row["headers"]["ce-type"].split(".")[2] for row in rows] == ["CallOpened", "CallClosed"]
    released = snapshot({}, {"applications": Actual(len(accepted), beyond=(call.seats,))})["applications"]
    assert f'"applications":{released}' in rows[1]["body"].decode(), "none was accepted after the close"


async def test_rule_1_strangers_racing_with_a_contact_drop_nothing_of_its_holder(mongo_store: Store) -> None:
    first = await prepared(mongo_store)
    second = Committer(mongo_store, group_max=8)
    second.start()
    offices = offices_of(mongo_store, first, second)
    mine = unrepeated(await submit(offices[0], "ana@correo.org", OPENS))
    application = await mongo_store.state(APPLICATION(mine.application_id))
    assert application is not None
    wave = [submit(offices[number % 2], "Ana@Correo.org", OPENS) for number in range(WAVE)]
    asked = Asked(contact_of(application.application_id), OPENS + timedelta(hours=1), new_id())
    confirmed = confirm_application(offices[1], ConfirmApplication(application), asked)
    await asyncio.gather(confirmed, *wave)
    for committer in (first, second):
        await committer.close()
    (contact,) = await mongo_store.select(CONTACT, {"call_id": CALL_ID})
    assert len(contact.linked) == WAVE + 1
    assert standing_ids([contact], closed=True) == (mine.application_id,)


async def test_submissions_of_two_replicas_write_nothing_that_both_need(mongo_store: Store) -> None:
    """Through gates of their own: neither ever loses a race to the other, however closely they follow each other."""
    seen = [Watched(mongo_store), Watched(mongo_store)]
    await (await prepared(mongo_store)).close()
    replicas = [Committer(each, group_max=8) for each in seen]
    for each in replicas:
        each.start()
    offices = offices_of(mongo_store, *replicas)
    await asyncio.gather(*(submit(offices[at % 2], f"b{at}@correo.org", OPENS, at % 2) for at in range(2 * WAVE)))
    for each in replicas:
        await each.close()
    assert [each.lost for each in seen] == [0, 0]
    assert min(each.written for each in seen) >= WAVE // 8
    assert applications_at(await counted(mongo_store, CALL_ID)) == 2 * WAVE


class Watched:
    """The store, counting transactions and races that they lost."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.written = self.lost = 0

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        return await self._store.fetch(wanted)

    async def write(self, batch: Batch) -> None:
        try:
            await self._store.write(batch)
            self.written += 1
        except Conflict:
            self.lost += 1
            raise
