"""What is being computed: how far it has come, how it is given up, and what becomes of it when its process ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from relevo_chassis.delivery import lease
from relevo_chassis.delivery.change import Asked, Busy, Decided, Decision, Found, New, Repeat
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_intake.commands.office import Office, staff_of
from relevo_intake.commands.readings import by_the_service
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


@dataclass(frozen=True, slots=True)
class GiveUpSelection:
    """Which selection is not to be computed any more, and why not."""

    selection_id: str
    because: GivenUpBecause = "asked"


async def give_up_selection(office: Office, command: GiveUpSelection, asked: Asked) -> Selection | Repeat:
    """Stop computing a selection, wherever that is done. On record when staff ask for it; again is no-op."""
    ref = SELECTION(command.selection_id)

    def decide(found: Found) -> Decision[Selection]:
        present = found[ref]
        if present is None:
            raise NoSuchSelection(selection_id=ref.id)
        given_up = give_up(present, command.because)
        if given_up == present:
            return Decision(answer=given_up)
        decided = Decided("selection_given_up", ref, (given_up.call_id,), because=command.because)
        return Decision([New(ref, given_up)], answer=given_up, on_record=[decided] if staff_of(asked) else ())

    outcome = await office.commits.commit(asked.change([ref], decide))
    await drop_outcomes(office.store, ref.id)
    return outcome


@contextlib.asynccontextmanager
async def kept_up(store: Store, selection: Selection) -> AsyncIterator[None]:
    """While the block runs, fellows know that it does; it is ended when the selection is given up.

    Raises ``SelectionWasGivenUp``. When the process dies, the lease runs out and somebody gives the selection up.
    """
    ours = Lease(store, _name(selection), new_id(), seconds=LEASE_SECONDS)
    await ours.acquire()
    owner, stopped = asyncio.current_task(), asyncio.Event()

    async def watch() -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with contextlib.suppress(Busy):
                await ours.acquire()
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


async def give_up_interrupted(office: Office, now: datetime) -> int:
    """Give up what was computed by a process that ended. Returns how many."""
    interrupted, store = 0, office.store
    for each in await being_computed(store):
        if await Lease(store, _name(each), new_id(), seconds=LEASE_SECONDS).acquire():
            await give_up_selection(office, GiveUpSelection(each.selection_id, "interrupted"), by_the_service(now))
            await store.remove_rows(lease.COLLECTION, {"_id": _name(each)})
            interrupted += 1
    return interrupted


def _name(selection: Selection) -> str:
    return f"selection/{selection.selection_id}"
