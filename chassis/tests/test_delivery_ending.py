"""Tasks that do not hear the first cancellation."""

from __future__ import annotations

import asyncio

from relevo_chassis.delivery import ending


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    heard: list[int] = []

    async def deaf() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard.append(len(heard))
                if len(heard) == 2:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await ending.ended([task])
    assert (heard, task.cancelled()) == ([0, 1], True)


async def test_a_task_that_failed_before_is_ended_too() -> None:
    async def fails() -> None:
        raise ValueError

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await ending.ended([task])
    assert task.done()
