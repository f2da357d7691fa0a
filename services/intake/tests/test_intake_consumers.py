"""What other services tell leads to letters: each once, however often and in whatever order it is delivered."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Change, Decision, New, Source
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.group import Ahead
from relevo_chassis.ids import new_id
from relevo_contracts import Envelope, Event, Requirements, derived_id
from relevo_contracts.certification import CertificateIssued, CertificateReady
from relevo_contracts.multiplier_tracking import CommitmentDeadlineNear, CommitmentPaused, SupportAnswered
from relevo_intake.consumers import SUBSCRIPTIONS
from relevo_intake.domain.participant import Participant
from relevo_intake.letters.queue import LETTERS
from relevo_intake.store.choosing import PARTICIPANT
from relevo_testkit.fakes import FakeStore

NOW = datetime(2020, 1, 12, tzinfo=UTC)
PARTICIPANT_ID, EDITION_ID, COMMITMENT_ID = "e" * 32, "2" * 32, "7" * 32


def near(days_left: int) -> CommitmentDeadlineNear:
    return CommitmentDeadlineNear(
        commitment_id=COMMITMENT_ID,
        participant_id=PARTICIPANT_ID,
        edition_id=EDITION_ID,
        due_on=date(2020, 2, 11),
        days_left=days_left,
        noticed_at=NOW,
    )


def events() -> list[tuple[str, Event, int]]:
    """What durables bring: durable, event, sequence of its aggregate."""
    paused = CommitmentPaused(
        commitment_id=COMMITMENT_ID, participant_id=PARTICIPANT_ID, edition_id=EDITION_ID, paused_at=NOW
    )
    answered = SupportAnswered(
        support_request_id="8" * 32, participant_id=PARTICIPANT_ID, edition_id=EDITION_ID, answered_at=NOW
    )
    ready = CertificateReady(participant_id=PARTICIPANT_ID, edition_id=EDITION_ID, ready_at=NOW)
    issued = CertificateIssued(
        participant_id=PARTICIPANT_ID, edition_id=EDITION_ID, certificate_id="9" * 32, issued_at=NOW
    )
    return [
        ("intake_multiplier_tracking", near(30), 1),
        ("intake_multiplier_tracking", paused, 2),
        ("intake_multiplier_tracking", near(14), 3),
        ("intake_multiplier_tracking", answered, 1),
        ("intake_certification", ready, 1),
        ("intake_certification", issued, 2),
    ]


def change_for(durable: str, event: Event, sequence: int) -> Change:
    """The change that the chassis would commit for a delivery."""
    source = Source(durable, event.aggregate, event.aggregate_id, sequence)
    event_id = derived_id(durable, event.aggregate_id, sequence)
    envelope = Envelope(id=event_id, sequence=sequence, time=NOW, cause_id=event_id, chain_id=event_id, event=event)
    subscription = next(each for each in SUBSCRIPTIONS if each.durable == durable)
    handler = subscription.handlers.get(type(event))
    change = handler(event, envelope) if handler else None
    if change is None:
        return Change((), lambda _: Decision(), NOW, event_id, source=source)
    return Change(change.refs, change.decide, change.now, change.cause_id, change.chain_id, source=source)


async def delivered(order: list[tuple[str, Event, int]]) -> dict[str, dict[str, Any]]:
    """The letters after all deliveries; what comes ahead of its predecessor is delivered again."""
    store = FakeStore()
    committer = Committer(store)
    committer.start()
    ref = PARTICIPANT(PARTICIPANT_ID)
    state = Participant(
        participant_id=PARTICIPANT_ID,
        application_id="a" * 32,
        person_id="b" * 32,
        call_id="1" * 32,
        edition_id=EDITION_ID,
        enrolled_at=NOW - timedelta(days=90),
        requirements=Requirements(),
    )
    await committer.commit(Change([ref], lambda _: Decision([New(ref, state)]), NOW, new_id()))
    waiting = list(order)
    while waiting:
        again = []
        for each in waiting:
            try:
                await committer.commit(change_for(*each))
            except Ahead:
                again.append(each)
        waiting = again
    await committer.close()
    return dict(store.collections[LETTERS])


async def test_rule_20_each_event_leads_to_its_letter() -> None:
    letters = await delivered(events())
    assert sorted(row["kind"] for row in letters.values()) == [
        "certificate",
        "commitment_paused",
        "reminder",
        "reminder",
        "support_answered",
    ]
    assert {row["person_id"] for row in letters.values()} == {"b" * 32}


@pytest.mark.parametrize("seed", range(8))
async def test_twice_and_shuffled_ends_in_the_same_letters(seed: int) -> None:
    order = events() * 2
    random.Random(seed).shuffle(order)
    assert await delivered(order) == await delivered(events())


async def test_rule_11_reminders_of_two_distances_are_two_letters() -> None:
    letters = await delivered(events())
    days_left = sorted(row["facts"]["days_left"] for row in letters.values() if row["kind"] == "reminder")
    assert days_left == [14, 30]


async def test_an_event_about_somebody_unknown_is_passed_over() -> None:
    store = FakeStore()
    committer = Committer(store)
    committer.start()
    await committer.commit(change_for("intake_multiplier_tracking", near(7), 1))
    await committer.close()
    assert dict(store.collections[LETTERS]) == {}


@pytest.mark.parametrize(
    ("noticed_at", "days_left"),
    [
        (datetime(2020, 2, 4, 12, tzinfo=UTC), 7),
        (datetime(2020, 2, 7, 12, tzinfo=UTC), 4),
        (datetime(2020, 2, 12, 11, tzinfo=UTC), 1),
    ],
)
async def test_rule_11_a_reminder_that_goes_out_late_tells_the_days_that_are_left(
    noticed_at: datetime, days_left: int
) -> None:
    """An extension by three days makes the reminder of seven days overdue: four are left, and the letter says four."""
    late = near(7).model_copy(update={"noticed_at": noticed_at})
    [letter] = (await delivered([("intake_multiplier_tracking", late, 1)])).values()
    assert letter["facts"] == {"due_on": "2020-02-11", "days_left": days_left, "participant_id": PARTICIPANT_ID}
