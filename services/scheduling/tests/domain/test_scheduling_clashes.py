"""Clashes of rooms, faculty and participants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_scheduling.domain.clashes import clashes_of
from relevo_scheduling.domain.membership import Spell, spells_to_reckon_with
from relevo_scheduling.domain.session import Session, Texts

START = datetime(2019, 12, 9, 14, tzinfo=UTC)
IDS = [f"{number:032x}" for number in range(4)]
GROUPS = ("blue", "green", "red")
TOPIC = Texts(es="a", en="a", pt="a", fr="a")


@st.composite
def sessions(draw: st.DrawFn) -> tuple[Session, ...]:
    def one(number: int) -> Session:
        start = START + timedelta(minutes=15 * draw(st.integers(0, 12)))
        return Session(
            session_id=f"{number + 100:032x}",
            kind="workshop",
            topic=TOPIC,
            language="es",
            required=draw(st.booleans()),
            starts_at=start,
            ends_at=start + timedelta(minutes=15 * draw(st.integers(1, 6))),
            room_id=draw(st.sampled_from([None, *IDS])),
            faculty_ids=tuple(draw(st.lists(st.sampled_from(IDS), unique=True, max_size=2))),
            groups=tuple(draw(st.lists(st.sampled_from(GROUPS), unique=True, max_size=2))),
        )

    return tuple(one(number) for number in range(draw(st.integers(0, 9))))


@st.composite
def spells(draw: st.DrawFn) -> Spell:
    since, until = (
        draw(st.none() | st.integers(0, 240).map(lambda minute: START + timedelta(minutes=minute))) for _ in "su"
    )
    return Spell(tuple(draw(st.lists(st.sampled_from(GROUPS), unique=True, max_size=2))), since, until)


def every_minute(session: Session) -> set[datetime]:
    return {session.starts_at + timedelta(minutes=minute) for minute in range(session.minutes)}


@settings(max_examples=150, deadline=None)
@given(sessions(), st.lists(spells(), max_size=4))
def test_exactly_those_are_told_to_clash_who_would_be_in_two_places_in_some_minute(
    week: tuple[Session, ...], in_use: list[Spell]
) -> None:
    expected: set[tuple[str, frozenset[str], str | None]] = set()
    reckoned = spells_to_reckon_with(GROUPS, in_use)
    for first, second in combinations(week, 2):
        both = every_minute(first) & every_minute(second)
        if not both:
            continue
        pair = frozenset((first.session_id, second.session_id))
        if first.room_id and first.room_id == second.room_id:
            expected.add(("room", pair, first.room_id))
        expected |= {("faculty", pair, each) for each in {*first.faculty_ids} & {*second.faculty_ids}}
        if any(
            _attends(first, minute, spell) and _attends(second, minute, spell) for minute in both for spell in reckoned
        ):
            expected.add(("participants", pair, None))
    found = clashes_of(week, reckoned)
    assert {
        (each.because, frozenset((each.first_session_id, each.second_session_id)), each.resource_id) for each in found
    } == expected
    assert len(found) == len(expected)


def _attends(session: Session, minute: datetime, spell: Spell) -> bool:
    lasts = (spell.since is None or spell.since <= minute) and (spell.until is None or minute < spell.until)
    return lasts and session.required and (session.groups == () or bool({*session.groups} & {*spell.groups}))


def test_a_session_may_begin_in_the_minute_in_which_another_ends(make: Any) -> None:
    room = make.id("room")
    first, second = make.session("a", hour=9, minutes=60, room_id=room), make.session("b", hour=10, room_id=room)
    assert clashes_of([first, second], [Spell()]) == ()


def test_parallel_groups_do_not_clash_until_somebody_belongs_to_both(make: Any) -> None:
    blue, red = make.session("a", groups=("blue",)), make.session("b", groups=("red",))
    assert clashes_of([blue, red], spells_to_reckon_with(("blue", "red"), [])) == ()
    (clash,) = clashes_of([blue, red], spells_to_reckon_with(("blue", "red"), [Spell(("blue", "red"))]))
    assert clash.because == "participants"


def test_an_optional_session_may_run_beside_a_required_one(make: Any) -> None:
    assert clashes_of([make.session("a"), make.session("b", required=False)], [Spell()]) == ()
