"""A week of a few sessions, at a test's hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from relevo_contracts import Requirements, derived_id
from relevo_scheduling.domain import attendance as attendance_rules
from relevo_scheduling.domain import programme as programme_rules
from relevo_scheduling.domain import roster as roster_rules
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.programme import Draft, Frame, Programme, programme_id_of
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.domain.session import Group, Session, Texts


class Making:
    """Makes what the tests talk about: the second edition's week in Washington, DC."""

    zone = ZoneInfo("America/New_York")
    edition_id = derived_id("edition", "2019-2")
    before = datetime(2019, 12, 1, tzinfo=UTC)
    after = datetime(2019, 12, 14, tzinfo=UTC)

    def id(self, *name: str | int) -> str:
        return derived_id(*name)

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """A time of December 2019 at the venue."""
        return datetime(2019, 12, day, hour, minute, tzinfo=self.zone).astimezone(UTC)

    def texts(self, text: str) -> Texts:
        return Texts(es=text, en=text, pt=text, fr=text)

    def session(self, name: str, day: int = 9, hour: int = 9, minutes: int = 90, **given: Any) -> Session:
        start = self.at(day, hour)
        fields: dict[str, Any] = {
            "session_id": self.id("session", name),
            "kind": "lecture",
            "topic": self.texts(name),
            "language": "es",
            "interpretation": ("en",),
            "starts_at": start,
            "ends_at": start + timedelta(minutes=minutes),
            **given,
        }
        return Session(**fields)

    def frame(self, *groups: str) -> Frame:
        return Frame(
            first_on=date(2019, 12, 9),
            last_on=date(2019, 12, 13),
            time_zone="America/New_York",
            venue="IACHR headquarters",
            city="Washington, DC",
            groups=tuple(Group(code=each, label=self.texts(each)) for each in groups),
        )

    def programme(self, *sessions: Session, groups: Iterable[str] = ()) -> Programme:
        return Programme(
            programme_id=programme_id_of(self.edition_id),
            edition_id=self.edition_id,
            draft=Draft(frame=self.frame(*groups), sessions=sessions),
        )

    def published(self, *sessions: Session, groups: Iterable[str] = ()) -> Programme:
        return programme_rules.publish(self.programme(*sessions, groups=groups), (), self.before)[0]

    def attendance(self, name: str = "somebody", percent: int = 80) -> Attendance:
        return attendance_rules.enrol(
            None, self.id(name), self.edition_id, Requirements(attendance_percent=percent), self.before
        )

    def roster(self, *names: str) -> Roster:
        roster = Roster(edition_id=self.edition_id)
        for name in names:
            roster = roster_rules.join(roster, self.id(name))
        return roster


@pytest.fixture(scope="session")
def make() -> Making:
    return Making()
