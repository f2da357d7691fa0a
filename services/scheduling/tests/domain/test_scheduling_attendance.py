"""Attendance and completion: rule 6."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_contracts import Requirements
from relevo_contracts.scheduling import AttendanceRecorded, OnsiteCompleted, OnsiteCorrected, OnsiteNotCompleted
from relevo_scheduling.domain import attendance as rules
from relevo_scheduling.domain import closing
from relevo_scheduling.domain.attendance import (
    Attendance,
    AttendedSession,
    Figures,
    ParticipantHasLeft,
    SessionHasNotBegun,
    TooManyMinutes,
)
from relevo_scheduling.domain.closing import WeekIsNotOver
from relevo_scheduling.domain.owed import Owed
from relevo_scheduling.domain.programme import (
    Draft,
    Frame,
    NoSuchSession,
    NothingIsRequired,
    NotPublishedYet,
    Programme,
    WeekIsClosed,
)
from relevo_scheduling.domain.publication import publish
from relevo_scheduling.domain.roster import Entry, NoSuchParticipant, Roster
from relevo_scheduling.domain.session import Session, Texts

AFTER = datetime(2019, 12, 14, tzinfo=UTC)
START = datetime(2019, 12, 9, 14, tzinfo=UTC)
IDS = {name: f"{number:032x}" for number, name in enumerate("abc")}


def week_of_three() -> tuple[Programme, Attendance]:
    """Three required sessions of an hour, and somebody enrolled."""
    text = Texts(es="a", en="a", pt="a", fr="a")
    sessions = tuple(
        Session(
            session_id=id,
            kind="talk",
            topic=text,
            language="es",
            starts_at=START + timedelta(hours=number),
            ends_at=START + timedelta(hours=number + 1),
        )
        for number, id in enumerate(IDS.values())
    )
    day = date(2019, 12, 9)
    frame = Frame(first_on=day, last_on=day, time_zone="America/Lima", venue="a", city="Lima")
    programme = Programme(programme_id="e" * 32, edition_id="f" * 32, draft=Draft(frame=frame, sessions=sessions))
    attendance = rules.enrol(None, "a" * 32, "f" * 32, Requirements(), START)
    return publish(programme, Roster(edition_id="f" * 32), {}, START)[0], attendance


def sheet(make: Any, attendance: Attendance, programme: Programme, **minutes: int) -> Attendance:
    for name, attended in minutes.items():
        id = make.id("session", name)
        attendance, _ = rules.record_minutes(attendance, programme, attendance.participant_id, id, attended, make.after)
    return attendance


def on_roster(attendance: Attendance) -> Entry:
    """In no group."""
    return Entry(participant_id=attendance.participant_id)


def closed(make: Any, attendance: Attendance, programme: Programme) -> Attendance:
    return rules.close(attendance, on_roster(attendance), programme.in_force(), make.after)[0]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 720), st.integers(0, 1000)), max_size=12),
    st.integers(0, 100),
    st.lists(st.integers(0, 720), max_size=3),
)
def test_rule_6_completion_is_the_exact_share_of_required_minutes_whatever_else_was_attended(
    sessions: list[tuple[int, int]], percent: int, elsewhere: list[int]
) -> None:
    owed = [Owed(session_id=f"{number:032x}", minutes=length) for number, (length, _) in enumerate(sessions)]
    attended = [attended for _, attended in sessions]
    records = [*zip([each.session_id for each in owed], attended, strict=True)]
    records += [(f"{number + 500:032x}", minutes) for number, minutes in enumerate(elsewhere)]
    attendance = Attendance(
        participant_id="0" * 32,
        requirements=Requirements(attendance_percent=percent),
        records=tuple(AttendedSession(session_id=id, minutes=minutes, recorded_at=AFTER) for id, minutes in records),
    )
    figures = rules.figures_of(attendance, owed)
    assert figures.minutes_attended <= figures.minutes_required == sum(length for length, _ in sessions)
    share = sum((Fraction(min(each, length)) for length, each in sessions), Fraction())
    enough = bool(sessions) and share >= Fraction(percent, 100) * figures.minutes_required
    assert figures.completed == enough


@pytest.mark.parametrize(("attended", "completed"), [(79, False), (80, True), (81, True)])
def test_rule_6_eighty_per_cent_of_the_required_minutes_are_enough_and_one_minute_less_is_not(
    attended: int, completed: bool
) -> None:
    assert Figures(minutes_required=100, minutes_attended=attended, percent_required=80).completed is completed


def test_rule_6_where_nothing_is_required_nothing_is_completed() -> None:
    assert not Figures(minutes_required=0, minutes_attended=0, percent_required=0).completed


def test_rule_6_attendance_is_kept_per_session_and_a_correction_says_so(make: Any) -> None:
    programme = make.published(make.session("a"))
    attendance, (first,) = rules.record_minutes(
        make.attendance(), programme, make.id("somebody"), make.id("session", "a"), 60, make.after
    )
    assert isinstance(first, AttendanceRecorded)
    assert (first.minutes, first.correction) == (60, False)
    attendance, (second,) = rules.record_minutes(
        attendance, programme, make.id("somebody"), make.id("session", "a"), 75, make.after
    )
    assert isinstance(second, AttendanceRecorded)
    assert (second.minutes, second.correction) == (75, True)
    assert [(each.minutes, each.corrections) for each in attendance.records] == [(75, 1)]


def test_saying_the_same_minutes_again_changes_and_tells_nothing(make: Any) -> None:
    programme = make.published(make.session("a"))
    attendance = sheet(make, make.attendance(), programme, a=60)
    again = rules.record_minutes(
        attendance, programme, attendance.participant_id, make.id("session", "a"), 60, make.after
    )
    assert again == (attendance, ())


@pytest.mark.parametrize(
    ("name", "minutes", "refusal"),
    [("a", 91, TooManyMinutes), ("draft only", 10, NoSuchSession)],
)
def test_minutes_are_of_a_session_in_force_and_within_its_length(
    make: Any, name: str, minutes: int, refusal: type[Exception]
) -> None:
    programme = make.published(make.session("a"))
    with pytest.raises(refusal):
        rules.record_minutes(
            make.attendance(), programme, make.id("somebody"), make.id("session", name), minutes, make.after
        )


def test_attendance_is_recorded_from_the_minute_a_session_begins(make: Any) -> None:
    programme, id = make.published(make.session("a")), make.id("session", "a")
    with pytest.raises(SessionHasNotBegun):
        rules.record_minutes(make.attendance(), programme, make.id("somebody"), id, 5, make.at(9, 8, 59))
    assert rules.record_minutes(make.attendance(), programme, make.id("somebody"), id, 5, make.at(9, 9))[1]


def test_only_those_who_take_part_in_the_edition_are_recorded(make: Any) -> None:
    programme, id = make.published(make.session("a")), make.id("session", "a")
    elsewhere = make.attendance().model_copy(update={"edition_id": make.id("another edition")})
    for stranger in (None, elsewhere):
        with pytest.raises(NoSuchParticipant):
            rules.record_minutes(stranger, programme, make.id("somebody"), id, 5, make.after)
    for gone in (rules.withdraw(make.attendance(), make.before), rules.erase(make.attendance(), "", make.before)):
        with pytest.raises(ParticipantHasLeft):
            rules.record_minutes(gone, programme, make.id("somebody"), id, 5, make.after)


def test_without_a_published_version_nothing_is_recorded(make: Any) -> None:
    with pytest.raises(NotPublishedYet):
        rules.record_minutes(
            make.attendance(), make.programme(make.session("a")), make.id("x"), make.id("y"), 1, make.after
        )


def test_rule_6_closing_judges_by_the_version_in_force_and_the_copy_of_the_enrolment(make: Any) -> None:
    programme = make.published(make.session("a", minutes=100), make.session("optional", day=10, required=False))
    half = sheet(make, make.attendance(percent=50), programme, a=50, optional=90)
    settled, (event,) = rules.close(half, on_roster(half), programme.in_force(), make.after)
    assert isinstance(event, OnsiteCompleted)
    assert (event.minutes_required, event.minutes_attended, event.percent_required) == (100, 50, 50)
    assert (str(event.first_on), str(event.last_on)) == ("2019-12-09", "2019-12-13")
    assert settled.outcome is not None
    less = sheet(make, make.attendance(), programme, a=79)
    _, (other,) = rules.close(less, on_roster(less), programme.in_force(), make.after)
    assert isinstance(other, OnsiteNotCompleted)
    assert rules.close(settled, on_roster(settled), programme.in_force(), make.after) == (settled, ())


def test_rule_6_a_shortened_session_counts_at_most_its_length_in_force(make: Any) -> None:
    attendance = sheet(make, make.attendance(), make.published(make.session("a", minutes=90)), a=90)
    settled = closed(make, attendance, make.published(make.session("a", minutes=60)))
    assert settled.outcome is not None
    assert settled.outcome.figures.minutes_attended == 60


def test_rule_6_a_late_correction_is_told_as_such_only_when_it_turns_the_outcome_round(make: Any) -> None:
    programme = make.published(make.session("a", minutes=100), make.session("b", day=10, minutes=100))
    attendance = closed(make, sheet(make, make.attendance(), programme, a=100, b=60), programme)
    id = make.id("session", "b")
    attendance, events = rules.record_minutes(attendance, programme, attendance.participant_id, id, 70, make.after)
    assert [type(each) for each in events] == [AttendanceRecorded]
    attendance, events = rules.record_minutes(attendance, programme, attendance.participant_id, id, 30, make.after)
    assert [type(each) for each in events] == [AttendanceRecorded, OnsiteCorrected]
    corrected = events[1]
    assert isinstance(corrected, OnsiteCorrected)
    assert (corrected.outcome, corrected.minutes_attended, corrected.minutes_required) == ("not_completed", 130, 200)
    attendance, events = rules.record_minutes(attendance, programme, attendance.participant_id, id, 60, make.after)
    assert isinstance(events[1], OnsiteCorrected)
    assert events[1].outcome == "completed"
    assert attendance.outcome is not None
    assert attendance.outcome.completed


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60)), max_size=12))
def test_rule_6_after_any_corrections_what_was_told_last_is_what_the_figures_say(
    corrections: list[tuple[str, int]],
) -> None:
    programme, attendance = week_of_three()
    attendance, emitted = rules.close(attendance, on_roster(attendance), programme.in_force(), AFTER)
    last = isinstance(emitted[0], OnsiteCompleted)
    for name, minutes in corrections:
        attendance, events = rules.record_minutes(
            attendance, programme, attendance.participant_id, IDS[name], minutes, AFTER
        )
        for event in events:
            if isinstance(event, OnsiteCorrected):
                assert (event.outcome == "completed") is not last
                last = event.outcome == "completed"
    assert attendance.outcome is not None
    assert last == attendance.outcome.completed == rules.figures_of(attendance, attendance.outcome.owed).completed


def settle(
    programme: Programme, roster: Any, attendances: list[Attendance], now: Any
) -> tuple[Programme, tuple[Attendance, ...], tuple[Any, ...]]:
    begun = closing.begin(programme, roster, 1, now)
    return closing.settle(begun, roster, 0, attendances, now)


def test_the_week_is_closed_once_and_after_its_last_session(make: Any) -> None:
    programme, roster = make.published(make.session("a", day=13)), make.roster("one")
    with pytest.raises(WeekIsNotOver):
        closing.begin(programme, roster, 1, make.at(13, 10, 29))
    assert closing.begin(programme, roster, 1, make.at(13, 10, 30)).closing
    with pytest.raises(WeekIsClosed):
        closing.begin(closing.begin(programme, roster, 1, make.after), roster, 1, make.after)


def test_rule_6_the_end_of_the_week_counts_everybody_who_took_part(make: Any) -> None:
    programme = make.published(make.session("a", minutes=100))
    attendances = [
        sheet(make, make.attendance("one"), programme, a=100),
        sheet(make, make.attendance("two"), programme, a=10),
        make.attendance("three"),
        rules.erase(make.attendance("gone"), make.id("gone"), make.before),
    ]
    new, settled, events = settle(programme, make.roster("one", "two", "three", "gone"), attendances, make.after)
    event = events[-1]
    assert (event.participants, event.completed, event.not_completed) == (0, 0, 0), "fewer than ten are not told of"
    assert len(settled) == 3
    assert new.closing is not None
    assert (new.closing.completed, new.closing.not_completed) == (1, 2)
    assert new.closing.ended_at == make.after


@pytest.mark.parametrize(
    ("completed", "not_completed", "released"),
    [(30, 0, (30, 0, 0)), (21, 9, (30, 0, 0)), (45, 20, (70, 50, 20)), (0, 0, (0, 0, 0)), (6, 3, (0, 0, 0))],
)
def test_rule_27_the_end_of_the_week_tells_no_group_under_ten_and_nothing_that_one_follows_from(
    make: Any, completed: int, not_completed: int, released: tuple[int, ...]
) -> None:
    programme, people = make.published(make.session("a", minutes=100)), range(completed + not_completed)
    attendances = [
        sheet(make, make.attendance(str(one)), programme, a=100) if one < completed else make.attendance(str(one))
        for one in people
    ]
    *_, event = settle(programme, make.roster(*map(str, people)), attendances, make.after)[2]
    assert (event.participants, event.completed, event.not_completed) == released


def test_whoever_settles_the_last_portion_ends_the_week_and_a_portion_settles_once(make: Any) -> None:
    programme, roster = make.published(make.session("a")), make.roster("one", "two")
    begun = closing.begin(programme, roster, 2, make.after)
    half, _, first = closing.settle(begun, roster, 1, [make.attendance("two")], make.after)
    assert closing.settle(half, roster, 1, [make.attendance("two")], make.after) == (half, (), ())
    whole, _, second = closing.settle(half, roster, 0, [make.attendance("one")], make.after)
    assert [type(each).__name__ for each in (*first, *second)] == [
        "OnsiteNotCompleted",
        "OnsiteNotCompleted",
        "OnsiteWeekEnded",
    ]
    assert whole.closing is not None
    assert whole.closing.portions_left == ()


def test_rule_16_a_week_is_not_closed_over_somebody_of_whom_nothing_was_required(make: Any) -> None:
    programme = make.published(make.session("a", groups=("blue",)), groups=("blue",))
    with pytest.raises(NothingIsRequired):
        closing.begin(programme, make.roster("in no group"), 1, make.after)


def test_portions_hold_everybody_once() -> None:
    ids = [f"{number:032x}" for number in range(451)]
    portions = closing.portions_of(ids)
    assert [len(each) for each in portions] == [200, 200, 51]
    assert [id for portion in portions for id in portion] == ids
    assert closing.portions_of([]) == [()]
