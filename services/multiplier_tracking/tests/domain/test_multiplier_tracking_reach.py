"""What is told of an edition's reach, and when (rule 27)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from relevo_contracts.multiplier_tracking import MultiplierReachCounted
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.reach import Reach, Tally, count

EDITION = "e" * 32
DAY = date(2019, 12, 16)


def figures(event: Any) -> tuple[int, int, int, int]:
    assert isinstance(event, MultiplierReachCounted)
    return event.commitments, event.fulfilled, event.sessions_verified, event.people_reached


def counted(reach: Reach, totals: Tally) -> tuple[Reach, list[tuple[int, int, int, int]]]:
    """What is told at the end of the day on which the totals are these."""
    assert reach.next_on is not None
    after, events = count(
        reach.model_copy(update={"totals": totals}), reach.next_on, days.ends_at(reach.next_on) + timedelta(hours=1)
    )
    return after, [figures(each) for each in events]


def totals(enrolled: int, commitments: int, fulfilled: int = 0, gave: int = 0, **more: int) -> Tally:
    values: dict[str, int] = {"verified": gave, "people_reached": 12 * gave, **more}
    return Tally(
        enrolled=enrolled,
        commitments=commitments,
        open=commitments - fulfilled,
        fulfilled=fulfilled,
        gave=gave,
        **values,
    )


@pytest.mark.parametrize(
    ("actual", "released"),
    [
        (totals(30, 30, 0, 0), None),
        (totals(30, 30, 9, 9), None),
        (totals(30, 30, 10, 10), (0, 10, 10, 120)),
        (totals(30, 30, 30, 30), (0, 0, 30, 360)),
        (totals(60, 40, 0, 0), (40, 0, 0, 0)),
        (totals(60, 40, 33, 33), (0, 30, 30, 400)),
        (totals(60, 40, 20, 20, verified=26, people_reached=334), (0, 20, 30, 330)),
        (totals(30, 30, 9, 9, verified=18), None),
        (totals(19, 19, 15, 15), None),
    ],
)
def test_rule_27_of_reach_no_group_under_ten_is_told_and_nothing_that_one_follows_from(
    actual: Tally, released: tuple[int, ...] | None
) -> None:
    _, events = counted(Reach(edition_id=EDITION, next_on=DAY), actual)
    assert events == ([released] if released else [])


def test_rule_27_reach_is_told_in_steps_of_ten_and_people_only_with_their_sessions() -> None:
    reach, released = Reach(edition_id=EDITION, next_on=DAY), []
    for gave in range(31):
        reach, events = counted(reach, totals(30, 30, gave, gave))
        released += events
    assert released == [(0, 10, 10, 120), (0, 10, 20, 240), (0, 10, 30, 360)]


def test_reach_is_counted_once_for_a_day_and_rests_when_nothing_runs_any_more() -> None:
    before = Reach(edition_id=EDITION, totals=totals(60, 40), next_on=DAY)
    ended_at = days.ends_at(DAY)
    assert count(before, DAY, ended_at - timedelta(seconds=1)) == (before, ())
    after, (event,) = count(before, DAY, ended_at)
    assert (event.counted_on, after.next_on) == (DAY, DAY + timedelta(days=1))
    assert count(after, DAY, ended_at) == (after, ())
    later, _ = count(after, DAY + timedelta(days=1), ended_at + timedelta(days=5))
    assert later.next_on == DAY + timedelta(days=6), "days that were slept through are passed over"
    done, _ = counted(later, totals(60, 40, 40, 40))
    assert done.next_on is None
