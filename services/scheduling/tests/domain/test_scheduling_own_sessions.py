"""What changes for one participant of the sessions that they are meant to attend (rule 20)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from relevo_scheduling.domain import excuses as excuse_rules
from relevo_scheduling.domain import programme as rules
from relevo_scheduling.domain import publication, roster
from relevo_scheduling.domain.own_sessions import Own, OwnChange, changed_by_version, own_change
from relevo_scheduling.domain.roster import Entry, Excuse, Roster

Make = Any


def listed(make: Make, **groups: tuple[str, ...]) -> Roster:
    entries = tuple(Entry(participant_id=make.id(name), groups=codes) for name, codes in groups.items())
    return Roster(edition_id=make.edition_id, entries=entries)


def republished(make: Make, before: Any, *sessions: Any, at: Any = None) -> Any:
    """The next version, with these sessions."""
    edited = rules.replace_sessions(before, sessions, make.zone)
    return publication.publish(edited, make.roster(), {}, at or make.before)[0].in_force()


def test_rule_20_the_first_version_adds_to_each_what_they_are_meant_to_attend(make: Make) -> None:
    plenary, blue = make.session("plenary", day=10), make.session("blue", day=9, groups=("blue",))
    week = make.published(plenary, blue, groups=("blue", "red"))
    changes = changed_by_version(listed(make, one=("blue",), two=("red",)), None, week.in_force(), make.zone)
    assert changes == {
        make.id("one"): OwnChange(2, 0, 0, date(2019, 12, 9)),
        make.id("two"): OwnChange(1, 0, 0, date(2019, 12, 10)),
    }


def test_rule_20_a_version_changes_only_for_those_whose_own_sessions_it_changes(make: Make) -> None:
    plenary, blue, red = (
        make.session("plenary", day=11),
        make.session("blue", day=9, groups=("blue",)),
        make.session("red", day=10, groups=("red",)),
    )
    week = make.published(plenary, blue, red, groups=("blue", "red"))
    moved = blue.model_copy(update={"starts_at": make.at(12, 9), "ends_at": make.at(12, 10)})
    another = make.session("another", day=13, groups=("blue",))
    roster_of_both = listed(make, one=("blue",), two=("red",))
    new = republished(make, week, plenary, moved, red, another)
    assert changed_by_version(roster_of_both, week.in_force(), new, make.zone) == {
        make.id("one"): OwnChange(1, 1, 0, date(2019, 12, 9))
    }, "the day it was to be is the first that somebody would come in vain"


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"room_id": "a" * 32}, (0, 1, 0)),
        ({"groups": ("red",)}, (0, 0, 1)),
        ({"kind": "talk"}, None),
        ({"language": "pt", "interpretation": ()}, None),
        ({"required": False}, None),
    ],
)
def test_rule_20_a_session_is_another_for_somebody_when_they_are_expected_elsewhere_or_at_another_time(
    make: Make, change: dict[str, Any], counts: tuple[int, int, int] | None
) -> None:
    plenary, session = make.session("plenary", day=13), make.session("a", day=10, groups=("blue",))
    week = make.published(plenary, session, groups=("blue", "red"))
    new = republished(make, week, plenary, session.model_copy(update=change))
    changes = changed_by_version(listed(make, one=("blue",)), week.in_force(), new, make.zone)
    assert changes == ({} if counts is None else {make.id("one"): OwnChange(*counts, date(2019, 12, 10))})


def test_rule_20_of_what_is_over_nobody_is_told(make: Make) -> None:
    past, to_come = make.session("past", day=9), make.session("to come", day=13)
    week = make.published(past, to_come)
    longer = past.model_copy(update={"ends_at": make.at(9, 12)})
    new = republished(make, week, longer, to_come, at=make.at(10, 9))
    assert changed_by_version(listed(make, one=()), week.in_force(), new, make.zone) == {}


def test_rule_20_another_group_an_excuse_and_another_first_day_change_what_somebody_attends(make: Make) -> None:
    plenary = make.session("plenary", day=12)
    blue, red = (make.session(each, day=10, groups=(each,)) for each in ("blue", "red"))
    week = make.published(plenary, blue, red, groups=("blue", "red")).in_force()
    before = listed(make, one=("blue",))
    one, now = make.id("one"), make.before
    entry = before.entry_of(one)

    def change(after: Entry) -> OwnChange | None:
        return own_change(Own(entry, week), Own(after, week), make.zone, now)

    moved = roster.assign(before, {one: ("red",)}, now).entry_of(one)
    assert change(moved) == OwnChange(1, 0, 1, date(2019, 12, 10))
    late = roster.expect(entry, make.at(11, 9), "coordinator-1", now)
    assert change(late) == OwnChange(0, 0, 1, date(2019, 12, 10))
    excuse = Excuse(excuse_id=make.id("e"), session_id=plenary.session_id, excused_at=now, excused_by="coordinator-1")
    excused = entry.model_copy(update={"excuses": (excuse,)})
    assert change(excused) == OwnChange(0, 0, 1, date(2019, 12, 12))
    again = excuse_rules.withdraw_excuse(excused, excuse.excuse_id, "coordinator-1", now)
    assert own_change(Own(excused, week), Own(again, week), make.zone, now) == OwnChange(1, 0, 0, date(2019, 12, 12))
    assert change(entry) is None
