"""People who apply on the portal's pages at once are measured to their end, and none is lost or doubled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.applying import measured
from benchmarks.sizes import QUICK
from benchmarks.stage import Setting


@pytest.mark.timeout(100)
async def test_whoever_applies_is_counted_once(tmp_path: Path) -> None:
    (entry,) = await measured(Setting(tmp_path / "logs", lambda _: None), replace(QUICK, rounds=1, applications=24))
    assert entry.sound
    assert entry.measured["applications"] == 24
