"""Texts are opened only on record, and an erasure outlives a restore (rule 14)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import pytest_asyncio

from relevo_chassis.delivery.change import Source
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.vault import KEYS, SEALED, PersonErased
from relevo_contracts import Envelope, Event, Requirements, derived_id
from relevo_contracts.intake import ParticipantEnrolled
from relevo_contracts.intake import PersonErased as PersonWasErased
from relevo_contracts.scheduling import OnsiteCompleted
from relevo_multiplier_tracking.consumers import SUBSCRIPTIONS
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.http import ROUTERS
from relevo_multiplier_tracking.main import SERVICE
from relevo_multiplier_tracking.store import ERASED, KINDS
from relevo_testkit.backup import backed_up, restored
from relevo_testkit.records import readings_of
from relevo_testkit.stand import PEOPLE_ISSUER, Stand, known_as, stand

EDITION, ANA = "e" * 32, "a" * 32
NOW = datetime(2020, 1, 20, tzinfo=UTC)
LAST_ON = date(2019, 12, 13)
ANA_ERASED = PersonWasErased(person_id="f" * 32, application_ids=(), participant_ids=(ANA,), erased_at=NOW)


def enveloped(event: Event) -> Envelope:
    id = derived_id("event", type(event).__name__)
    return Envelope(id=id, sequence=1, time=NOW, cause_id=id, chain_id=id, event=event)


class Door:
    """The service with one participant who reported a session and asked a question."""

    def __init__(self, at: Stand) -> None:
        self.stand = at
        self.ana = at.tokens.bearer("ana", "participant", participant_id=ANA)
        self.expert = at.tokens.bearer("edu", "expert")
        self.coordinator = at.tokens.bearer("carla", "coordinator")

    async def receive(self, event: Event) -> None:
        envelope = enveloped(event)
        for subscription in SUBSCRIPTIONS:
            if handler := subscription.handlers.get(type(event)):
                change = handler(event, envelope)
                assert change is not None
                source = Source(subscription.durable, event.aggregate, event.aggregate_id, 1)
                await self.stand.shell.committer.commit(replace(change, source=source))

    async def post(self, path: str, headers: dict[str, str], body: Any = None) -> Any:
        answer = await self.stand.post(path, body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def get(self, path: str, headers: dict[str, str]) -> Any:
        answer = await self.stand.http.get(path, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    async with stand(ROUTERS, NOW) as at:
        made = Door(at)
        enrolled: dict[str, Any] = {
            "application_id": "b" * 32,
            "call_id": "c" * 32,
            "enrolled_at": NOW,
            "requirements": Requirements(),
        }
        await made.receive(ParticipantEnrolled(participant_id=ANA, edition_id=EDITION, **enrolled))
        week: dict[str, Any] = {
            "first_on": LAST_ON,
            "last_on": LAST_ON,
            "minutes_required": 100,
            "minutes_attended": 90,
        }
        await made.receive(
            OnsiteCompleted(participant_id=ANA, edition_id=EDITION, percent_required=80, completed_at=NOW, **week)
        )
        report = {
            "held_on": "2020-01-18",
            "minutes": 260,
            "people": 14,
            "format": "online",
            "description": "Un taller.",
        }
        await made.post("/me/commitment/reports", made.ana, report)
        question = {"topic": "method", "language": "es", "question": "¿Cómo?"}
        asked = await made.post("/me/support-requests", made.ana, question)
        await made.post(f"/support-requests/{asked['support_request_id']}/take", made.expert)
        yield made


async def test_whoever_opens_texts_is_on_record_with_purpose_person_and_texts(door: Door) -> None:
    await door.get(f"/commitments/{commitment_id_of(ANA)}/texts", door.coordinator)
    asked = (await door.get("/support-requests?mine=true", door.expert))["items"][0]["support_request_id"]
    await door.get(f"/support-requests/{asked}", door.expert)
    await door.get("/me/support-requests", door.ana)
    reads = readings_of(door.stand.store)
    assert [(each["by"], each["purpose"]) for each in reads] == [
        (known_as("carla"), "casework"),
        (known_as("edu"), "support"),
        (known_as("ana", PEOPLE_ISSUER), "own"),
    ]
    assert [each["person_ids"] for each in reads] == [[ANA]] * 3
    assert reads[0]["field_sets"][0].startswith("session/")
    assert reads[1]["field_sets"] == [f"question/{asked}", f"reply/{asked}"]


async def test_many_questions_of_one_participant_are_read_in_as_many_round_trips_as_one(door: Door) -> None:
    asked: list[tuple[str, Any]] = []
    rows = door.stand.store.rows

    async def counted(collection: str, where: Any, **more: Any) -> Any:
        asked.append((collection, where))
        return await rows(collection, where, **more)

    question = {"topic": "other", "language": "es", "question": "¿Y después?"}
    for _ in range(6):
        await door.post("/me/support-requests", door.ana, question)
    door.stand.store.rows = counted  # type: ignore[method-assign]
    assert len((await door.get("/me/support-requests", door.ana))["items"]) == 7
    assert [collection for collection, _ in asked if collection in (KEYS, SEALED)] == [KEYS, SEALED]


async def test_what_was_opened_makes_one_whole_record(door: Door) -> None:
    for _ in range(3):
        await door.get("/me/support-requests", door.ana)
    standing = await door.stand.shell.records.status("readings")
    assert (standing.entries, standing.broken_at) == (3, None)


async def test_rule_14_somebody_erased_stays_erased_when_an_older_backup_of_keys_and_texts_is_restored(
    door: Door,
) -> None:
    """Rule 14: what a restore brings back is destroyed again before the service takes anything in."""
    kept = {name: dict(door.stand.store.collections[name]) for name in (KEYS, SEALED)}
    assert all(kept.values())
    await door.receive(ANA_ERASED)
    for name, documents in kept.items():
        door.stand.store.collections[name].update(documents)
    await door.stand.shell.vault.key_of(ANA)
    store: Store = door.stand.shell.store
    assert await ERASED.destroy_again(store) == 1
    with pytest.raises(PersonErased):
        await door.stand.shell.vault.key_of(ANA)
    assert [row for row in door.stand.store.collections[SEALED].values() if row["person_id"] == ANA] == []


async def test_rule_14_somebody_erased_stays_erased_when_the_whole_database_is_restored_from_before_it(
    door: Door,
) -> None:
    """Rule 14: the database knows nothing of the erasure then; the stream of erasures does."""
    store: Store = door.stand.shell.store
    backup = await backed_up(store, KINDS)
    await door.receive(ANA_ERASED)
    await restored(store, backup)
    await door.stand.shell.vault.key_of(ANA)
    envelope = enveloped(ANA_ERASED)
    assert SERVICE.erase_again is not None
    await SERVICE.erase_again(door.stand.shell, [envelope])
    with pytest.raises(PersonErased):
        await door.stand.shell.vault.key_of(ANA)
    assert [row for row in door.stand.store.collections[SEALED].values() if row["person_id"] == ANA] == []
    assert (await door.get(f"/commitments/{commitment_id_of(ANA)}", door.coordinator))["erased"] is True
    after = await backed_up(store, KINDS)
    await SERVICE.erase_again(door.stand.shell, [envelope])
    assert await backed_up(store, KINDS) == after
