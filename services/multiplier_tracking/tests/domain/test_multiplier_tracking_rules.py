"""The rules of the commitment, clause by clause (DOMAIN.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_contracts import Event, Requirements
from relevo_contracts.multiplier_tracking import (
    CommitmentDeadlineNear,
    CommitmentExtended,
    CommitmentFulfilled,
    CommitmentLapsed,
    CommitmentOpened,
    CommitmentPaused,
    CommitmentPutUnderReview,
    CommitmentReopened,
    CommitmentResumed,
    MultiplierSessionReported,
    MultiplierSessionReturned,
    MultiplierSessionVerified,
)
from relevo_multiplier_tracking.domain import days, joining, period, review, sessions
from relevo_multiplier_tracking.domain.commitment import (
    Commitment,
    Outcome,
    ParticipantHasLeft,
    ParticipantIsErased,
    counts,
    same_as,
)
from relevo_multiplier_tracking.domain.reminder import remind
from relevo_multiplier_tracking.domain.reports import Report, ReportWasRevised
from relevo_multiplier_tracking.domain.sessions import Correction, Held

EDITION = "e" * 32
PARTICIPANT = "a" * 32
SESSION = "1" * 32
OTHER = "2" * 32
LAST_ON = date(2019, 12, 13)
DUE_ON = date(2020, 2, 11)
UNTIL = date(2020, 2, 25)
ENROLLED_AT = datetime(2019, 11, 1, tzinfo=UTC)
COMPLETED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def opened(**requirements: Any) -> Commitment:
    enrolled, _ = joining.enrol(joining.expected(PARTICIPANT), EDITION, Requirements(**requirements), ENROLLED_AT)
    return joining.complete_onsite(enrolled, EDITION, LAST_ON, COMPLETED_AT)[0]


def held(held_on: date, minutes: int = 240, people: int = 10, revision: int = 1) -> Held:
    return Held(held_on=held_on, minutes=minutes, people=people, format="in_person", revision=revision)


def reported(
    commitment: Commitment, held_on: date = date(2020, 1, 18), session_id: str = SESSION, **what: Any
) -> Commitment:
    return sessions.report(commitment, session_id, held(held_on, **what), noon(held_on) + timedelta(days=1))[0]


def verified(commitment: Commitment, session_id: str = SESSION, now: datetime | None = None) -> Outcome:
    session = commitment.session(session_id)
    assert session.report is not None
    at = now or noon(date(2020, 1, 25))
    apart = same_as(commitment, session)
    return sessions.verify(commitment, session_id, session.report.revision, "coordinator", at, apart)


def kinds(events: tuple[Event, ...]) -> list[type[Event]]:
    return [type(event) for event in events]


class TestRule7:
    def test_a_commitment_opens_when_the_on_site_week_is_completed_and_is_due_on_day_60(self) -> None:
        enrolled, before = joining.enrol(joining.expected(PARTICIPANT), EDITION, Requirements(), ENROLLED_AT)
        after, events = joining.complete_onsite(enrolled, EDITION, LAST_ON, COMPLETED_AT)
        assert before == ()
        assert enrolled.state == "expected"
        assert after.state == "open"
        assert (after.due_on, after.report_until_on) == (DUE_ON, UNTIL)
        assert kinds(events) == [CommitmentOpened]

    def test_it_opens_the_same_whichever_of_the_two_is_known_first(self) -> None:
        first, _ = joining.complete_onsite(joining.expected(PARTICIPANT), EDITION, LAST_ON, COMPLETED_AT)
        then, events = joining.enrol(first, EDITION, Requirements(), ENROLLED_AT)
        assert then == opened()
        assert kinds(events) == [CommitmentOpened]

    def test_there_is_no_commitment_when_the_week_was_not_completed(self) -> None:
        enrolled, _ = joining.enrol(joining.expected(PARTICIPANT), EDITION, Requirements(), ENROLLED_AT)
        missed, events = joining.miss_onsite(enrolled, EDITION)
        assert (missed.state, missed.due_on, events) == ("not_due", None, ())

    def test_a_later_correction_opens_what_was_not_due(self) -> None:
        enrolled, _ = joining.enrol(joining.expected(PARTICIPANT), EDITION, Requirements(), ENROLLED_AT)
        missed, _ = joining.miss_onsite(enrolled, EDITION)
        after, events = joining.correct_onsite(missed, EDITION, True, LAST_ON, COMPLETED_AT, "s")
        assert (after.state, after.due_on) == ("open", DUE_ON)
        assert kinds(events) == [CommitmentOpened]

    @pytest.mark.parametrize(("hour", "minute", "over"), [(11, 59, False), (12, 0, True)])
    def test_a_day_is_over_when_it_is_over_everywhere_on_earth(self, hour: int, minute: int, over: bool) -> None:
        now = datetime(2020, 2, 12, hour, minute, tzinfo=UTC)
        assert days.is_over(DUE_ON, now) is over
        assert (days.current(now) > DUE_ON) is over

    def test_the_day_it_was_held_is_compared_and_not_the_hour_of_the_report(self) -> None:
        now = days.ends_at(DUE_ON) + timedelta(days=3)
        after, events = sessions.report(opened(), SESSION, held(DUE_ON), now)
        assert after.awaiting == 1
        assert kinds(events) == [MultiplierSessionReported]

    def test_a_later_enrolment_moves_nobodys_goalposts(self) -> None:
        again, events = joining.enrol(opened(), EDITION, Requirements(multiplier_people=99), ENROLLED_AT)
        assert again.required.multiplier_people == 10
        assert events == ()


class TestRule8:
    def test_one_session_of_240_minutes_with_10_others_fulfils_the_commitment_once_staff_verify_it(self) -> None:
        before = reported(opened())
        assert before.state == "open"
        after, events = verified(before)
        assert after.state == "fulfilled"
        assert kinds(events) == [MultiplierSessionVerified, CommitmentFulfilled]

    @pytest.mark.parametrize(("minutes", "people"), [(239, 10), (240, 9)])
    def test_a_shorter_session_or_one_with_fewer_people_does_not_fulfil_it(self, minutes: int, people: int) -> None:
        after, events = verified(reported(opened(), minutes=minutes, people=people))
        assert after.state == "open"
        assert kinds(events) == [MultiplierSessionVerified]
        assert events[0].model_dump()["counts"] is False

    def test_by_default_several_sessions_do_not_add_up(self) -> None:
        one, _ = verified(reported(opened(), minutes=120, people=5))
        both, _ = verified(reported(one, session_id=OTHER, minutes=120, people=5), OTHER)
        assert both.state == "open"

    def test_several_sessions_add_up_where_the_edition_allows_it(self) -> None:
        one, _ = verified(reported(opened(sessions_add_up=True), minutes=120, people=5))
        assert one.state == "open"
        both, events = verified(reported(one, session_id=OTHER, minutes=120, people=5), OTHER)
        assert both.state == "fulfilled"
        told = events[-1]
        assert isinstance(told, CommitmentFulfilled)
        assert (told.sessions, told.minutes, told.people) == (2, 240, 10)

    def test_a_session_held_during_the_week_is_refused(self) -> None:
        with pytest.raises(sessions.HeldBeforeTheWeekEnded):
            reported(opened(), LAST_ON)

    @pytest.mark.parametrize(("held_on", "timely"), [(LAST_ON, False), (DUE_ON, True), (date(2020, 2, 12), False)])
    def test_only_the_days_after_the_week_up_to_the_due_day_count(self, held_on: date, timely: bool) -> None:
        report = Report(held_on=held_on, minutes=240, people=10, format="online", revision=1, reported_at=COMPLETED_AT)
        assert counts(opened(), report, noon(UNTIL)) is timely

    def test_a_session_held_after_the_due_day_is_refused(self) -> None:
        with pytest.raises(sessions.HeldAfterTheDueDay):
            reported(opened(), DUE_ON + timedelta(days=1))

    def test_a_session_held_on_the_due_day_counts(self) -> None:
        assert verified(reported(opened(), DUE_ON), now=noon(UNTIL))[0].state == "fulfilled"

    def test_a_session_that_has_not_begun_anywhere_is_refused(self) -> None:
        day = date(2020, 1, 18)
        with pytest.raises(sessions.HeldInTheFuture):
            sessions.report(opened(), SESSION, held(day), datetime(2020, 1, 17, 9, 59, tzinfo=UTC))
        sessions.report(opened(), SESSION, held(day, minutes=1), datetime(2020, 1, 17, 10, 1, tzinfo=UTC))

    def test_a_decision_on_a_revision_that_was_not_read_is_refused(self) -> None:
        with pytest.raises(ReportWasRevised):
            sessions.verify(reported(opened()), SESSION, 2, "coordinator", noon(UNTIL))

    def test_a_plan_lies_within_the_period(self) -> None:
        for day in (LAST_ON, DUE_ON + timedelta(days=1)):
            with pytest.raises(sessions.PlannedOutsideThePeriod):
                sessions.plan(opened(), SESSION, day, "online", COMPLETED_AT)
        assert sessions.plan(opened(), SESSION, DUE_ON, "online", COMPLETED_AT)[0].session(SESSION).state == "planned"


class TestRule9:
    def test_a_late_report_is_taken_until_fourteen_days_after_the_due_day(self) -> None:
        last_moment = days.ends_at(UNTIL) - timedelta(milliseconds=1)
        assert sessions.report(opened(), SESSION, held(DUE_ON), last_moment)[0].awaiting == 1
        with pytest.raises(period.ReportingIsOver):
            sessions.report(opened(), SESSION, held(DUE_ON), days.ends_at(UNTIL))

    def test_a_returned_report_has_fourteen_days_from_its_return(self) -> None:
        returned_at = noon(UNTIL)
        before = reported(opened(), DUE_ON)
        after, events = sessions.return_report(before, SESSION, 1, "date_unclear", "coordinator", returned_at)
        until = UNTIL + timedelta(days=14)
        assert after.session(SESSION).correct_until_on == until
        assert kinds(events) == [MultiplierSessionReturned]
        again = Correction(revision=2)
        corrected, _ = sessions.correct(after, SESSION, again, days.ends_at(until) - timedelta(seconds=1))
        assert corrected.awaiting == 1
        with pytest.raises(sessions.CorrectingIsOver):
            sessions.correct(after, SESSION, again, days.ends_at(until))

    def test_a_commitment_lapses_when_the_window_is_over(self) -> None:
        early, nothing = period.lapse(opened(), days.ends_at(UNTIL) - timedelta(seconds=1))
        assert (early.state, nothing) == ("open", ())
        after, events = period.lapse(opened(), days.ends_at(UNTIL))
        assert (after.state, kinds(events)) == ("lapsed", [CommitmentLapsed])

    def test_it_does_not_lapse_while_a_report_awaits_a_decision(self) -> None:
        assert period.lapse(reported(opened()), days.ends_at(UNTIL) + timedelta(days=99))[0].state == "open"

    def test_it_does_not_lapse_while_a_returned_report_has_days_left(self) -> None:
        before = reported(opened(), DUE_ON)
        returned, _ = sessions.return_report(before, SESSION, 1, "other", "coordinator", noon(UNTIL))
        until = UNTIL + timedelta(days=14)
        assert period.lapse(returned, days.ends_at(until) - timedelta(seconds=1))[0].state == "open"
        assert period.lapse(returned, days.ends_at(until))[0].state == "lapsed"

    def test_it_lapses_with_the_rejection_of_the_last_report_after_the_window(self) -> None:
        late = days.ends_at(UNTIL) + timedelta(days=1)
        after, events = sessions.reject(reported(opened()), SESSION, 1, "not_credible", "coordinator", late)
        assert after.state == "lapsed"
        assert kinds(events)[-1] is CommitmentLapsed

    def test_a_coordinator_reopens_it_with_a_later_due_day(self) -> None:
        now = days.ends_at(UNTIL) + timedelta(days=5)
        lapsed, _ = period.lapse(opened(), now)
        after, events = period.reopen(lapsed, date(2020, 4, 1), "s", "reason/s", "coordinator", now)
        assert (after.state, after.due_on, after.report_until_on) == ("open", date(2020, 4, 1), date(2020, 4, 15))
        assert kinds(events) == [CommitmentReopened]

    def test_reopening_to_days_that_are_over_is_refused(self) -> None:
        now = days.ends_at(UNTIL) + timedelta(days=5)
        lapsed, _ = period.lapse(opened(), now)
        with pytest.raises(period.ReportingIsOver):
            period.reopen(lapsed, DUE_ON, "s", "reason/s", "coordinator", now)


class TestRule10:
    def test_the_due_day_moves_by_the_days_of_the_pause_rounded_up(self) -> None:
        start = noon(date(2020, 1, 10))
        paused, told = period.pause(opened(), "p", "reason/p", "coordinator", start)
        after, events = period.resume(paused, "r", "coordinator", start + timedelta(days=9, seconds=1))
        assert after.due_on == DUE_ON + timedelta(days=10)
        assert after.report_until_on == UNTIL + timedelta(days=10)
        assert (kinds(told), kinds(events)) == ([CommitmentPaused], [CommitmentResumed])

    def test_nothing_is_over_while_paused(self) -> None:
        paused, _ = period.pause(opened(), "p", "reason/p", "coordinator", noon(date(2020, 2, 20)))
        late = days.ends_at(UNTIL) + timedelta(days=30)
        assert period.lapse(paused, late)[0].state == "open"
        assert sessions.report(paused, SESSION, held(DUE_ON + timedelta(days=20)), late)[0].awaiting == 1

    def test_a_returned_report_gets_the_days_of_the_pause_too(self) -> None:
        returned, _ = sessions.return_report(
            reported(opened()), SESSION, 1, "other", "coordinator", noon(date(2020, 2, 20))
        )
        until = returned.session(SESSION).correct_until_on
        paused, _ = period.pause(returned, "p", "reason/p", "coordinator", noon(date(2020, 2, 21)))
        after, _ = period.resume(paused, "r", "coordinator", noon(date(2020, 2, 24)))
        assert until is not None
        assert after.session(SESSION).correct_until_on == until + timedelta(days=3)

    def test_an_extension_moves_the_due_day_later_and_leaves_a_trail(self) -> None:
        after, events = period.extend(opened(), date(2020, 2, 25), "x", "reason/x", "coordinator", COMPLETED_AT)
        assert after.report_until_on == date(2020, 3, 10)
        assert [(step.step, step.days, step.taken_by) for step in after.trail] == [("extended", 14, "coordinator")]
        assert kinds(events) == [CommitmentExtended]

    @pytest.mark.parametrize("due_on", [DUE_ON, DUE_ON - timedelta(days=1)])
    def test_the_due_day_never_moves_earlier(self, due_on: date) -> None:
        with pytest.raises(period.DueDayWouldNotMoveLater):
            period.extend(opened(), due_on, "x", "reason/x", "coordinator", COMPLETED_AT)

    def test_the_reason_is_in_no_event_and_not_in_the_clear_state(self) -> None:
        paused, told = period.pause(opened(), "p", "reason/p", "coordinator", noon(date(2020, 1, 10)))
        assert "reason" not in told[0].model_dump()
        assert paused.sealed == ("reason/p",)
        assert "threat" not in paused.model_dump_json()

    def test_fulfilling_ends_a_pause(self) -> None:
        start = noon(date(2020, 1, 20))
        paused, _ = period.pause(reported(opened()), "p", "reason/p", "coordinator", start)
        after, events = verified(paused, now=start + timedelta(days=2))
        assert (after.state, after.paused) == ("fulfilled", False)
        assert kinds(events) == [MultiplierSessionVerified, CommitmentResumed, CommitmentFulfilled]


class TestRule11:
    @pytest.mark.parametrize("distance", [30, 14, 7, 1])
    def test_a_reminder_goes_out_at_each_distance(self, distance: int) -> None:
        at = days.remind_at(DUE_ON, distance)
        after, events = remind(opened(), DUE_ON, distance, at)
        told = events[0]
        assert isinstance(told, CommitmentDeadlineNear)
        assert (told.days_left, told.due_on) == (distance, DUE_ON)
        assert remind(opened(), DUE_ON, distance, at - timedelta(seconds=1))[1] == ()
        assert remind(after, DUE_ON, distance, at)[1] == ()

    def test_of_several_overdue_only_the_nearest_is_sent(self) -> None:
        now = days.remind_at(DUE_ON, 7) + timedelta(hours=1)
        commitment, told = opened(), []
        for distance in (30, 14, 7, 1):
            commitment, events = remind(commitment, DUE_ON, distance, now)
            told += [event.model_dump()["days_left"] for event in events]
        assert told == [7]

    def test_none_is_sent_while_paused(self) -> None:
        paused, _ = period.pause(opened(), "p", "reason/p", "coordinator", noon(date(2020, 1, 10)))
        assert remind(paused, DUE_ON, 30, days.remind_at(DUE_ON, 30))[1] == ()

    def test_none_is_sent_for_a_due_day_that_has_moved_or_is_over(self) -> None:
        extended, _ = period.extend(opened(), date(2020, 2, 25), "x", "reason/x", "coordinator", COMPLETED_AT)
        assert remind(extended, DUE_ON, 1, days.remind_at(DUE_ON, 1))[1] == ()
        assert remind(opened(), DUE_ON, 1, days.ends_at(DUE_ON))[1] == ()

    def test_none_is_sent_once_fulfilled_or_erased(self) -> None:
        fulfilled, _ = verified(reported(opened()))
        erased, _ = joining.erase(opened(), COMPLETED_AT)
        for commitment in (fulfilled, erased):
            assert remind(commitment, DUE_ON, 7, days.remind_at(DUE_ON, 7))[1] == ()


class TestRule12:
    def test_a_withdrawn_verification_puts_a_fulfilled_commitment_under_review(self) -> None:
        fulfilled, _ = verified(reported(opened()))
        after, events = review.withdraw_verification(fulfilled, SESSION, "w", "coordinator", noon(UNTIL))
        assert (after.state, after.awaiting) == ("under_review", 1)
        assert kinds(events) == [CommitmentPutUnderReview]

    def test_upholding_restores_what_stood(self) -> None:
        fulfilled, _ = verified(reported(opened()))
        doubted, _ = review.withdraw_verification(fulfilled, SESSION, "w", "coordinator", noon(UNTIL))
        after, events = review.uphold(doubted, "u", "coordinator", noon(UNTIL))
        assert (after.state, after.review) == ("fulfilled", None)
        assert kinds(events) == [MultiplierSessionVerified, CommitmentFulfilled]

    def test_reopening_lets_the_days_run_again_with_the_verification_withdrawn(self) -> None:
        fulfilled, _ = verified(reported(opened()))
        doubted, _ = review.withdraw_verification(fulfilled, SESSION, "w", "coordinator", noon(UNTIL))
        after, events = review.reopen_reviewed(doubted, None, "r", "coordinator", noon(UNTIL))
        assert (after.state, after.session(SESSION).state) == ("open", "reported")
        assert kinds(events) == [CommitmentReopened]

    def test_other_verified_sessions_may_still_meet_the_requirement(self) -> None:
        one, _ = verified(reported(opened()))
        both, _ = verified(reported(one, session_id=OTHER), OTHER)
        doubted, _ = review.withdraw_verification(both, SESSION, "w", "coordinator", noon(UNTIL))
        after, events = review.reopen_reviewed(doubted, None, "r", "coordinator", noon(UNTIL))
        assert after.state == "fulfilled"
        assert kinds(events) == [CommitmentReopened, CommitmentFulfilled]


class TestRule6:
    def test_a_reversed_completion_puts_the_commitment_under_review_and_undoes_nothing(self) -> None:
        fulfilled, _ = verified(reported(opened()))
        for before in (opened(), fulfilled):
            after, events = joining.correct_onsite(before, EDITION, False, LAST_ON, noon(UNTIL), "s")
            assert after.state == "under_review"
            assert after.sessions == before.sessions
            assert kinds(events) == [CommitmentPutUnderReview]

    def test_only_then_may_a_coordinator_end_it(self) -> None:
        fulfilled, _ = verified(reported(opened()))
        doubted, _ = review.withdraw_verification(fulfilled, SESSION, "w", "coordinator", noon(UNTIL))
        with pytest.raises(review.OnsiteWeekStands):
            review.end(doubted, "e", "coordinator", noon(UNTIL))
        reversed_, _ = joining.correct_onsite(fulfilled, EDITION, False, LAST_ON, noon(UNTIL), "s")
        assert review.end(reversed_, "e", "coordinator", noon(UNTIL))[0].state == "not_due"

    def test_an_open_one_that_is_upheld_runs_again(self) -> None:
        doubted, _ = joining.correct_onsite(opened(), EDITION, False, LAST_ON, COMPLETED_AT, "s")
        after, events = review.uphold(doubted, "u", "coordinator", COMPLETED_AT)
        assert (after.state, after.due_on, kinds(events)) == ("open", DUE_ON, [CommitmentReopened])


class TestRule14:
    def test_an_erased_participant_can_do_nothing_more_and_what_was_counted_stays(self) -> None:
        fulfilled, _ = verified(reported(opened()))
        erased, events = joining.erase(fulfilled, noon(UNTIL))
        assert (erased.state, erased.sessions, events) == ("fulfilled", fulfilled.sessions, ())
        with pytest.raises(ParticipantIsErased):
            sessions.plan(erased, OTHER, DUE_ON, "online", COMPLETED_AT)

    def test_what_was_fulfilled_stays_fulfilled_when_the_participant_leaves(self) -> None:
        fulfilled, _ = verified(reported(opened()))
        assert joining.withdraw_participant(fulfilled, EDITION, noon(UNTIL))[0].state == "fulfilled"
        left, _ = joining.withdraw_participant(opened(), EDITION, COMPLETED_AT)
        assert left.state == "withdrawn"
        with pytest.raises(ParticipantHasLeft):
            reported(left)
