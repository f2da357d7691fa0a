"""Which gate of a call is used by whom: each process has its own, so that replicas are not in each other's way."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from zlib import crc32

from relevo_chassis.delivery.change import Found, New, Ref
from relevo_intake.domain.call import Call, NoSuchCall
from relevo_intake.domain.gate import GATES, ChangeKind, Gate, follow, gate_id, move
from relevo_intake.store.people import CALL, GATE, gates_of


def own_gate() -> int:
    """The number of the gate that this process uses. Two processes that share one are as right, and slower."""
    return crc32(f"{socket.gethostname()}/{os.getpid()}".encode()) % GATES


def gate(call_id: str, number: int | None = None) -> Ref[Gate]:
    return GATE(gate_id(call_id, own_gate() if number is None else number))


def gate_in(found: Found, ref: Ref[Gate]) -> Gate:
    """Raises ``NoSuchCall``."""
    present = found[ref]
    if present is None:
        call_id = ref.id.partition("/")[0]
        raise NoSuchCall(call_id=call_id)
    return present


def moved(found: Found, ref: Ref[Gate], what: ChangeKind) -> list[New]:
    """What a change writes besides when it changes something that a selection weighs (rule 17)."""
    present = found[ref]
    return [] if present is None else [New(ref, move(present, what))]


def with_gates(found: Found, call: Call) -> list[New]:
    """The changed call with all its gates, so that nobody passes one as if nothing had changed."""
    present = [(ref, one) for ref in gates_of(call.call_id) if (one := found[ref])]
    return [New(CALL(call.call_id), call), *(New(ref, follow(one, call)) for ref, one in present)]


def gates_in(found: Found, call_id: str) -> Sequence[Gate]:
    return [present for ref in gates_of(call_id) if (present := found[ref]) is not None]


__all__ = ["gate", "gate_in", "gates_in", "gates_of", "moved", "own_gate", "with_gates"]
