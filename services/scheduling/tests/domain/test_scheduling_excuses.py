"""Expected from an instant on, and excused from sessions: out of what is owed, up to a bound (rule 16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_contracts import Requirements
from relevo_scheduling.domain import closing, excuses
from relevo_scheduling.domain.attendance import Attendance, AttendedSession, figures_of
from relevo_scheduling.domain.excuses import AlreadyExcused, NotOwed, TooMuchExcused
from relevo_scheduling.domain.owed import Owed, owed_by
from relevo_scheduling.domain.programme import NothingIsRequired
from relevo_scheduling.domain.roster import Entry, Excuse, Expected

AFTER = datetime(2019, 12, 14, tzinfo=UTC)


def excused(make: Any, entry: Entry, programme: Any, name: str, percent: int = 50) -> Entry:
    excuse = Excuse(
        excuse_id=make.id("excuse", name, len(entry.excuses)),
        session_id=make.id("session", name),
        excused_at=make.before,
        excused_by="carla",
    )
    return excuses.excuse(entry, programme.in_force(), Requirements(excused_percent=percent), excuse)


def somebody(make: Any) -> Entry:
    return Entry(participant_id=make.id("somebody"))


def week(make: Any, *lengths: int) -> Any:
    return make.published(
        *(make.session(name, 9 + at, minutes=lengths[at]) for at, name in enumerate("abcde"[: len(lengths)]))
    )


def test_rule_16_who_is_expected_from_tuesday_on_owes_nothing_of_monday(make: Any) -> None:
    programme = week(make, 60, 60, 60)
    entry = somebody(make).model_copy(update={"expected": Expected(from_at=make.at(9, 21))})
    assert [each.session_id for each in owed_by(entry, programme.in_force())] == [
        make.id("session", name) for name in "bc"
    ]
    in_the_midst = somebody(make).model_copy(update={"expected": Expected(from_at=make.at(9, 9, 45))})
    assert [each.minutes for each in owed_by(in_the_midst, programme.in_force())] == [15, 60, 60]


def test_rule_16_an_excuse_takes_the_session_out_of_what_is_owed_and_may_be_taken_back(make: Any) -> None:
    programme = week(make, 60, 60)
    entry = excused(make, somebody(make), programme, "a")
    figures = figures_of(make.attendance(), owed_by(entry, programme.in_force()))
    assert (figures.minutes_required, figures.minutes_attended) == (60, 0)
    with pytest.raises(AlreadyExcused):
        excused(make, entry, programme, "a")
    back = excuses.withdraw_excuse(entry, entry.excuses[0].excuse_id, "carla", make.after)
    assert sum(each.minutes for each in owed_by(back, programme.in_force())) == 120
    assert [each.withdrawn_by for each in excused(make, back, programme, "a").excuses] == ["carla", None]


def test_rule_16_excuses_are_given_up_to_the_bound_of_the_edition(make: Any) -> None:
    programme = week(make, 60, 60, 60, 60)
    entry = excused(make, somebody(make), programme, "a")
    with pytest.raises(TooMuchExcused) as refused:
        excused(make, entry, programme, "b", percent=49)
    facts = {"minutes_owed": 240, "minutes_excused": 120, "percent_at_most": 49}
    assert refused.value.facts == {"participant_id": entry.participant_id, **facts}
    both = excused(make, entry, programme, "b")
    with pytest.raises(TooMuchExcused):
        excused(make, both, programme, "c")


def test_rule_16_somebody_always_owes_something_of_the_week(make: Any) -> None:
    programme = week(make, 60)
    with pytest.raises(NothingIsRequired):
        excused(make, somebody(make), programme, "a", percent=100)
    nothing = somebody(make).model_copy(update={"expected": Expected(from_at=make.after)})
    roster = make.roster().model_copy(update={"entries": (nothing,)})
    with pytest.raises(NothingIsRequired):
        closing.begin(programme, roster, 1, make.after)


def test_rule_16_nobody_is_excused_from_what_they_do_not_owe(make: Any) -> None:
    programme = make.published(make.session("a"), make.session("b", day=10, required=False))
    for name in ("b", "unknown"):
        with pytest.raises(NotOwed):
            excused(make, somebody(make), programme, name)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 120), st.integers(0, 120), st.booleans()), min_size=1, max_size=8))
def test_rule_16_an_excuse_never_lowers_anybodys_share(sessions: Sequence[tuple[int, int, bool]]) -> None:
    """What was attended of a session somebody is excused from counts; what was missed of it is not owed."""
    records = tuple(
        AttendedSession(session_id=f"{at:032x}", minutes=min(minutes, length), recorded_at=AFTER)
        for at, (length, minutes, _) in enumerate(sessions)
    )
    attendance = Attendance(participant_id="0" * 32, records=records)
    owed = [Owed(session_id=f"{at:032x}", minutes=length) for at, (length, _, _) in enumerate(sessions)]
    without = [each.model_copy(update={"excused": away}) for each, (_, _, away) in zip(owed, sessions, strict=True)]
    before, after = figures_of(attendance, owed), figures_of(attendance, without)
    assert after.minutes_attended == before.minutes_attended
    assert after.minutes_required <= before.minutes_required
