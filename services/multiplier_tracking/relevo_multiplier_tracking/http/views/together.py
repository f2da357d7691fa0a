"""Sessions that several participants held together."""

from __future__ import annotations

from datetime import date

from relevo_contracts.model import Frozen
from relevo_multiplier_tracking.domain.reports import SessionState


class HeldTogetherView(Frozen):
    """Somebody's report that says to be of another's session. ``agreed`` is null until the other has said something.

    What was said holds for the two reports as they are; whichever is corrected, it is asked for anew.
    """

    session_id: str
    together_with: str
    revision: int
    held_on: date
    minutes: int
    people: int
    state: SessionState
    agreed: bool | None


class StaffHeldTogetherView(HeldTogetherView):
    """The same with the commitments of both, for coordinators."""

    commitment_id: str
    with_commitment_id: str
    with_state: SessionState | None


class OwnHeldTogetherView(Frozen):
    """``mine`` are one's own sessions that are others' too, ``theirs`` are others' that are said to be one's own."""

    mine: tuple[HeldTogetherView, ...]
    theirs: tuple[HeldTogetherView, ...]
