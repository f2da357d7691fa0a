"""The gates of a call, through which applications come in: several, so that no two replicas need the same (rule 1).

Each knows whether the call takes applications, and counts those that came in through it. Each also counts what has
changed of what a selection weighs, so that a proposal knows whether all that it was computed from still stands
(rule 17). Whatever opens, moves or closes the call is written to all of them in one transaction: so whoever passes
one needs to write that one only, and nobody passes after the close. The sums over all gates are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.call import Call, CallIsClosed, CallIsNotOpenYet, CallState, state_at
from relevo_intake.domain.kept import CALL

GATES = 32

ChangeKind = Literal["applications", "departures", "reviews", "standing", "details"]


class Gate(Frozen):
    """One gate of a call. ``moved`` counts changes by what was changed, since the call was opened."""

    kept: ClassVar[Kept] = CALL

    call_id: str
    edition_id: str
    opens_at: datetime
    closes_at: datetime
    closed: bool = False
    guarded: bool = Field(default=False, description="whether whoever begins brings a proof")
    taken: int = Field(default=0, description="applications that came in here, linked and late ones among them")
    moved: dict[ChangeKind, int] = Field(default_factory=dict)

    def state_at(self, now: datetime) -> CallState:
        return state_at(now, self.opens_at, self.closes_at, closed=self.closed)


def gate_id(call_id: str, number: int) -> str:
    return f"{call_id}/{number:02}"


def gate_of(call: Call) -> Gate:
    """Each gate of a call that nobody has applied for yet."""
    return Gate(call_id=call.call_id, edition_id=call.edition_id, opens_at=call.opens_at, closes_at=call.closes_at)


def follow(gate: Gate, call: Call) -> Gate:
    """The gate after the call was changed."""
    return gate.model_copy(
        update={
            "opens_at": call.opens_at,
            "closes_at": call.closes_at,
            "closed": call.closed,
            "guarded": call.guard.is_up,
        },
    )


def let_in(gate: Gate, now: datetime, *, late: bool) -> Gate:
    """Count an application in; ``late`` for one with a late-access code.

    Raises ``CallIsNotOpenYet`` or ``CallIsClosed``.
    """
    state = gate.state_at(now)
    if state == "announced":
        raise CallIsNotOpenYet(call_id=gate.call_id)
    if state == "closed" and not late:
        raise CallIsClosed(call_id=gate.call_id)
    return move(gate.model_copy(update={"taken": gate.taken + 1}), "applications")


def move(gate: Gate, what: ChangeKind) -> Gate:
    """Something changed of what a selection weighs."""
    return gate.model_copy(update={"moved": {**gate.moved, what: gate.moved.get(what, 0) + 1}})


def applications_at(gates: Iterable[Gate]) -> int:
    """How many applications a call has taken."""
    return sum(each.taken for each in gates)


def moves(gates: Iterable[Gate]) -> dict[ChangeKind, int]:
    """How often what a selection weighs has changed in a call, by what was changed. No figure ever goes down."""
    total = Counter[ChangeKind]()
    for each in gates:
        total.update(each.moved)
    return dict(sorted(total.items()))


def moved_since(then: Mapping[ChangeKind, int], gates: Iterable[Gate]) -> dict[ChangeKind, int]:
    """What has changed since the counts were ``then``; empty when nothing has."""
    return {what: count - then.get(what, 0) for what, count in moves(gates).items() if count > then.get(what, 0)}
