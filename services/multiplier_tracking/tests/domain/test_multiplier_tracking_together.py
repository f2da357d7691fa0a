"""A session held together under any sequence of what people and staff may do (rule 8)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import Requirements
from relevo_multiplier_tracking.domain import joining, reach, sessions, together
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.reach import Reach, Tally
from relevo_multiplier_tracking.domain.reports import TogetherWith
from relevo_multiplier_tracking.domain.same_meeting import same_as
from relevo_multiplier_tracking.domain.sessions import Correction, ReportedFacts
from relevo_multiplier_tracking.domain.together import Theirs

EDITION = "e" * 32
NOW = datetime(2020, 1, 25, 12, tzinfo=UTC)
LAST_ON = date(2019, 12, 13)


def opened(number: int) -> Commitment:
    known = joining.expected(f"{number:032x}")
    enrolled, _ = joining.enrol(known, EDITION, Requirements(held_together=True, sessions_add_up=True), NOW)
    return joining.complete_onsite(enrolled, EDITION, LAST_ON, NOW)[0]


class Edition:
    """Three commitments and their edition's totals, driven at will; what the rules refuse is left as it was."""

    def __init__(self) -> None:
        self.commitments = [opened(number) for number in range(3)]
        self.reach = Reach(edition_id=EDITION)
        for each in self.commitments:
            self.reach = reach.recount(self.reach, None, each, NOW)

    def done(self, number: int, transition: Any, *arguments: Any) -> None:
        before = self.commitments[number]
        try:
            after, _ = transition(before, *arguments)
        except Refusal:
            return
        self.reach = reach.recount(self.reach, before, after, NOW)
        self.commitments[number] = after

    def step(self, what: str, number: int, other: int, people: int) -> None:
        mine, theirs = f"{number + 10:032x}", f"{other + 10:032x}"
        session = next(iter(self.commitments[number].sessions), None)
        beside = self.commitments[other]
        named = TogetherWith(session_id=theirs, commitment_id=beside.commitment_id)
        facts: dict[str, Any] = {"held_on": date(2020, 1, 18), "minutes": 100, "people": people, "format": "online"}
        if what == "report":
            self.done(number, sessions.report, mine, ReportedFacts(**facts), NOW)
        elif what == "report together":
            self.done(number, sessions.report, mine, ReportedFacts(**facts, together_with=named), NOW, beside)
        elif session is not None and session.report is not None:
            at = (mine, session.report.revision)
            whose = session.together_with and next(
                each for each in self.commitments if each.commitment_id == session.together_with.commitment_id
            )
            if what == "verify":
                self.done(number, sessions.verify, *at, "c", NOW, same_as(self.commitments[number], session), whose)
            elif what == "return":
                self.done(number, sessions.return_report, *at, "other", "c", NOW)
            elif what == "reject":
                self.done(number, sessions.reject, *at, "other", "c", NOW)
            elif what == "correct":
                correction = Correction(revision=session.report.revision + 1, people=people)
                self.done(number, sessions.correct, mine, correction, NOW)
            for asking in self.commitments:
                for asked in asking.sessions:
                    if what in ("agree", "disagree") and asked.together_with and asked.report:
                        arguments = (Theirs(asking, asked), asked.report.revision, what == "agree", None, NOW)
                        self.done(number, together.answer, mine, *arguments)


OFTEN = ["report", "report together", "agree", "verify"]
STEPS = [*OFTEN * 3, "disagree", "return", "reject", "correct"]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 2), st.sampled_from([14, 14, 10])),
        max_size=60,
    )
)
def test_rule_8_whatever_happens_a_session_held_together_is_counted_once_and_never_without_the_others_word(
    steps: list[tuple[str, int, int, int]],
) -> None:
    edition = Edition()
    for step in steps:
        edition.step(*step)
    plain = sum((reach.tally(each) for each in edition.commitments), Tally())
    assert edition.reach.totals == plain + sum((each.tally for each in edition.reach.meetings), Tally())
    meetings: dict[str, list[int]] = {}
    for commitment in edition.commitments:
        for session in commitment.sessions:
            if session.state == "verified" and session.report is not None:
                meetings.setdefault(session.meeting_id or session.session_id, []).append(session.report.people)
            if session.state == "verified" and session.together_with is not None:
                whose = next(
                    each for each in edition.commitments if each.commitment_id == session.together_with.commitment_id
                )
                answers = [each for one in whose.sessions for each in one.answers]
                assert [each.agreed for each in answers if each.session_id == session.session_id] == [True]
    assert edition.reach.totals.people_reached == sum(max(people) for people in meetings.values())
    assert edition.reach.totals.verified == len(meetings)
