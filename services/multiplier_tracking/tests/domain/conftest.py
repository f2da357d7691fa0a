"""Commitments, sessions and reports of them, as the tests of the domain begin with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_contracts import Event, Requirements
from relevo_multiplier_tracking.domain import joining, sessions
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.same_meeting import same_as
from relevo_multiplier_tracking.domain.sessions import ReportedFacts

EDITION, PARTICIPANT, SESSION = "e" * 32, "a" * 32, "1" * 32
LAST_ON = date(2019, 12, 13)
ENROLLED_AT = datetime(2019, 11, 1, tzinfo=UTC)
COMPLETED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)


class Making:
    """A commitment that is due on 11 February 2020, and what is done about it."""

    @staticmethod
    def noon(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    @staticmethod
    def opened(**requirements: Any) -> Commitment:
        known = joining.expected(PARTICIPANT)
        enrolled, _ = joining.enrol(known, EDITION, Requirements(**requirements), ENROLLED_AT)
        return joining.complete_onsite(enrolled, EDITION, LAST_ON, COMPLETED_AT)[0]

    @staticmethod
    def facts(held_on: date, minutes: int = 240, people: int = 10, revision: int = 1) -> ReportedFacts:
        facts = ReportedFacts(held_on=held_on, minutes=minutes, people=people, format="in_person", revision=revision)
        return facts.model_copy(update={"another_session": True})

    def reported(
        self, commitment: Commitment, held_on: date = date(2020, 1, 18), session_id: str = SESSION, **what: Any
    ) -> Commitment:
        reported_at = self.noon(held_on) + timedelta(days=1)
        return sessions.report(commitment, session_id, self.facts(held_on, **what), reported_at)[0]

    def verified(self, commitment: Commitment, session_id: str = SESSION, now: datetime | None = None) -> Outcome:
        session = commitment.session(session_id)
        assert session.report is not None
        at = now or self.noon(date(2020, 1, 25))
        same = same_as(commitment, session)
        return sessions.verify(commitment, session_id, session.report.revision, "coordinator", at, same)

    @staticmethod
    def kinds(events: tuple[Event, ...]) -> list[type[Event]]:
        return [type(event) for event in events]


@pytest.fixture
def make() -> Making:
    return Making()
