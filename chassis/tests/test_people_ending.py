"""One retention class of a person ended, over a fake store: once, in whatever order, and never for the erased."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from relevo_chassis.delivery.change import Asked, Change, Decision, Found, Kind, New, Ref
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Batch, Remove
from relevo_chassis.ids import new_id
from relevo_chassis.kept import EndedData, Sealed, end
from relevo_chassis.people.ending import Ending
from relevo_chassis.people.erasures import Erased, as_delivered, in_turn
from relevo_chassis.people.vault import KEYS, SEALED, PersonErased, destroyed, sealed_row
from relevo_contracts import Envelope, derived_id
from relevo_contracts.intake import PersonDataDestroyed
from relevo_contracts.intake import PersonErased as PersonWasErased
from relevo_contracts.model import Event, Frozen
from relevo_testkit.records import decisions_of
from relevo_testkit.stand import Stand, stand

NOW = datetime(2019, 12, 31, tzinfo=UTC)
ANA = "a" * 32


class Member(Frozen):
    person_id: str
    gone: bool = False


class Text(Sealed):
    retention: ClassVar[str] = "statement"

    text: str


class Need(Text):
    retention: ClassVar[str] = "needs"


MEMBER = Kind("member", Member)
CLASSES = (Text.retention, Need.retention)
REMEMBERS = Erased(MEMBER, {"gone": True}, person_id="person_id")


def end_data(
    before: EndedData | None, person_id: str, retention: str, now: datetime
) -> tuple[EndedData, Sequence[Event]]:
    fields = {"person_id": person_id, "retention_class": retention, "destroyed_at": now}
    return end(before, person_id, retention, now, PersonDataDestroyed.model_validate(fields))


async def present(_: Store, person_id: str) -> Sequence[Ref[Member]]:
    return [MEMBER(person_id)]


def require(member: Member | None) -> None:
    if member is not None and member.gone:
        raise PersonErased(member.person_id)


def on_person_erased(event: PersonWasErased, envelope: Envelope) -> Change:
    ref = MEMBER(event.person_id)

    def decide(_: Found) -> Decision:
        return Decision([New(ref, Member(person_id=ref.id, gone=True))], rows=destroyed(ref.id, CLASSES, CLASSES))

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


ENDING = Ending(PersonDataDestroyed, CLASSES, end_data, present, require)
SUBSCRIPTION = Subscription("intake_intake", "EVENTS_INTAKE", {PersonWasErased: on_person_erased})
AGAIN = in_turn(as_delivered([SUBSCRIPTION]), ENDING.destroy_again)


def envelope_of(event: Event, sequence: int = 1) -> Envelope:
    id = derived_id("told", type(event).__name__, sequence)
    return Envelope(id=id, sequence=sequence, time=NOW, cause_id=derived_id(id), chain_id=id, event=event)


ERASURE = envelope_of(PersonWasErased(person_id=ANA, application_ids=(), participant_ids=(), erased_at=NOW))
ENDS = [
    envelope_of(PersonDataDestroyed(person_id=ANA, retention_class="statement", destroyed_at=NOW), 1),
    envelope_of(PersonDataDestroyed(person_id=ANA, retention_class="needs", destroyed_at=NOW), 2),
]


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([], NOW) as made:
        key, rows = await made.shell.vault.new_person(ANA, Text, Need)
        rows += [sealed_row(key, each.retention, each(text="CANARY")) for each in (Text, Need)]
        member = New(MEMBER(ANA), Member(person_id=ANA))
        await made.shell.committer.commit(Change([member.ref], lambda _: Decision([member], rows=rows), NOW, new_id()))
        yield made


async def destroy(at: Stand, retention: str) -> Any:
    return await ENDING.destroy(at.shell.store, at.shell.committer, ANA, retention, Asked("head", NOW, new_id()))


async def test_a_class_ends_in_one_commit_told_and_on_record_by_its_code_alone(at: Stand) -> None:
    for _ in range(3):
        await destroy(at, "statement")
    assert await at.shell.vault.open(ANA, "statement", Text) is None
    assert await at.shell.vault.open(ANA, "needs", Need) == Need(text="CANARY")
    assert set(at.store.collections[SEALED]) == {f"{ANA}/needs"}
    [row] = at.store.collections["outbox"].values()
    assert row["headers"]["ce-type"] == "relevo.intake.PersonDataDestroyed.v1"
    [entry] = decisions_of(at.store)
    assert (entry["code"], entry["because"], entry["by"]) == ("data_destroyed", "statement", "head")


async def test_nothing_ends_of_whoever_was_erased_and_no_class_that_a_service_has_not(at: Stand) -> None:
    await AGAIN(at.shell, [ERASURE])
    with pytest.raises(PersonErased):
        await destroy(at, "statement")
    with pytest.raises(ValueError, match="other"):
        await destroy(at, "other")
    assert at.store.collections[KEYS] == {}


@pytest.mark.parametrize("order", list(itertools.permutations([ERASURE, *ENDS])))
@pytest.mark.parametrize("at_once", [True, False])
async def test_rule_14_in_whatever_order_ends_and_the_erasure_are_done_again_nothing_is_left(
    at: Stand, order: Sequence[Envelope], at_once: bool
) -> None:
    for _ in range(2):
        for part in [order] if at_once else [[each] for each in order]:
            await AGAIN(at.shell, part)
        assert await ENDING.keep_ended(at.shell.store, at.shell.committer, REMEMBERS, NOW) == 0
        assert (at.store.collections[KEYS], at.store.collections[SEALED]) == ({}, {})
        with pytest.raises(PersonErased):
            await at.shell.vault.key_of(ANA)


async def test_what_was_ended_is_told_with_the_same_id_and_number_when_it_is_ended_again(at: Stand) -> None:
    await AGAIN(at.shell, ENDS)
    first = dict(at.store.collections["outbox"])
    for name in ("person_data", "outbox"):
        at.store.collections[name].clear()
    await AGAIN(at.shell, ENDS)
    assert {id: row["body"] for id, row in at.store.collections["outbox"].items()} == {
        id: row["body"] for id, row in first.items()
    }


async def test_a_key_that_came_back_is_ended_again_and_its_texts_with_it(at: Stand) -> None:
    kept = {name: dict(at.store.collections[name]) for name in (KEYS, SEALED)}
    await destroy(at, "statement")
    for name, rows in kept.items():
        at.store.collections[name].update(rows)
    assert await at.shell.vault.open(ANA, "statement", Text) == Text(text="CANARY")
    store, commits = at.shell.store, at.shell.committer
    assert [await ENDING.keep_ended(store, commits, REMEMBERS, NOW) for _ in range(2)] == [1, 0]
    assert await at.shell.vault.open(ANA, "statement", Text) is None
    assert set(at.store.collections[SEALED]) == {f"{ANA}/needs"}
    assert await at.shell.vault.open(ANA, "needs", Need) == Need(text="CANARY")


async def test_rule_14_erasing_the_person_destroys_the_keys_of_all_classes_in_one_act(
    at: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    await destroy(at, "needs")
    write, written = at.store.write, list[Batch]()

    async def counted(batch: Batch) -> None:
        written.append(batch)
        await write(batch)

    monkeypatch.setattr(at.store, "write", counted)
    await AGAIN(at.shell, [ERASURE])
    [batch] = written
    assert {each.id for each in batch[KEYS] if isinstance(each, Remove)} == {f"{ANA}/{each}" for each in CLASSES}
    assert (at.store.collections[KEYS], at.store.collections[SEALED]) == ({}, {})
