"""Nobody is in two places at once: which minutes cannot all be so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_scheduling.domain.attendance import Attendance, AttendedSession
from relevo_scheduling.domain.presence import in_two_places
from relevo_scheduling.domain.programme import Frame, Published, PublishedSession
from relevo_scheduling.domain.session import Session, Texts

START = datetime(2019, 12, 9, 14, tzinfo=UTC)
TOPIC = Texts(es="a", en="a", pt="a", fr="a")


def session(number: int, start: int, length: int) -> Session:
    begin = START + timedelta(minutes=start)
    times: dict[str, Any] = {"starts_at": begin, "ends_at": begin + timedelta(minutes=length)}
    return Session(session_id=f"{number:032x}", kind="talk", topic=TOPIC, language="es", **times)


def week(*sessions: Session) -> Published:
    day = date(2019, 12, 9)
    frame = Frame(first_on=day, last_on=day, time_zone="America/Lima", venue="a", city="Lima")
    published_sessions = tuple(PublishedSession(session=each, changed_at=START) for each in sessions)
    return Published(version=1, published_at=START, frame=frame, sessions=published_sessions)


def attended(*minutes: int) -> Attendance:
    records = [
        AttendedSession(session_id=f"{at:032x}", minutes=each, recorded_at=START) for at, each in enumerate(minutes)
    ]
    return Attendance(participant_id="a" * 32, records=tuple(records))


def test_full_minutes_of_two_sessions_of_the_same_hour_are_too_many_and_parts_of_each_are_not() -> None:
    both = week(session(0, 0, 90), session(1, 0, 90))
    (found,) = in_two_places(attended(90, 90), both)
    assert ({*found.session_ids}, found.minutes_too_many) == ({f"{0:032x}", f"{1:032x}"}, 90)
    assert in_two_places(attended(50, 40), both) == ()
    assert in_two_places(attended(90, 90), week(session(0, 0, 90), session(1, 90, 90))) == ()


def can_be(sessions: list[Session], minutes: list[int]) -> bool:
    """Whether every minute asked for finds a minute of its own: the earliest that ends first, one by one."""
    left, end = dict(enumerate(minutes)), max(each.ends_at for each in sessions)
    now = START
    while now < end:
        running = [at for at, each in enumerate(sessions) if each.starts_at <= now < each.ends_at and left[at]]
        if running:
            left[min(running, key=lambda at: sessions[at].ends_at)] -= 1
        now += timedelta(minutes=1)
    return not any(left.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20), st.integers(0, 20)), min_size=1, max_size=6))
def test_exactly_those_are_told_who_cannot_have_been_in_all_that_is_recorded(drawn: list[tuple[int, int, int]]) -> None:
    sessions = [session(number, start, length) for number, (start, length, _) in enumerate(drawn)]
    minutes = [min(attended, length) for _, length, attended in drawn]
    found = in_two_places(attended(*minutes), week(*sessions))
    assert bool(found) is not can_be(sessions, minutes)
