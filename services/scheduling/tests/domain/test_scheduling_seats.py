"""A room's seats are read: more people than it seats is a clash, groups counted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevo_scheduling.domain import programme as rules
from relevo_scheduling.domain import publication
from relevo_scheduling.domain.clashes import crowded
from relevo_scheduling.domain.programme import DraftHasClashes
from relevo_scheduling.domain.roster import Entry, Excuse, Expected, Roster


def roster(make: Any, *groups: tuple[str, ...]) -> Roster:
    entries = tuple(Entry(participant_id=make.id(number), groups=each) for number, each in enumerate(groups))
    return Roster(edition_id=make.edition_id, entries=entries)


def test_a_room_with_fewer_seats_than_have_to_attend_is_a_clash_that_says_how_many(make: Any) -> None:
    session = make.session("a", room_id=make.id("room"))
    (clash,) = crowded([session], roster(make, (), ()).entries, {make.id("room"): 1})
    assert (clash.because, clash.first_session_id, clash.second_session_id) == ("seats", session.session_id, None)
    assert (clash.resource_id, clash.people, clash.seats) == (make.id("room"), 2, 1)
    assert crowded([session], roster(make, (), ()).entries, {make.id("room"): 2}) == ()


@pytest.mark.parametrize(("seats", "clashes"), [(2, 0), (1, 1), (0, 2)])
def test_of_a_group_only_those_who_belong_to_it_are_counted(make: Any, seats: int, clashes: int) -> None:
    sessions = [
        make.session("a", room_id=make.id("a"), groups=("blue",)),
        make.session("b", room_id=make.id("b"), groups=("red",)),
    ]
    people = roster(make, ("blue",), ("blue",), ("red",), ()).entries
    assert len(crowded(sessions, people, {make.id("a"): seats, make.id("b"): seats})) == clashes


def test_nobody_is_counted_who_is_excused_or_expected_later_or_need_not_attend(make: Any) -> None:
    session = make.session("a", room_id=make.id("room"))
    excuse = Excuse(
        excuse_id=make.id("excuse"), session_id=session.session_id, excused_at=make.before, excused_by="carla"
    )
    excused = Entry(participant_id=make.id("one"), excuses=(excuse,))
    late = Entry(participant_id=make.id("two"), expected=Expected(from_at=make.at(9, 20)))
    assert crowded([session], [excused, late], {make.id("room"): 0}) == ()
    optional = make.session("a", room_id=make.id("room"), required=False)
    assert crowded([optional], roster(make, ()).entries, {make.id("room"): 0}) == ()


def test_a_draft_with_too_many_people_in_a_room_is_not_published(make: Any) -> None:
    programme = make.programme(make.session("a", room_id=make.id("room")))
    with pytest.raises(DraftHasClashes):
        publication.publish(programme, roster(make, (), ()), {make.id("room"): 1}, make.before)
    publication.publish(programme, roster(make, (), ()), {make.id("room"): 2}, make.before)


def test_nobody_is_put_into_a_group_that_its_room_does_not_seat_unless_the_session_is_over(make: Any) -> None:
    session = make.session("a", room_id=make.id("room"), groups=("blue",))
    programme = make.published(session, groups=("blue",))
    people, seats = roster(make, ("blue",), ("blue",)), {make.id("room"): 1}
    ids = list(people.participant_ids)
    with pytest.raises(DraftHasClashes):
        rules.check_groups(programme, people, ids, make.before, seats, make.before)
    rules.check_groups(programme, people, ids, make.before, seats, make.after)
    rules.check_groups(programme, people, ids, make.before, {make.id("room"): 2}, make.before)


@given(st.lists(st.lists(st.sampled_from(["blue", "red"]), unique=True, max_size=2), max_size=8), st.integers(0, 8))
def test_a_session_is_crowded_when_more_are_meant_to_attend_it_than_there_are_seats(
    make: Any, groups: list[list[str]], seats: int
) -> None:
    session = make.session("a", room_id=make.id("room"), groups=("blue",))
    people = roster(make, *(tuple(each) for each in groups)).entries
    meant = sum("blue" in each for each in groups)
    assert bool(crowded([session], people, {make.id("room"): seats})) is (meant > seats)
