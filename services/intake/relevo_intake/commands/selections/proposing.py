"""A selection asked for: afresh, once more, or with some decided by hand (rules 3 and 17)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from relevo_chassis.delivery.change import Asked, Repeat
from relevo_intake.commands.office import Office
from relevo_intake.commands.selections.computing import ProposeSelection, compute_selection, selection_id_of
from relevo_intake.commands.selections.stored import selection_of
from relevo_intake.domain.selection.adjustment import Adjustment, adjusted
from relevo_intake.domain.selection.proposal import Selection
from relevo_intake.store.choosing import SELECTION

PATIENCE_SECONDS = 20.0
"""How long whoever asks waits for a selection to be computed; then they are told where to look."""
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class ProposeAnew:
    """The selection that is to be proposed once more, from what stands now."""

    selection_id: str


class DecisionByHand(NamedTuple):
    """What a coordinator decides about one application, and why; ``as_computed`` takes an earlier one back."""

    application_id: str
    to: Literal["inside", "outside", "as_computed"]
    reason: str


@dataclass(frozen=True, slots=True)
class AdjustSelection:
    """The selection that is to be proposed once more with some decided by hand."""

    selection_id: str
    by_hand: Sequence[DecisionByHand]


async def propose_selection(office: Office, command: ProposeSelection, asked: Asked) -> Selection | Repeat:
    """Compute a proposal (``compute_selection``); the record of it, still ``computing``, when that takes long."""
    id = selection_id_of(asked)
    task = office.under_way.started(id, compute_selection(office, command, asked))
    await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
    while not task.done():
        selection = await office.store.state(SELECTION(id))
        if selection is not None and selection.state == "computing":
            return selection
        await asyncio.wait({task}, timeout=POLL_SECONDS)
    return task.result()


async def propose_anew(office: Office, command: ProposeAnew, asked: Asked) -> Selection | Repeat:
    """Propose once more what was asked for before, with what was decided by hand. Raises ``NoSuchSelection``."""
    selection = await selection_of(office.store, command.selection_id)
    return await propose_selection(office, _asked_before(selection), asked)


async def adjust_selection(office: Office, command: AdjustSelection, asked: Asked) -> Selection | Repeat:
    """Propose once more with more decided by hand. Raises ``NoSuchSelection``, or that it was not computed."""
    selection = await selection_of(office.store, command.selection_id)
    selection.must_be_computed()
    new = [
        Adjustment(
            application_id=each.application_id,
            side=each.to,
            decided_by=asked.by,
            decided_at=asked.now,
            selection_id=selection_id_of(asked),
        )
        for each in command.by_hand
        if each.to != "as_computed"
    ]
    removed = [each.application_id for each in command.by_hand if each.to == "as_computed"]
    before = _asked_before(selection)
    more = replace(
        before,
        adjustments=adjusted(before.adjustments, new, removed),
        reasons={each.application_id: each.reason for each in command.by_hand},
    )
    return await propose_selection(office, more, asked)


def _asked_before(selection: Selection) -> ProposeSelection:
    """The command that made a selection."""
    rules = selection.rules
    return ProposeSelection(
        selection.call_id, rules.seats, rules.waitlist, selection.least_reviews, rules.relaxed, selection.adjustments
    )
