"""Events of other services: every one twice, in any order across aggregates, and always the same end."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Source
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.group import Ahead
from relevo_chassis.people.vault import KEYS, SEALED
from relevo_contracts import Envelope, Event, Requirements, derived_id
from relevo_contracts.intake import ParticipantEnrolled, ParticipantWithdrawn, PersonErased
from relevo_contracts.scheduling import OnsiteCompleted, OnsiteCorrected, OnsiteNotCompleted
from relevo_multiplier_tracking.consumers import SUBSCRIPTIONS
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.sealed import RETENTIONS
from relevo_testkit.fakes import FakeStore

EDITION = "e" * 32
NOW = datetime(2019, 12, 14, 9, tzinfo=UTC)
FIRST_ON, LAST_ON = date(2019, 12, 9), date(2019, 12, 13)


def participant(number: int) -> str:
    return f"{number:032x}"


def enrolled(number: int) -> Event:
    return ParticipantEnrolled(
        participant_id=participant(number),
        application_id="b" * 32,
        call_id="c" * 32,
        edition_id=EDITION,
        enrolled_at=NOW,
        requirements=Requirements(),
    )


def withdrawn(number: int) -> Event:
    return ParticipantWithdrawn(
        participant_id=participant(number),
        application_id="b" * 32,
        call_id="c" * 32,
        edition_id=EDITION,
        withdrawn_at=NOW,
    )


def erased(number: int) -> Event:
    return PersonErased(
        person_id=f"{number + 1000:032x}", application_ids=(), participant_ids=(participant(number),), erased_at=NOW
    )


def onsite(kind: Callable[..., Event], number: int, **more: Any) -> Event:
    figures = {"minutes_required": 1800, "minutes_attended": 1500, "percent_required": 80}
    days = {"first_on": FIRST_ON, "last_on": LAST_ON}
    return kind(participant_id=participant(number), edition_id=EDITION, **days, **figures, **more)


def enveloped(events: Sequence[Event]) -> list[Envelope]:
    """As their producers published them: a sequence for each aggregate, an hour between one and the next."""
    sequences: dict[tuple[str, str], int] = {}
    made = []
    for index, event in enumerate(events):
        place = (event.aggregate, event.aggregate_id)
        sequences[place] = sequences.get(place, 0) + 1
        id = derived_id("event", index)
        time = NOW + timedelta(hours=index)
        made.append(Envelope(id=id, sequence=sequences[place], time=time, cause_id=id, chain_id=id, event=event))
    return made


async def deliver(committer: Committer, envelope: Envelope) -> bool:
    """Whether it was taken; one that came before its predecessor is to be delivered again."""
    event = envelope.event
    for subscription in SUBSCRIPTIONS:
        handler = subscription.handlers.get(type(event))
        if handler is not None:
            change = handler(event, envelope)
            assert change is not None
            source = Source(subscription.durable, event.aggregate, event.aggregate_id, envelope.sequence)
            try:
                await committer.commit(replace(change, source=source))
            except Ahead:
                return False
            return True
    raise AssertionError(f"nobody takes {type(event).__name__}")


async def delivered(envelopes: Sequence[Envelope]) -> FakeStore:
    store = FakeStore()
    committer = Committer(store)
    committer.start()
    waiting = list(envelopes)
    while waiting:
        waiting = [each for each in waiting if not await deliver(committer, each)]
    await committer.close()
    return store


def ending(store: FakeStore) -> dict[str, Any]:
    states = {
        name: {id: row["state"] for id, row in store.collections[name].items()} for name in ("commitment", "reach")
    }
    published = sorted(
        str(row["type"] if "type" in row else row.get("subject")) for row in store.collections["outbox"].values()
    )
    due = {id: row["due_at"] for id, row in store.collections["deadlines"].items() if not id.startswith("reach/")}
    for state in states["reach"].values():
        state.pop("next_on")
    return {**states, "published": published, "due": due}


STORY = [
    *(enrolled(number) for number in range(4)),
    onsite(OnsiteCompleted, 0, completed_at=NOW),
    onsite(OnsiteCompleted, 1, completed_at=NOW),
    onsite(OnsiteNotCompleted, 2, closed_at=NOW),
    onsite(OnsiteNotCompleted, 3, closed_at=NOW),
    onsite(OnsiteCorrected, 2, outcome="completed", corrected_at=NOW),
    onsite(OnsiteCorrected, 1, outcome="not_completed", corrected_at=NOW),
    erased(0),
]


@pytest.mark.parametrize("seed", range(12))
async def test_every_event_twice_and_shuffled_ends_in_the_same_state(seed: int) -> None:
    envelopes = enveloped(STORY)
    shuffled = [*envelopes, *envelopes]
    random.Random(seed).shuffle(shuffled)
    assert ending(await delivered(shuffled)) == ending(await delivered(envelopes))


async def test_the_story_ends_as_the_rules_say() -> None:
    found = ending(await delivered(enveloped(STORY)))["commitment"]
    states = [found[commitment_id_of(participant(number))]["state"] for number in range(4)]
    assert states == ["open", "under_review", "open", "not_due"]


async def test_the_requirements_in_force_at_enrolment_are_kept() -> None:
    store = await delivered(enveloped([onsite(OnsiteCompleted, 0, completed_at=NOW), enrolled(0)]))
    state = store.collections["commitment"][commitment_id_of(participant(0))]["state"]
    assert state["due_on"] == "2020-02-11"
    assert state["requirements"]["multiplier_people"] == 10


async def test_who_left_before_the_week_was_counted_owes_nothing() -> None:
    story = [enrolled(0), withdrawn(0), onsite(OnsiteCompleted, 0, completed_at=NOW)]
    store = await delivered(enveloped(story))
    assert store.collections["commitment"][commitment_id_of(participant(0))]["state"]["state"] == "withdrawn"
    assert store.collections["outbox"] == {}


async def test_rule_14_an_erasure_destroys_the_key_and_the_texts_and_keeps_the_counts() -> None:
    envelopes = enveloped(STORY)
    store = await delivered(envelopes[:-1])
    id = commitment_id_of(participant(0))
    store.collections["commitment"][id]["state"] |= {"sealed": ("reason/x",)}
    for key in (f"{participant(0)}/{each}" for each in RETENTIONS):
        store.collections[KEYS][key] = {"_id": key, "wrapped": b"", "key_id": "k1"}
    store.collections[SEALED][f"{participant(0)}/reason/x"] = {"_id": f"{participant(0)}/reason/x"}
    before = store.collections["reach"][EDITION]["state"]["totals"]
    committer = Committer(store)
    committer.start()
    assert await deliver(committer, envelopes[-1])
    await committer.close()
    assert (store.collections[KEYS], store.collections[SEALED]) == ({}, {})
    assert store.collections["commitment"][id]["state"]["erased_at"] is not None
    assert store.collections["reach"][EDITION]["state"]["totals"] == before
