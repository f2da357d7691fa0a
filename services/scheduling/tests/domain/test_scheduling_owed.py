"""What is owed of the week: what one's groups had to attend while one belonged to them (rule 16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_contracts.scheduling import OnsiteCorrected
from relevo_scheduling.domain import attendance as rules
from relevo_scheduling.domain import programme as programme_rules
from relevo_scheduling.domain import publication
from relevo_scheduling.domain import roster as roster_rules
from relevo_scheduling.domain.attendance import Attendance, AttendedSession, figures_of
from relevo_scheduling.domain.owed import owed_by
from relevo_scheduling.domain.programme import Closing, Frame, NothingIsRequired, Published, PublishedSession
from relevo_scheduling.domain.roster import Entry, Excuse, Expected, Roster
from relevo_scheduling.domain.session import Session, Texts

START = datetime(2019, 12, 9, 14, tzinfo=UTC)
ONE = "1" * 32
GROUPS = ("blue", "green", "red")
MINUTES = 400
TOPIC = Texts(es="a", en="a", pt="a", fr="a")


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def session(number: int, start: int, end: int, groups: Sequence[str] = (), required: bool = True) -> Session:
    times: dict[str, Any] = {"starts_at": at(start), "ends_at": at(end), "groups": tuple(groups), "required": required}
    return Session(session_id=f"{number:032x}", kind="talk", topic=TOPIC, language="es", **times)


def published(sessions: Sequence[Session]) -> Published:
    day = START.date()
    frame = Frame(first_on=day, last_on=day, time_zone="America/Lima", venue="a", city="Lima")
    published_sessions = tuple(PublishedSession(session=each, changed_at=START) for each in sessions)
    return Published(version=1, published_at=START, frame=frame, sessions=published_sessions)


def moved(entry: Entry, *moves: tuple[int, Sequence[str]]) -> Entry:
    roster = Roster(edition_id="e" * 32, entries=(entry,))
    for minute, groups in moves:
        roster = roster_rules.assign(roster, {entry.participant_id: tuple(groups)}, at(minute))
    return roster.entry_of(entry.participant_id)


def owed(entry: Entry, *sessions: Session) -> dict[str, int]:
    return {each.session_id: each.minutes for each in owed_by(entry, published(sessions))}


def attended(minutes: Mapping[str, int], of: Mapping[str, int] | None = None) -> Attendance:
    records = tuple(
        AttendedSession(session_id=id, minutes=each, of_minutes=of[id] if of else None, recorded_at=START)
        for id, each in minutes.items()
    )
    return Attendance(participant_id=ONE, records=records)


sessions_drawn = st.lists(
    st.tuples(
        st.integers(0, MINUTES - 20),
        st.integers(1, 120),
        st.lists(st.sampled_from(GROUPS), unique=True, max_size=2),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
moves_drawn = st.lists(
    st.tuples(st.integers(-50, MINUTES + 50), st.lists(st.sampled_from(GROUPS), unique=True, max_size=2)), max_size=6
)


@settings(max_examples=300, deadline=None)
@given(sessions_drawn, moves_drawn, st.integers(-50, MINUTES), st.sets(st.integers(0, 7)), st.randoms())
def test_rule_16_nobody_fails_for_minutes_that_were_not_owed_whatever_moves_and_excuses_there_were(
    drawn: list[tuple[int, int, list[str], bool]],
    moves: list[tuple[int, list[str]]],
    from_minute: int,
    excused: set[int],
    chance: Any,
) -> None:
    week = [session(number, start, start + length, groups, required) for number, (start, length, groups, required)
            in enumerate(drawn)]  # fmt: skip
    excuses = tuple(
        Excuse(excuse_id=f"{each:032x}", session_id=f"{each:032x}", excused_at=START, excused_by="c")
        for each in excused
    )
    bare = Entry(participant_id=ONE, expected=Expected(from_at=at(from_minute)), excuses=excuses)
    entry = moved(bare, *sorted(moves, key=lambda each: each[0]))
    present, owed_minutes, missed = dict.fromkeys((each.session_id for each in week), 0), 0, 0
    for minute in range(max(0, from_minute), MINUTES + 120):
        groups = entry.groups_at(at(minute))
        now = [each for each in week if each.required and each.starts_at <= at(minute) < each.ends_at]
        mine = [each for each in now if each.is_for(groups) and int(each.session_id, 16) not in excused]
        owed_minutes += bool(mine)
        if mine and chance.random() < 0.1:
            missed += 1
        elif mine:
            present[chance.choice(mine).session_id] += 1
    figures = figures_of(attended(present), owed_by(entry, published(week)))
    assert figures.minutes_required == owed_minutes
    assert figures.minutes_attended >= owed_minutes - missed
    if missed == 0 and owed_minutes:
        assert figures.completed


def test_rule_16_who_changes_groups_in_the_week_owes_each_group_its_days_alone(make: Any) -> None:
    monday = [session(number, 0, 120, [group]) for number, group in enumerate(("blue", "red"))]
    tuesday = [session(number + 2, 1440, 1560, [group]) for number, group in enumerate(("blue", "red"))]
    wednesday = session(4, 2880, 3000)
    entry = moved(Entry(participant_id=ONE, groups=("blue",)), (600, ["red"]))
    assert owed(entry, *monday, *tuesday, wednesday) == {
        monday[0].session_id: 120,
        tuesday[1].session_id: 120,
        wednesday.session_id: 120,
    }


def test_rule_16_whoever_moves_in_the_midst_of_a_session_owes_a_part_of_each_and_may_finish_either() -> None:
    blue, red = session(1, 0, 120, ["blue"]), session(2, 0, 120, ["red"])
    entry = moved(Entry(participant_id=ONE, groups=("blue",)), (50, ["red"]))
    (both,) = owed_by(entry, published([blue, red]))
    assert (both.minutes, {*both.session_ids}) == (120, {blue.session_id, red.session_id})
    for minutes in ({blue.session_id: 50, red.session_id: 70}, {blue.session_id: 120}):
        assert figures_of(attended(minutes), [both]).minutes_attended == 120
    alone = moved(Entry(participant_id=ONE, groups=("blue",)), (50, []))
    assert owed(alone, blue, red) == {blue.session_id: 50}


def test_rule_16_moving_away_and_back_again_leaves_what_lay_between() -> None:
    week = [session(number, 100 * number, 100 * number + 60, ["blue"]) for number in range(4)]
    entry = moved(Entry(participant_id=ONE, groups=("blue",)), (90, ["red"]), (190, ["blue"]))
    assert owed(entry, *week) == {week[0].session_id: 60, week[2].session_id: 60, week[3].session_id: 60}


def test_rule_16_a_change_of_groups_that_is_told_late_takes_the_place_of_what_was_said_of_the_time_after_it() -> None:
    entry = moved(Entry(participant_id=ONE), (0, ["blue"]), (200, ["red"]))
    late = moved(entry, (100, ["green"]))
    assert [(each.groups, each.since, each.until) for each in late.spells] == [
        ((), None, at(0)),
        (("blue",), at(0), at(100)),
        (("green",), at(100), None),
    ]
    assert moved(late, (150, ["green"])) == late
    assert [*moved(late, (100, ["blue"])).spells] == [((), None, at(0)), (("blue",), at(0), None)]


def test_rule_16_a_move_that_is_yet_to_come_leaves_the_groups_of_today() -> None:
    entry = moved(Entry(participant_id=ONE, groups=("blue",)), (100, ["red"]))
    assert (entry.groups_at(at(99)), entry.groups_at(at(100))) == (("blue",), ("red",))


@pytest.mark.parametrize(("longer", "required"), [(90, 60), (30, 30)])
def test_rule_16_a_session_made_longer_after_attendance_was_taken_asks_for_no_more_until_it_is_taken_anew(
    longer: int, required: int
) -> None:
    records = attended({f"{1:032x}": 60}, {f"{1:032x}": 60})
    figures = figures_of(records, owed_by(Entry(participant_id=ONE), published([session(1, 500, 500 + longer)])))
    assert (figures.minutes_required, figures.minutes_attended) == (required, required)


def test_the_same_minutes_of_a_session_that_became_longer_are_recorded_anew(make: Any) -> None:
    programme = make.published(make.session("a", minutes=60))
    somebody, id = make.attendance(), make.id("session", "a")
    first, _ = rules.record_minutes(somebody, programme, somebody.participant_id, id, 60, make.after)
    longer = programme_rules.change_session(programme, make.session("a", minutes=120), make.zone)
    longer, _ = publication.publish(longer, make.roster(), {}, make.after)
    again, events = rules.record_minutes(first, longer, somebody.participant_id, id, 60, make.after)
    assert (len(events), again.records[0].of_minutes) == (1, 120)


def test_rule_16_a_session_that_was_cancelled_is_owed_by_nobody(make: Any) -> None:
    a, b = make.session("a"), make.session("b", day=10)
    programme = programme_rules.remove_session(make.published(a, b), b.session_id, make.zone)
    programme, _ = publication.publish(programme, make.roster(), {}, make.after)
    (left,) = owed_by(Entry(participant_id=ONE), programme.in_force())
    assert left.session_ids == (a.session_id,)


def closed_week(make: Any) -> tuple[Any, Attendance, Entry]:
    """Two groups in parallel on two days; somebody of the one who sat in the other on the second day."""
    week = [make.session(f"{group}{day}", day=day, groups=(group,)) for group in ("blue", "red") for day in (9, 10)]
    programme = make.published(*week, groups=("blue", "red"))
    closing = Closing(began_at=make.after, version=1, portions_left=(), ended_at=make.after)
    programme = programme.model_copy(update={"closing": closing})
    entry = Entry(participant_id=make.id("somebody"), groups=("blue",))
    attendance = make.attendance()
    for name in ("blue9", "red10"):
        id = make.id("session", name)
        attendance, _ = rules.record_minutes(attendance, programme, entry.participant_id, id, 90, make.after)
    attendance, _ = rules.close(attendance, entry, programme.in_force(), make.after)
    return programme, attendance, entry


def test_rules_6_and_16_a_move_that_is_told_after_the_closing_turns_the_outcome_round_and_is_told(make: Any) -> None:
    programme, attendance, entry = closed_week(make)
    assert attendance.outcome is not None
    assert not attendance.outcome.completed
    roster = roster_rules.assign(
        Roster(edition_id=make.edition_id, entries=(entry,)), {entry.participant_id: ("red",)}, make.at(9, 20)
    )
    late = roster.entry_of(entry.participant_id)
    turned, (event,) = rules.reconsider(attendance, late, programme, make.after)
    assert isinstance(event, OnsiteCorrected)
    assert (event.outcome, event.minutes_required, event.minutes_attended) == ("completed", 180, 180)
    assert rules.reconsider(turned, late, programme, make.after) == (turned, ())
    back, (event,) = rules.reconsider(turned, entry, programme, make.after)
    assert isinstance(event, OnsiteCorrected)
    assert (event.outcome, event.minutes_required, event.minutes_attended) == ("not_completed", 180, 90)
    assert back.outcome is not None
    assert not back.outcome.completed


def test_rule_16_a_late_move_after_which_nothing_would_be_owed_is_refused(make: Any) -> None:
    programme, attendance, entry = closed_week(make)
    with pytest.raises(NothingIsRequired):
        rules.reconsider(attendance, entry.model_copy(update={"groups": ()}), programme, make.after)
