"""What is being computed: how far it has come, how it is given up, and what becomes of it when its process ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from datetime import datetime
from typing import Any

from relevo_chassis.delivery import lease
from relevo_chassis.delivery.change import Busy, Change, Commits, Decided, Decision, Found, New, Once
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.ids import new_id
from relevo_intake.domain.selection.proposal import (
    GivenUpBecause,
    NoSuchSelection,
    Selection,
    SelectionWasGivenUp,
    give_up,
)
from relevo_intake.store.choosing import SELECTION, being_computed, drop_outcomes

LOOK_SECONDS = 0.5
LEASE_SECONDS = 15.0
TIDY_SECONDS = 10.0


class Running:
    """The selections that this process computes: one at a time, so that memory is bounded; the others wait."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self.turn = asyncio.Semaphore(1)

    def started(self, selection_id: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin, or find what was begun before under the same id; goes on whether or not somebody waits for it."""
        if (task := self._tasks.get(selection_id)) is not None:
            work.close()
            return task
        task = self._tasks[selection_id] = asyncio.create_task(work, name=f"selection {selection_id}")
        task.add_done_callback(lambda _: self._ended(selection_id))
        return task

    def _ended(self, selection_id: str) -> None:
        task = self._tasks.pop(selection_id)
        if not task.cancelled():
            task.exception()  # told to whoever waits; if nobody does, the record says it


async def give_up_selection(
    commits: Commits,
    store: Store,
    selection_id: str,
    because: GivenUpBecause,
    once: Once | None,
    now: datetime,
    cause_id: str,
    by: str | None = None,
) -> Any:
    """Stop computing a selection, wherever that is done. Answers the ``Selection``; again is no-op."""
    ref = SELECTION(selection_id)

    def decide(found: Found) -> Decision[Selection]:
        present = found[ref]
        if present is None:
            raise NoSuchSelection(selection_id=selection_id)
        given_up = give_up(present, because)
        if given_up == present:
            return Decision(answer=given_up)
        decided = [Decided("selection_given_up", ref, (given_up.call_id,), because=because)] if by else []
        return Decision([New(ref, given_up)], answer=given_up, on_record=decided)

    answer = await commits.commit(Change([ref], decide, now, cause_id, once=once, by=by))
    await drop_outcomes(store, selection_id)
    return answer


@contextlib.asynccontextmanager
async def kept_up(commits: Commits, store: Store, selection: Selection) -> AsyncIterator[None]:
    """While the block runs, fellows know that it does; it is ended when the selection is given up.

    Raises ``SelectionWasGivenUp``. When the process dies, the lease runs out and somebody gives the selection up.
    """
    ours = Lease(store, _name(selection), new_id(), seconds=LEASE_SECONDS)
    await ours.take()
    owner, stopped = asyncio.current_task(), asyncio.Event()

    async def watch() -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with contextlib.suppress(Busy):
                await ours.take()
                present = await store.state(SELECTION(selection.selection_id))
                if present is not None and present.state == "given_up":
                    stopped.set()
                    if owner:
                        owner.cancel()
                    return

    watching = asyncio.create_task(watch(), name="kept up")
    try:
        yield
    except asyncio.CancelledError:
        if stopped.is_set():
            if owner:
                owner.uncancel()
            raise SelectionWasGivenUp(selection_id=selection.selection_id) from None
        raise
    finally:
        watching.cancel()
        await store.remove_rows(lease.COLLECTION, {"_id": _name(selection)})


async def give_up_interrupted(commits: Commits, store: Store, now: datetime) -> int:
    """Give up what was computed by a process that ended. Returns how many."""
    interrupted = 0
    for each in await being_computed(store):
        if await Lease(store, _name(each), new_id(), seconds=LEASE_SECONDS).take():
            await give_up_selection(commits, store, each.selection_id, "interrupted", None, now, new_id())
            await store.remove_rows(lease.COLLECTION, {"_id": _name(each)})
            interrupted += 1
    return interrupted


def _name(selection: Selection) -> str:
    return f"selection/{selection.selection_id}"
