"""A letter that waited says what is so when it goes out, or is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Change, Decision, New
from relevo_chassis.ids import new_id
from relevo_contracts import Envelope, Event
from relevo_contracts.certification import (
    CertificateIssued,
    CertificateKept,
    CertificatePutUnderReview,
    CertificateRevoked,
    CertificateSuperseded,
)
from relevo_contracts.multiplier_tracking import (
    CommitmentCancelled,
    CommitmentExtended,
    CommitmentFulfilled,
    CommitmentLapsed,
    CommitmentOpened,
    CommitmentPaused,
    CommitmentPutUnderReview,
    CommitmentReopened,
    CommitmentResumed,
    DaysRequestDeclined,
    EvidenceRejected,
    MultiplierSessionRejected,
    MultiplierSessionReported,
    MultiplierSessionReturned,
    MultiplierSessionVerificationWithdrawn,
    MultiplierSessionVerified,
    SupportAnswered,
    SupportClosed,
    SupportOverdue,
)
from relevo_contracts.scheduling import OnsiteCompleted, OnsiteCorrected, OnsiteNotCompleted, OwnSessionsChanged
from relevo_intake.codes import confirmation_code
from relevo_intake.consumers import SUBSCRIPTIONS
from relevo_intake.domain.progress import ParticipantProgress
from relevo_intake.letters.truth import facts_now
from relevo_intake.store.choosing import PROGRESS

Choosing = Any
DUE = date(2020, 2, 11)
PARTICIPANT = "e" * 32


async def facts_of(choosing: Choosing, kind: str, **facts: Any) -> Any:
    """The facts with which such a letter would go out now; ``None`` if it would not."""
    row = {"_id": "f" * 32, "kind": kind, "facts": facts}
    return (await facts_now(choosing.on.shell.store, [row], choosing.on.clock.at))["f" * 32]


async def is_true(choosing: Choosing, kind: str, application_id: str) -> bool:
    return await facts_of(choosing, kind, application_id=application_id, expires_at="then") is not None


async def offered(choosing: Choosing) -> dict[str, str]:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    found: dict[str, str] = await choosing.offered()
    return found


async def test_a_letter_about_an_offer_is_true_while_the_offer_is_open(choosing: Choosing) -> None:
    keen, shy, silent, *_ = offers = await offered(choosing)
    for kind in ("offer", "offer_near"):
        facts = await facts_of(choosing, kind, application_id=silent, expires_at="another instant")
        assert facts["expires_at"] == "2019-10-10T00:00:00+00:00", "as it is now"
    assert not await is_true(choosing, "offer_expired", silent)
    await choosing.post(f"/offers/{offers[keen]}/accept", None, choosing.receipt(keen))
    await choosing.post(f"/offers/{offers[shy]}/decline", None, choosing.receipt(shy))
    assert [await is_true(choosing, "offer", each) for each in (keen, shy, silent)] == [False, False, True]
    assert [await is_true(choosing, "enrolled", each) for each in (keen, shy)] == [True, False]
    choosing.on.clock.at += timedelta(days=7)
    assert not await is_true(choosing, "offer", silent), "over, although nobody has written so yet"
    await choosing.sweep()
    assert await is_true(choosing, "offer_expired", silent)
    assert not await is_true(choosing, "offer_expired", keen)


async def test_a_letter_a_month_late_about_an_offer_that_is_over_is_not_sent(choosing: Choosing) -> None:
    await offered(choosing)
    choosing.on.clock.at += timedelta(days=30)
    rows = [row for row in choosing.on.store.collections["letters"].values() if row["kind"] == "offer"]
    facts = await facts_now(choosing.on.shell.store, rows, choosing.on.clock.at)
    assert len(rows) == 6
    assert set(facts.values()) == {None}


async def test_who_was_called_up_is_not_told_any_more_that_they_wait_or_were_turned_down(choosing: Choosing) -> None:
    offers = await offered(choosing)
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    waits = seating["waitlist"][0]
    out = next(each for each in choosing.receipts if each not in offers and each not in seating["waitlist"])
    asked = ((waits, "waitlisted"), (waits, "turned_down"), (out, "turned_down"), (out, "waitlisted"))
    assert [await is_true(choosing, kind, each) for each, kind in asked] == [True, False, True, False]
    await choosing.post(f"/calls/{choosing.call_id}/seats", {"seats": 12})
    assert not await is_true(choosing, "waitlisted", waits)
    assert await is_true(choosing, "offer", waits)


async def test_nothing_is_true_of_an_application_that_was_withdrawn(choosing: Choosing) -> None:
    mine, offer = next(iter((await offered(choosing)).items()))
    await choosing.post(f"/offers/{offer}/accept", None, choosing.receipt(mine))
    assert await is_true(choosing, "enrolled", mine)
    await choosing.post(f"/applications/{mine}/withdraw", None, choosing.receipt(mine))
    for kind in ("receipt", "confirmation", "offer", "waitlisted", "turned_down", "enrolled"):
        assert not await is_true(choosing, kind, mine), kind


async def test_a_letter_asks_for_a_confirmation_that_is_missing_and_can_be_given(call_with: Any) -> None:
    async with call_with() as there:
        alone, first, second = await there.apply(1), await there.apply(2), await there.apply(2)
        assert [await is_true(there, "receipt", each) for each in (alone, first, second)] == [True] * 3
        code = confirmation_code(there.on.shell.vault, first)
        await there.post("/confirmations", {"code": code}, {"X": "x"})
        assert [await is_true(there, "receipt", each) for each in (alone, first, second)] == [True, False, True]
        assert [await is_true(there, "confirmation", each) for each in (first, second)] == [True, False]
        await there.close()
        assert [await is_true(there, "receipt", each) for each in (alone, first, second)] == [True, False, False]


def envelope_of(event: Event) -> Envelope:
    id = new_id()
    return Envelope(id=id, sequence=1, time=datetime(2020, 1, 12, tzinfo=UTC), cause_id=id, chain_id=id, event=event)


async def receive(choosing: Choosing, kind: type[Event], **facts: Any) -> None:
    """What another service tells of the participant."""
    ids = {"participant_id": PARTICIPANT, "edition_id": "2" * 32}
    ids |= {"commitment_id": "7" * 32} if "commitment_id" in kind.model_fields else {}
    event = kind.model_validate({**ids, **facts})
    [handler] = [each.handlers[kind] for each in SUBSCRIPTIONS if kind in each.handlers]
    await choosing.on.shell.committer.commit(handler(event, envelope_of(event)))


RUNS: dict[str, Any] = {"due_on": DUE, "report_until_on": date(2020, 2, 25)}
AT = datetime(2020, 1, 12, tzinfo=UTC)
OPENED = RUNS | {
    "opened_at": AT, "last_on": date(2019, 12, 13), "minutes_required": 240, "people_required": 10,
    "sessions_add_up": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("since", "true"),
    [
        ([], True),
        ([(CommitmentOpened, OPENED)], True),
        ([(CommitmentOpened, OPENED), (CommitmentPaused, {"paused_at": AT})], False),
        ([(CommitmentPaused, {"paused_at": AT}), (CommitmentResumed, {"resumed_at": AT, **RUNS})], True),
        ([(CommitmentOpened, OPENED), (CommitmentExtended, {**RUNS, "extended_at": AT, "days": 3})], True),
        (
            [
                (CommitmentOpened, OPENED),
                (CommitmentExtended, {**RUNS, "extended_at": AT, "days": 9, "due_on": date(2020, 2, 20)}),
            ],
            False,
        ),
        ([(CommitmentFulfilled, {"fulfilled_at": AT, "sessions": 1, "minutes": 240, "people": 10})], False),
        ([(CommitmentLapsed, {"lapsed_at": AT})], False),
        ([(CommitmentLapsed, {"lapsed_at": AT}), (CommitmentReopened, {"reopened_at": AT, **RUNS})], True),
    ],
)
async def test_rule_11_a_reminder_is_true_while_the_days_run_to_the_day_that_it_tells(
    call_with: Any, since: list[tuple[type[Event], dict[str, Any]]], true: bool
) -> None:
    async with call_with() as there:
        there.on.clock.at = AT
        for kind, facts in since:
            await receive(there, kind, **facts)
        facts = await facts_of(there, "reminder", participant_id=PARTICIPANT, due_on=DUE.isoformat(), days_left=30)
        assert (facts is not None) is true


@pytest.mark.parametrize(
    ("now", "days_left"),
    [
        (datetime(2020, 1, 12, 12, tzinfo=UTC), 30),
        (datetime(2020, 2, 4, 12, tzinfo=UTC), 7),
        (datetime(2020, 2, 11, 12, tzinfo=UTC), 1),
        (datetime(2020, 2, 12, 11, 59, tzinfo=UTC), 1),
        (datetime(2020, 2, 12, 12, tzinfo=UTC), None),
    ],
)
async def test_rule_7_a_reminder_tells_the_days_that_are_left_when_it_goes_out(
    call_with: Any, now: datetime, days_left: int | None
) -> None:
    async with call_with() as there:
        there.on.clock.at = now
        facts = await facts_of(there, "reminder", participant_id=PARTICIPANT, due_on=DUE.isoformat(), days_left=30)
        assert (facts and facts["days_left"]) == days_left


async def test_a_document_that_was_revoked_is_not_announced_and_one_that_took_its_place_is(call_with: Any) -> None:
    async with call_with() as there:
        one = {"participant_id": PARTICIPANT, "certificate_id": "9" * 32}
        await receive(there, CertificateIssued, certificate_id="9" * 32, issued_at=AT)
        assert await facts_of(there, "certificate", **one)
        await receive(there, CertificateRevoked, certificate_id="9" * 32, revoked_at=AT, because="misuse")
        assert await facts_of(there, "certificate", **one) is None
        new = {"superseded_by_id": "8" * 32, "superseded_at": AT, "because": "corrected"}
        await receive(there, CertificateSuperseded, certificate_id="9" * 32, **new)
        assert await facts_of(there, "certificate", **one)
        alone = {"revoked_at": AT, "because": "misuse", "superseded_by_id": "8" * 32}
        await receive(there, CertificateRevoked, certificate_id="9" * 32, **alone)
        assert await facts_of(there, "certificate", **one)


SESSION = {"session_id": "5" * 32}
RETURNED = SESSION | {"returned_at": AT, "because": "other", "correct_until_on": date(2020, 1, 26)}
VERIFIED = SESSION | {"verified_at": AT, "held_on": date(2020, 1, 5), "minutes": 240, "people": 12, "counts": True}
REPORTED = SESSION | {
    "revision": 1, "reported_at": AT, "held_on": date(2020, 1, 5), "minutes": 240, "people": 12, "format": "online"
}  # fmt: skip
REJECTED = SESSION | {"rejected_at": AT, "because": "other"}
FULFILLED = {"fulfilled_at": AT, "sessions": 1, "minutes": 240, "people": 10}
REVIEWED = {"put_under_review_at": AT, "because": "other"}
WEEK = {
    "first_on": date(2019, 12, 9), "last_on": date(2019, 12, 13), "minutes_required": 900, "minutes_attended": 800,
    "percent_required": 80,
}  # fmt: skip
ASKED = {"support_request_id": "7" * 32}
BY_EVENT: Mapping[type[Event], tuple[str, dict[str, Any]]] = {
    CommitmentOpened: ("commitment_opened", OPENED),
    CommitmentPaused: ("commitment_paused", {"paused_at": AT}),
    CommitmentResumed: ("commitment_resumed", RUNS | {"resumed_at": AT}),
    CommitmentExtended: ("commitment_extended", RUNS | {"extended_at": AT, "days": 3}),
    CommitmentLapsed: ("commitment_lapsed", {"lapsed_at": AT}),
    CommitmentReopened: ("commitment_reopened", RUNS | {"reopened_at": AT}),
    CommitmentPutUnderReview: ("commitment_under_review", REVIEWED),
    CommitmentFulfilled: ("commitment_fulfilled", FULFILLED),
    DaysRequestDeclined: ("request_declined", {"request_id": "6" * 32, "declined_at": AT}),
    MultiplierSessionReported: ("", REPORTED),
    MultiplierSessionReturned: ("report_returned", RETURNED),
    MultiplierSessionVerified: ("report_verified", VERIFIED),
    MultiplierSessionRejected: ("report_rejected", REJECTED),
    MultiplierSessionVerificationWithdrawn: ("verification_withdrawn", SESSION | {"withdrawn_at": AT}),
    CommitmentCancelled: ("commitment_cancelled", {"cancelled_at": AT}),
    CertificateKept: ("certificate_kept", {"certificate_id": "9" * 32, "kept_at": AT}),
    SupportOverdue: ("support_overdue", ASKED | {"answer_until_on": date(2020, 1, 11), "overdue_at": AT}),
    SupportAnswered: ("support_answered", ASKED | {"answered_at": AT}),
    SupportClosed: ("support_closed", ASKED | {"closed_at": AT, "because": "by_staff"}),
    EvidenceRejected: ("evidence_rejected", REJECTED | {"evidence_id": "4" * 32}),
    OwnSessionsChanged: (
        "own_sessions_changed",
        {"programme_version": 2, "added": 1, "moved": 0, "removed": 0, "because": "published", "changed_at": AT}
        | {"next_on": date(2020, 1, 13)},
    ),
    OnsiteCompleted: ("onsite_completed", WEEK | {"completed_at": AT}),
    OnsiteNotCompleted: ("onsite_not_completed", WEEK | {"closed_at": AT}),
    OnsiteCorrected: ("onsite_corrected", WEEK | {"corrected_at": AT, "outcome": "not_completed"}),
    CertificateIssued: ("certificate", {"certificate_id": "9" * 32, "issued_at": AT}),
    CertificateRevoked: ("certificate_revoked", {"certificate_id": "9" * 32, "revoked_at": AT, "because": "misuse"}),
    CertificatePutUnderReview: ("certificate_under_review", REVIEWED | {"certificate_id": "9" * 32}),
}


@pytest.mark.parametrize(
    ("first", "then", "still_true"),
    [
        (CommitmentOpened, [CommitmentPaused], False),
        (CommitmentOpened, [CommitmentExtended], True),
        (CommitmentPaused, [], True),
        (CommitmentPaused, [CommitmentExtended], True),
        (CommitmentPaused, [CommitmentResumed], False),
        (CommitmentResumed, [], True),
        (CommitmentResumed, [CommitmentFulfilled], False),
        (CommitmentResumed, [CommitmentPutUnderReview], False),
        (CommitmentExtended, [CommitmentPaused], True),
        (CommitmentExtended, [CommitmentFulfilled], False),
        (CommitmentLapsed, [], True),
        (CommitmentLapsed, [CommitmentReopened], False),
        (CommitmentReopened, [CommitmentLapsed], False),
        (CommitmentPutUnderReview, [], True),
        (CommitmentPutUnderReview, [CommitmentFulfilled], False),
        (CommitmentPutUnderReview, [CommitmentReopened], False),
        (CommitmentFulfilled, [], True),
        (CommitmentFulfilled, [CommitmentPutUnderReview], False),
        (DaysRequestDeclined, [CommitmentLapsed], True),
        (DaysRequestDeclined, [CommitmentFulfilled], False),
        (MultiplierSessionReturned, [], True),
        (MultiplierSessionReturned, [MultiplierSessionReported], False),
        (MultiplierSessionReturned, [CommitmentFulfilled], False),
        (MultiplierSessionVerified, [], True),
        (MultiplierSessionVerified, [CommitmentFulfilled], False),
        (MultiplierSessionVerified, [MultiplierSessionReturned], False),
        (EvidenceRejected, [MultiplierSessionReported], True),
        (EvidenceRejected, [MultiplierSessionVerified], False),
        (EvidenceRejected, [CommitmentLapsed], False),
        (MultiplierSessionVerified, [MultiplierSessionVerificationWithdrawn], False),
        (MultiplierSessionVerificationWithdrawn, [], True),
        (MultiplierSessionVerificationWithdrawn, [CommitmentPutUnderReview], False),
        (MultiplierSessionVerificationWithdrawn, [MultiplierSessionVerified], False),
        (CommitmentCancelled, [], True),
        (CommitmentPutUnderReview, [CommitmentCancelled], False),
        (CommitmentCancelled, [CommitmentReopened], False),
        (CertificateKept, [], True),
        (CertificateKept, [CertificatePutUnderReview], False),
        (CertificateKept, [CertificateRevoked], False),
        (CertificatePutUnderReview, [CertificateKept], False),
        (SupportOverdue, [], True),
        (SupportOverdue, [CommitmentPaused], True),
        (SupportOverdue, [SupportAnswered], False),
        (SupportOverdue, [SupportClosed], False),
        (SupportClosed, [CommitmentLapsed], True),
        (MultiplierSessionRejected, [CommitmentLapsed], True),
        (MultiplierSessionRejected, [MultiplierSessionReported], False),
        (OwnSessionsChanged, [OwnSessionsChanged], True),
        (OwnSessionsChanged, [OnsiteCompleted], False),
        (OnsiteCompleted, [CommitmentOpened], True),
        (OnsiteCompleted, [OnsiteCorrected], False),
        (OnsiteNotCompleted, [OnsiteCorrected], True),
        (OnsiteCorrected, [], True),
        (OnsiteCorrected, [OnsiteCompleted], False),
        (CertificateRevoked, [], True),
        (CertificateRevoked, [CertificateIssued], False),
        (CertificatePutUnderReview, [], True),
        (CertificatePutUnderReview, [CertificateRevoked], False),
    ],
    ids=lambda each: getattr(each, "__name__", None) or str(each),
)
async def test_rule_20_a_letter_is_true_until_something_else_is_told_of_the_same(
    call_with: Any, first: type[Event], then: list[type[Event]], still_true: bool
) -> None:
    async with call_with() as there:
        there.on.clock.at = AT
        for each in (first, *then):
            await receive(there, each, **BY_EVENT[each][1])
        kind, content = BY_EVENT[first]
        facts: dict[str, Any] = {
            name: content[name]
            for name in ("session_id", "outcome", "certificate_id", "support_request_id")
            if name in content
        }
        facts |= {"due_on": DUE.isoformat(), "until_on": "2020-01-26", "participant_id": PARTICIPANT}
        assert (await facts_of(there, kind, **facts) is not None) is still_true


async def test_rule_9_a_report_that_can_no_longer_be_corrected_is_not_asked_for(call_with: Any) -> None:
    async with call_with() as there:
        await receive(there, MultiplierSessionReturned, **RETURNED)
        facts = {"participant_id": PARTICIPANT, "until_on": "2020-01-26", **SESSION}
        there.on.clock.at = datetime(2020, 1, 27, 11, 59, tzinfo=UTC)
        assert await facts_of(there, "report_returned", **facts)
        there.on.clock.at = datetime(2020, 1, 27, 12, tzinfo=UTC)
        assert await facts_of(there, "report_returned", **facts) is None


async def test_rule_13_of_a_corrected_certificate_one_letter_tells_and_not_two(call_with: Any) -> None:
    async with call_with() as there:
        await receive(there, CertificateIssued, certificate_id="8" * 32, issued_at=AT)
        new = {"superseded_by_id": "8" * 32, "superseded_at": AT, "because": "corrected"}
        await receive(there, CertificateSuperseded, certificate_id="9" * 32, **new)
        one = {"participant_id": PARTICIPANT, "certificate_id": "8" * 32}
        assert await facts_of(there, "certificate", **one) is None
        assert await facts_of(there, "certificate_superseded", **one)
        await receive(there, CertificateRevoked, certificate_id="8" * 32, revoked_at=AT, because="misuse")
        assert await facts_of(there, "certificate_superseded", **one) is None


async def test_rule_20_whoever_staff_take_off_the_course_is_told_and_of_nothing_else_any_more(
    choosing: Choosing,
) -> None:
    keen, *_ = offers = await offered(choosing)
    await choosing.post(f"/offers/{offers[keen]}/accept", None, choosing.receipt(keen))
    [one] = (await choosing.ask(f"/editions/{'e' * 32}/participants"))["items"]
    assert not await is_true(choosing, "participation_over", keen)
    await choosing.post(f"/participants/{one['participant_id']}/withdraw")
    assert await is_true(choosing, "participation_over", keen)
    [letter] = [row for row in choosing.on.store.collections["letters"].values() if row["kind"] == "participation_over"]
    assert letter["facts"] == {"application_id": keen}
    facts = {"participant_id": one["participant_id"], "outcome": "completed"}
    assert await facts_of(choosing, "onsite_corrected", **facts) is None


async def test_a_letter_that_lacks_a_fact_keeps_no_other_from_being_judged(call_with: Any) -> None:
    async with call_with() as there:
        mine = await there.apply(1)
        lacking = {"_id": "1", "kind": "reminder", "facts": {}}
        whole = {"_id": "2", "kind": "receipt", "facts": {"application_id": mine}}
        facts = await facts_now(there.on.shell.store, [lacking, whole], there.on.clock.at)
        assert facts == {"1": {}, "2": {"application_id": mine}}


async def test_what_is_told_of_a_participant_whom_nobody_knows_is_kept_and_harms_nothing(call_with: Any) -> None:
    async with call_with() as there:
        state = ParticipantProgress(participant_id=PARTICIPANT, commitment="paused")
        change = Change([PROGRESS(PARTICIPANT)], lambda _: Decision([New(PROGRESS(PARTICIPANT), state)]), AT, new_id())
        await there.on.shell.committer.commit(change)
        assert await facts_of(there, "support_answered", participant_id=PARTICIPANT) is not None
