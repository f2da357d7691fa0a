"""What one process computes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeAlias

from relevo_chassis.delivery.change import Repeat
from relevo_intake.domain.selection.proposal import Selection

Computed: TypeAlias = Selection | Repeat


class UnderWay:
    """The selections that this process computes: one at a time, so that memory is bounded; the others wait."""

    def __init__(self, turn: asyncio.Semaphore | None = None) -> None:
        self._tasks: dict[str, asyncio.Task[Computed]] = {}
        self.turn = turn or asyncio.Semaphore(1)

    def started(self, selection_id: str, work: Coroutine[None, None, Computed]) -> asyncio.Task[Computed]:
        """Begin, or find what was begun before under the same id; goes on whether or not somebody waits for it."""
        if (task := self._tasks.get(selection_id)) is not None:
            work.close()
            return task
        task = self._tasks[selection_id] = asyncio.create_task(work, name=f"selection {selection_id}")
        task.add_done_callback(lambda _: self._forget(selection_id))
        return task

    def _forget(self, selection_id: str) -> None:
        task = self._tasks.pop(selection_id)
        if not task.cancelled():
            task.exception()  # told to whoever waits; if nobody does, the record says it
