"""Events of other services: every one twice, in any order across aggregates, and always the same end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from relevo_certification.consumers import SUBSCRIPTIONS
from relevo_certification.domain.count import next_count_at
from relevo_chassis.delivery.change import Change
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.group import Ahead
from relevo_contracts import Envelope, Event
from relevo_testkit.fakes import FakeStore


async def delivered(making: Any, envelopes: Sequence[Envelope]) -> FakeStore:
    store = FakeStore()
    committer = Committer(store)
    committer.start()
    waiting = list(envelopes)
    while waiting:
        waiting = [each for each in waiting if not await _applied(making, committer, each)]
    await committer.close()
    return store


async def _applied(making: Any, committer: Committer, envelope: Envelope) -> bool:
    try:
        await making.deliver(committer, envelope)
    except Ahead:
        return False
    return True


def story(making: Any) -> list[Event]:
    return [
        *(making.enrolled(number, by_the_service=number == 4) for number in range(6)),
        *(making.completed(number) for number in (0, 1, 2, 4)),
        making.not_completed(3),
        making.corrected(3, "completed"),
        making.corrected(1, "not_completed"),
        *(making.fulfilled(number) for number in (0, 1, 2, 3, 4)),
        making.under_review(2),
        making.under_review(0),
        making.fulfilled(0),
        making.reopened(2),
        making.withdrawn(4),
        making.erased(3),
    ]


def ending(store: FakeStore) -> dict[str, Any]:
    """All but the standing of the erased, who may have been ready for a moment or not."""
    rows = store.collections["certificate"].items()
    states = {id: {**row["state"], "ready_when_erased": None} for id, row in rows}
    return {"certificates": states, "due": sorted(store.collections["deadlines"])}


@pytest.mark.parametrize("seed", range(16))
async def test_every_event_twice_and_shuffled_ends_in_the_same_state(making: Any, seed: int) -> None:
    envelopes = making.enveloped(story(making))
    shuffled = [*envelopes, *envelopes]
    random.Random(seed).shuffle(shuffled)
    assert ending(await delivered(making, shuffled)) == ending(await delivered(making, envelopes))


async def test_the_story_ends_as_the_rules_say(making: Any) -> None:
    found = ending(await delivered(making, making.enveloped(story(making))))["certificates"]
    statuses = [found[making.participant(number)]["standing"] for number in range(6)]
    assert statuses == ["ready", "waiting", "waiting", "waiting", "waiting", "waiting"]
    assert found[making.participant(4)]["issue_by_itself"] is True


async def test_an_outcome_that_is_not_known_yet_has_no_effect(making: Any) -> None:
    event = making.corrected(0, "not_completed").model_copy(update={"outcome": "other"})
    store = await delivered(making, making.enveloped([making.completed(0), making.fulfilled(0), event]))
    assert store.collections["certificate"][making.participant(0)]["state"]["standing"] == "ready"


async def test_events_of_two_participants_write_nothing_that_both_need(making: Any) -> None:
    """So that replicas that take them in at once do not lose races to each other."""
    by_participant: dict[str, set[tuple[str, str]]] = {}
    for envelope in making.enveloped(story(making)):
        for change in made_of(envelope):
            ids = {(ref.kind.name, ref.id) for ref in change.refs}
            for participant_id in {id for _, id in ids}:
                by_participant.setdefault(participant_id, set()).update(ids)
    assert len(by_participant) == 6
    for participant_id, ids in by_participant.items():
        own = {(kind, participant_id) for kind in ("certificate", "invitations", "wallet_offer")}
        assert {("certificate", participant_id)} <= ids <= own


def made_of(envelope: Envelope) -> list[Change]:
    event = envelope.event
    found = [each.handlers[type(event)](event, envelope) for each in SUBSCRIPTIONS if type(event) in each.handlers]
    return [change for change in found if change is not None]


async def test_the_first_event_of_an_edition_sets_when_its_figures_are_told_and_no_later_one_moves_that(
    making: Any,
) -> None:
    store = FakeStore()
    committer = Committer(store)
    committer.start()
    envelopes = making.enveloped([making.enrolled(0), making.enrolled(1)])
    later = replace(envelopes[1], time=making.fulfilled_at + timedelta(days=3))
    for envelope in (envelopes[0], later):
        await making.deliver(committer, envelope)
    await committer.close()
    [row] = store.collections["deadlines"].values()
    assert row["due_at"] == next_count_at(making.fulfilled_at)
