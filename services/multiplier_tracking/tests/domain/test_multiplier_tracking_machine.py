"""The commitment under any sequence of what people, time and other services may do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import Event, Requirements, derived_id
from relevo_contracts.multiplier_tracking import CommitmentDeadlineNear, CommitmentFulfilled, CommitmentLapsed
from relevo_multiplier_tracking.domain import days, joining, period, reach, requests, review, sessions
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome, counts, is_met
from relevo_multiplier_tracking.domain.reach import Reach
from relevo_multiplier_tracking.domain.reminder import remind
from relevo_multiplier_tracking.domain.same_meeting import same_as
from relevo_multiplier_tracking.domain.sessions import Correction, ReportedFacts

LAST_ON = date(2019, 12, 13)
EDITION = "e" * 32
FIGURES = st.sampled_from([(240, 10), (300, 25), (120, 5), (239, 10), (240, 9)])


def session_id(number: int) -> str:
    return f"{number:032x}"


class CommitmentMachine(RuleBasedStateMachine):
    """Drives one commitment; what the rules refuse is refused, and what they promise holds at every moment."""

    def __init__(self) -> None:
        super().__init__()
        self.commitment = joining.expected("a" * 32)
        self.reach = Reach(edition_id=EDITION)
        self.now = datetime(2019, 12, 20, 12, tzinfo=UTC)
        self.moves = 0
        self.steps = 0
        self.latest_due: date | None = None
        self.reminded: list[tuple[date, int]] = []

    @initialize(add_up=st.booleans())
    def begin(self, add_up: bool) -> None:
        self.apply(joining.enrol(self.commitment, EDITION, Requirements(sessions_add_up=add_up), self.now))
        self.apply(joining.complete_onsite(self.commitment, EDITION, LAST_ON, self.now))

    @property
    def state(self) -> str:
        return self.commitment.state

    def apply(self, outcome: Outcome) -> tuple[Event, ...]:
        before, (self.commitment, events) = self.commitment, outcome
        self.reach = reach.recount(self.reach, before, self.commitment, self.now)
        for event in events:
            self.check(event)
        return events

    def check(self, event: Event) -> None:
        if isinstance(event, CommitmentDeadlineNear):
            assert not self.commitment.paused
            assert not self.commitment.asking
            assert (event.due_on, event.days_left) not in self.reminded
            self.reminded.append((event.due_on, event.days_left))
        if isinstance(event, CommitmentFulfilled):
            assert is_met(self.commitment, self.now)
        if isinstance(event, CommitmentLapsed):
            assert self.commitment.awaiting == 0
            assert not self.commitment.paused
            assert not self.commitment.asking
            assert self.commitment.report_until_on is not None
            assert days.is_over(self.commitment.report_until_on, self.now)

    def attempt(self, transition: Any, *arguments: Any) -> None:
        try:
            self.apply(transition(self.commitment, *arguments))
        except Refusal:
            return

    def step_id(self) -> str:
        self.steps += 1
        return f"step-{self.steps}"

    @rule(hours=st.one_of(st.integers(1, 30), st.sampled_from([24 * 3, 24 * 7, 24 * 20])))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.moves += 1

    @rule()
    def time_goes_by_to_the_end_of_the_window(self) -> None:
        if self.commitment.report_until_on and self.commitment.state == "open":
            self.now = max(self.now, days.ends_at(self.commitment.report_until_on))

    @rule(distance=st.sampled_from([30, 14, 7, 1]))
    def time_goes_by_to_a_reminder(self, distance: int) -> None:
        if self.commitment.due_on:
            self.now = max(self.now, days.remind_at(self.commitment.due_on, distance))

    @rule()
    def the_sweeper_sweeps(self) -> None:
        for distance in (30, 14, 7, 1):
            if self.commitment.due_on:
                self.apply(remind(self.commitment, self.commitment.due_on, distance, self.now))
        self.apply(period.lapse(self.commitment, self.now))

    @precondition(lambda self: self.state == "open")
    @rule(number=st.integers(1, 3), ahead=st.integers(-1, 20))
    def a_session_is_planned(self, number: int, ahead: int) -> None:
        day = self.now.date() + timedelta(days=ahead)
        self.attempt(sessions.plan, session_id(number), day, "online", self.now)

    @precondition(lambda self: self.state in ("open", "fulfilled"))
    @rule(number=st.integers(1, 3), ago=st.integers(-1, 5), figures=FIGURES)
    def a_session_is_reported(self, number: int, ago: int, figures: tuple[int, int]) -> None:
        self.attempt(sessions.report, session_id(number), self.facts(ago, *figures, 1), self.now)

    @precondition(lambda self: any(each.state == "returned" for each in self.commitment.sessions))
    @rule(ago=st.integers(0, 8), figures=FIGURES)
    def a_report_is_corrected(self, ago: int, figures: tuple[int, int]) -> None:
        for session in self.commitment.sessions:
            if session.state == "returned" and session.report:
                facts = self.facts(ago, *figures, session.report.revision + 1)
                correction = Correction(**facts.model_dump(exclude={"format", "texts"}))
                self.attempt(sessions.correct, session.session_id, correction, self.now)

    @precondition(lambda self: self.commitment.awaiting > 0)
    @rule(how=st.sampled_from([sessions.return_report, sessions.reject, None]))
    def staff_decide_on_a_report(self, how: Any) -> None:
        session = next(each for each in self.commitment.sessions if each.state == "reported")
        assert session.report is not None
        at = (session.session_id, session.report.revision)
        if how is None:
            self.attempt(sessions.verify, *at, "staff", self.now, same_as(self.commitment, session))
        else:
            self.attempt(how, *at, "other", "staff", self.now)

    @precondition(lambda self: any(each.state == "verified" for each in self.commitment.sessions))
    @rule(number=st.integers(1, 3))
    def a_verification_is_withdrawn(self, number: int) -> None:
        self.attempt(review.withdraw_verification, session_id(number), self.step_id(), "staff", self.now)

    @precondition(lambda self: self.state == "open" and not self.commitment.paused and self.moves % 3 == 0)
    @rule()
    def it_is_paused(self) -> None:
        self.attempt(period.pause, self.step_id(), "reason/x", "staff", self.now)

    @precondition(lambda self: self.commitment.paused)
    @rule()
    def it_is_resumed(self) -> None:
        self.attempt(period.resume, self.step_id(), "staff", self.now)

    @precondition(lambda self: self.state == "open" and self.moves % 2 == 0)
    @rule(asked_for=st.sampled_from(["pause", "more_days"]), more=st.integers(0, 30))
    def days_are_asked_for(self, asked_for: Any, more: int) -> None:
        due_on = self.commitment.due + timedelta(days=more) if asked_for == "more_days" else None
        self.attempt(requests.ask, derived_id(self.step_id()), asked_for, due_on, "asking/x", self.now)

    @precondition(lambda self: self.commitment.asking)
    @rule(how=st.sampled_from(["grant", "decline", "withdraw"]), more=st.none() | st.integers(-10, 40))
    def the_request_is_decided(self, how: str, more: int | None) -> None:
        awaited = self.commitment.awaited_request
        assert awaited is not None
        if how == "withdraw":
            self.attempt(requests.withdraw_request, awaited.request_id, self.now)
        elif how == "decline":
            self.attempt(requests.decline, awaited.request_id, [], "staff", self.now)
        else:
            due_on = None if more is None else self.commitment.due + timedelta(days=more)
            self.attempt(requests.grant, awaited.request_id, due_on, self.step_id(), [], "staff", self.now)

    @precondition(lambda self: self.state == "open" and self.moves % 4 == 0)
    @rule(more=st.integers(-10, 40))
    def it_is_extended(self, more: int) -> None:
        if self.commitment.due_on:
            due_on = self.commitment.due_on + timedelta(days=more)
            self.attempt(period.extend, due_on, self.step_id(), "reason/x", "staff", self.now)

    @precondition(lambda self: self.state == "lapsed")
    @rule(more=st.integers(-10, 200))
    def it_is_reopened(self, more: int) -> None:
        if self.commitment.due_on:
            due_on = self.commitment.due_on + timedelta(days=more)
            self.attempt(period.reopen, due_on, self.step_id(), "reason/x", "staff", self.now)

    @precondition(lambda self: self.moves % 6 == 5)
    @rule(completed=st.booleans())
    def the_week_is_corrected(self, completed: bool) -> None:
        self.apply(joining.correct_onsite(self.commitment, EDITION, completed, LAST_ON, self.now, self.step_id()))

    @precondition(lambda self: self.state == "under_review")
    @rule(how=st.sampled_from(["uphold", "reopen", "end"]), more=st.integers(-10, 100))
    def the_review_is_decided(self, how: str, more: int) -> None:
        if how == "uphold":
            self.attempt(review.uphold, self.step_id(), "staff", self.now)
        elif how == "end":
            self.attempt(review.end, self.step_id(), "staff", self.now)
        elif self.commitment.due_on:
            due_on = self.commitment.due_on + timedelta(days=more)
            self.attempt(review.reopen_reviewed, due_on, self.step_id(), "staff", self.now)

    @precondition(lambda self: self.moves > 12)
    @rule()
    def the_person_is_erased(self) -> None:
        self.apply(joining.erase(self.commitment, self.now))

    def facts(self, ago: int, minutes: int, people: int, revision: int) -> ReportedFacts:
        held_on = self.now.date() - timedelta(days=ago)
        facts = ReportedFacts(held_on=held_on, minutes=minutes, people=people, format="online", revision=revision)
        return facts.model_copy(update={"another_session": True})

    @invariant()
    def fulfilled_only_with_verified_sessions_that_meet_the_requirement(self) -> None:
        if self.commitment.state == "fulfilled":
            assert is_met(self.commitment, self.now)

    @invariant()
    def the_due_day_never_moves_earlier(self) -> None:
        due_on = self.commitment.due_on
        if self.latest_due is not None:
            assert due_on is not None
            assert due_on >= self.latest_due
        self.latest_due = due_on

    @invariant()
    def a_lapsed_one_has_no_report_that_awaits_a_decision(self) -> None:
        if self.commitment.state == "lapsed":
            assert self.commitment.awaiting == 0

    @invariant()
    def what_counted_still_counts(self) -> None:
        for session in self.commitment.sessions:
            if session.state == "verified" and session.report and session.report.held_on <= self.commitment.due:
                required = self.commitment.required
                enough = (
                    session.report.minutes >= required.multiplier_minutes
                    and session.report.people >= required.multiplier_people
                )
                assert counts(self.commitment, session.report, self.now) is enough

    @invariant()
    def nothing_is_asked_for_of_one_that_is_over(self) -> None:
        assert not self.commitment.asking or self.commitment.state in ("open", "under_review")
        assert sum(each.state == "awaiting" for each in self.commitment.requests) <= 1

    @invariant()
    def only_an_open_one_is_paused(self) -> None:
        assert not self.commitment.paused or self.commitment.state == "open"

    @invariant()
    def the_totals_are_those_of_the_commitment(self) -> None:
        assert self.reach.totals == reach.tally(self.commitment)

    @invariant()
    def it_reads_back_as_it_was_written(self) -> None:
        assert Commitment.model_validate(self.commitment.model_dump()) == self.commitment


def test_rules_8_and_9_whatever_people_and_time_do_a_commitment_is_fulfilled_or_lapses_as_the_rules_say() -> None:
    run_state_machine_as_test(
        CommitmentMachine,
        settings=settings(
            max_examples=150, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
