"""The short form of the storms, on real servers and services; ``make chaos`` runs the long one.

How fast everything recovers is judged by the long form alone: a test that measures seconds fails on a busy machine.
"""

from __future__ import annotations

from pathlib import Path

from tests.chaos.__main__ import raged, summed
from tests.chaos.plan import plan


async def test_nothing_is_lost_doubled_or_out_of_order_in_any_storm_of_the_short_form(tmp_path: Path) -> None:
    reports = await raged(plan(short=True), tmp_path / "chaos", seed=2019, short=True)
    summary = summed(reports, 0, seed=2019, short=True)
    assert [each.line() for each in reports if each.findings] == []
    assert (summary["lost"], summary["duplicated_effects"], summary["out_of_order"]) == (0, 0, 0)
    assert all(each.acknowledged > 0 for each in reports)
    assert summary["kills"] >= 6
    assert summary["acknowledged"] > 100
