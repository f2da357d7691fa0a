"""Two replicas on one durable are measured to their end, on the bus as services have it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.replicas import measured
from benchmarks.sizes import QUICK
from benchmarks.stage import Setting


@pytest.mark.timeout(100)
async def test_one_replica_and_two_take_and_tell_all_of_it_once(tmp_path: Path) -> None:
    published: list[str] = []
    (entry,) = await measured(Setting(tmp_path / "logs", published.append), replace(QUICK, rounds=1, events=500))
    assert entry.conditions["all_took_effect_once"]
    assert [each.split(": ")[1].split()[0] for each in published] == ["one", "two"]
