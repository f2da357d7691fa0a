"""Table and picture of a README: made from a whole report, and from nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.picture import rows_of
from benchmarks.publish import BEGIN, END, NotPublished, placed, publish
from benchmarks.report import Entry, Goal, Limit, sides
from benchmarks.table import TITLES, markdown

GOALS = {"hop_vs_raw": Goal(3, at_least=False), "consume_vs_floor": Goal(0.4), "replicas": None}
RUN: dict[str, Any] = {
    "failed": {},
    "size": "full",
    "seconds": 600.0,
    "cores": 2,
    "processor": "a processor",
    "memory_gib": 24,
    "at": "2026-11-23T10:44:00+00:00",
    "commit": "0123456789",
    "changed_since": False,
    "mongod": "6.0.5",
    "nats_server": "2.15.1",
    "python": "3.11.7",
}


def report() -> dict[str, Any]:
    entries = [Entry(name, "ours ÷ floor", "1 ÷ 2", [0.2, 0.6, 1.2], GOALS.get(name, Goal(1))) for name in TITLES]
    return {entry.name: entry.document() for entry in entries} | {"run": RUN}


def test_a_readme_gets_table_and_picture_between_its_marks_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps(report()), encoding="utf-8")
    readme, picture = tmp_path / "README.md", tmp_path / "docs" / "bench.png"
    readme.write_text(f"before\n{BEGIN}\nold figures\n{END}\nafter\n", encoding="utf-8")
    publish(tmp_path / "report.json", readme, picture)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n\n| |")
    assert text.endswith(f"\n\n{END}\nafter\n")
    assert "old figures" not in text
    assert f"| {TITLES['consume_vs_floor']} | 0.6 | 0.2 – 1.2 | ≥ 0.4 | ✓ | 1 ÷ 2 |" in text
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_condition_that_did_not_hold_is_said_beneath_the_table() -> None:
    found = report()
    assert "did not hold" not in markdown(found)
    found["replicas"]["conditions"] = {"backlog_within_one_second": False, "all_took_effect_once": True}
    assert markdown(found).endswith("\n\n✗ replicas: backlog within one second did not hold")


def test_a_limit_that_was_missed_is_said_beside_the_goal() -> None:
    found = report()
    goal = Goal(1.15, at_least=False)
    found["flat"] = Entry("flat", "", "", [1.0], goal, limits={"cpu_ratio": Limit(1.18, goal)}).document()
    [flat] = [row for row in rows_of(found) if row.title == TITLES["flat"]]
    assert (flat.met, flat.goal) == (False, "goal ≤ 1.15\ncpu ratio 1.18")


def test_a_report_of_a_part_is_not_published(tmp_path: Path) -> None:
    whole = report()
    del whole["flat"]
    (tmp_path / "report.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(NotPublished, match="lacks flat"):
        publish(tmp_path / "report.json", tmp_path / "README.md", tmp_path / "bench.png")
    with pytest.raises(NotPublished, match="run make bench first"):
        publish(tmp_path / "none.json", tmp_path / "README.md", tmp_path / "bench.png")


def test_a_full_run_lacks_nothing_for_not_measuring_what_a_quick_one_does(tmp_path: Path) -> None:
    full = {name: each for name, each in report().items() if name != "select_3000"}
    (tmp_path / "report.json").write_text(json.dumps(full), encoding="utf-8")
    (tmp_path / "README.md").write_text(f"{BEGIN}\n{END}\n", encoding="utf-8")
    publish(tmp_path / "report.json", tmp_path / "README.md", tmp_path / "bench.png")
    assert TITLES["select_100000"] in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_a_text_without_marks_is_left_alone() -> None:
    with pytest.raises(NotPublished, match="has no"):
        placed("nothing here", "figures")


def test_right_in_the_picture_is_better_whichever_side_a_goal_has() -> None:
    rows = {row.title: row for row in rows_of(report())}
    more, less = rows[TITLES["consume_vs_floor"]], rows[TITLES["hop_vs_raw"]]
    assert (more.worst, more.median, more.best) == pytest.approx((0.5, 1.5, 3))
    assert (less.worst, less.median, less.best) == pytest.approx((2.5, 5, 15))
    assert TITLES["replicas"] not in rows


def test_two_sides_are_told_in_short() -> None:
    assert sides([3_580.4, 1, 9_999], [16_180, 16_240, 1], "events/s") == "3,580 ÷ 16,200 events/s"
    assert sides([0.12345], [5.1], "ms") == "0.123 ÷ 5.1 ms"
