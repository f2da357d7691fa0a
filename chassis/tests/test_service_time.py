"""Ids and clocks."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relevo_chassis.clock import ClockGoesBack, ClockUnreadable, StackClock, SystemClock, move
from relevo_chassis.ids import new_code, new_id, normalised

START = datetime(2019, 9, 12, 14, tzinfo=UTC)


def test_ids_are_128_bits_in_hexadecimal_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[0-9a-f]{32}", id) for id in ids)


def test_codes_hold_128_bits_in_groups_of_four() -> None:
    codes = [new_code() for _ in range(2000)]
    assert len(set(codes)) == 2000
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}", code) for code in codes)
    for position in range(1, 26):
        assert len({code.replace("-", "")[position] for code in codes}) == 32


def test_codes_forgive_how_they_are_typed() -> None:
    assert normalised(" oil1-abcd ef\tgh\n") == normalised("0111ABCDEFGH")
    for code in (new_code() for _ in range(50)):
        assert normalised(code.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == normalised(code)
    assert normalised("") == ""


def test_the_machines_time_is_utc_in_milliseconds() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


def test_the_stacks_clock_starts_anywhere_goes_on_and_is_moved_for_all(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    move(path, START)
    one, other = StackClock(path), StackClock(path)
    assert timedelta() <= one.now() - START < timedelta(seconds=5)
    later = START + timedelta(days=60)
    move(path, later)
    for clock in (one, other):
        assert timedelta() <= clock.now() - later < timedelta(seconds=5)
        assert clock.now().microsecond % 1000 == 0
        assert clock.now().tzinfo is UTC


def test_the_stacks_clock_refuses_to_be_moved_back(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    move(path, START)
    with pytest.raises(ClockGoesBack):
        move(path, START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="time zone"):
        move(path, datetime(2020, 1, 1))  # noqa: DTZ001


def test_time_never_goes_back_within_a_process_whatever_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    move(path, START)
    clock = StackClock(path)
    before = clock.now()
    new = tmp_path / "new"
    new.write_text(json.dumps({"offset_seconds": -10_000_000_000}))
    os.replace(new, path)
    assert clock.now() == before
    path.unlink()
    assert clock.now() >= before


@pytest.mark.parametrize("text", ["", "{}", "null", '{"offset_seconds": "soon"}', '{"offset_seconds": 1e999}', "[1]"])
def test_a_clock_without_an_offset_does_not_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clock.json"
    with pytest.raises(ClockUnreadable):
        StackClock(path)
    path.write_text(text)
    with pytest.raises(ClockUnreadable):
        StackClock(path)


def test_a_clock_whose_file_breaks_goes_on_by_what_it_read_last(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    move(path, START)
    clock = StackClock(path)
    path.write_text("broken")
    assert timedelta() <= clock.now() - START < timedelta(seconds=5)
