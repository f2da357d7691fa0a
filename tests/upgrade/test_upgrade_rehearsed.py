"""An upgrade under load, with a rollback in its midst; ``make chaos`` has the long form."""

from __future__ import annotations

from pathlib import Path

import pytest
from bson import encode
from tests.chaos.__main__ import raged
from tests.chaos.plan import upgrades
from tests.upgrade.opened import opened


@pytest.mark.timeout(600)  # replicas are started fourteen times: that takes long where others want the processors
async def test_an_upgrade_and_a_rollback_under_load_lose_double_and_refuse_nothing(tmp_path: Path) -> None:
    """Replicas of the release and of the tree side by side on one store and one bus, and each reads what is there."""
    (report,) = await raged(upgrades(short=True), tmp_path / "upgrade", seed=2019, short=True)
    if report.skipped:
        pytest.skip(report.skipped)
    assert report.line() | {"ok": True} == report.line()
    assert report.acknowledged > 20
    moved = {note.split(":")[0] for note in report.notes}
    for service in ("scheduling", "multiplier_tracking"):
        assert moved >= {f"{service}-2 of the tree", f"{service}-2 of the release", f"{service}-1 of the tree"}


def test_a_state_that_cannot_be_read_is_named_without_what_is_in_it(tmp_path: Path) -> None:
    rows = tmp_path / "scheduling.bson"
    unknown, broken = (
        {"kind": "lost", "_id": "1", "state": {}},
        {"kind": "room", "_id": "2", "state": {"name": ["Ana"]}},
    )
    rows.write_bytes(encode(unknown) + encode(broken))
    found = opened("scheduling", rows)
    assert found["read"] == {}
    (unread,) = found["unread"]
    assert unread.startswith("room 2: ")
    assert "name" in unread
    assert "Ana" not in unread
