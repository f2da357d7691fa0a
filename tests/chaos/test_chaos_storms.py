"""The short form of the storms, on real servers and services; ``make chaos`` runs the long one."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.__main__ import raged, summed
from tests.chaos.plan import plan


async def test_every_storm_of_the_short_form_is_weathered(tmp_path: Path) -> None:
    """Nothing lost, doubled or out of order, and all is well again within ten seconds of each kill."""
    reports = await raged(plan(short=True), tmp_path / "chaos", seed=2019, short=True)
    summary = summed(reports, 0, seed=2019, short=True)
    assert [each.line() for each in reports if not each.ok] == []
    assert summary["ok"]
    assert summary["kills"] >= 6
    assert summary["acknowledged"] > 100
