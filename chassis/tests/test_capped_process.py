"""Hostile files are made anew in a process that can open nothing and has bounds on memory and time."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from relevo_chassis.capped.failed import Busy, Failed
from relevo_chassis.capped.process import Capped


def capped(**other: Any) -> Capped:
    bounds: dict[str, Any] = {"memory_bytes": 2**28, "cpu_seconds": 5, "seconds": 20, "most_waiting": 2}
    return Capped("relevo_testkit.remade", **(bounds | other))


async def why(*arguments: str, **bounds: Any) -> str:
    with pytest.raises(Failed) as failed:
        await capped(**bounds).made(b"bytes", *arguments)
    return str(failed.value)


async def test_what_the_process_makes_comes_back_with_what_it_says_of_it() -> None:
    assert await capped().made(b"\n1\n2", "turn") == (b"2\n1\n", {"bytes": 4})


async def test_what_cannot_be_made_anew_fails_with_the_code_of_whoever_tried() -> None:
    assert await why("fail", "locked") == "locked"
    assert await why("whatever its reader raises") == "broken"


async def test_what_takes_more_memory_or_time_than_there_is_ends_its_process_and_nothing_else() -> None:
    assert await why("take", str(2**30)) == "too_costly"
    assert await why("go_on", cpu_seconds=0) == "too_costly"
    began = time.perf_counter()
    assert await why("go_on", seconds=0.5) == "too_costly"
    assert time.perf_counter() - began < 4


async def test_a_process_that_fails_whatever_it_is_given_is_no_matter_of_the_file() -> None:
    with pytest.raises(RuntimeError, match=r"relevo_testkit\.remade"):
        await capped().made(b"", "leave", "1")


async def test_as_many_wait_as_may_and_one_has_its_turn_after_the_other() -> None:
    one = capped()
    outcomes = await asyncio.gather(*(one.made(b"ab", "turn") for _ in range(4)), return_exceptions=True)
    assert [type(each) for each in outcomes[2:]] == [Busy, Busy]
    assert [each == (b"ba", {"bytes": 2}) for each in outcomes[:2]] == [True, True]
    assert (await one.made(b"ab", "turn")).content == b"ba"


async def test_the_process_can_open_nothing() -> None:
    assert (await capped().made(b"", "open")).values == {"opened": 0}
