"""Guarding calls: counting who begins, seeing an attack and its end, and what a coordinator says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Asked, Busy, Decided, Decision, Found, New, Ref, Repeat, Unknown
from relevo_chassis.delivery.lease import Holding
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import gates_of, with_gates
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import by_the_service
from relevo_intake.domain import guard
from relevo_intake.domain.call import Call
from relevo_intake.domain.gate import Gate
from relevo_intake.domain.guard import Guard, Guarding, Proof
from relevo_intake.store.guarding import PROOF, Beginnings, attacked_calls, begun_lately
from relevo_intake.store.people import CALL

POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SetGuard:
    """When a call is to want proofs."""

    call_id: str
    when: Guarding


def proof_refs(proof: Proof | None) -> list[Ref[Any]]:
    """What says whether a proof was used before."""
    return [PROOF(proof.id)] if proof is not None and proof.is_good else []


def used_proof(found: Found, gate: Gate, proof: Proof | None) -> Sequence[New]:
    """What beginning writes besides where the call wants a proof. Raises ``ProofIsWanted`` or ``ProofIsNotGood``."""
    if not gate.guarded:
        return ()
    refs = proof_refs(proof)
    used = guard.use(proof, found[refs[0]] if refs else None, call_id=gate.call_id)
    return [New(ref, used) for ref in refs]


async def set_guard(office: Office, command: SetGuard, asked: Asked) -> Call | Repeat:
    """A coordinator says when a call wants proofs, on record. Raises ``NoSuchCall``."""

    def change(present: Guard) -> Guard:
        return present.model_copy(update={"when": command.when})

    return await _guarded(office, command.call_id, change, f"proofs_wanted_{command.when}", asked)


async def weigh_guards(office: Office, attack: int, process_now: datetime, now: datetime) -> None:
    """See which calls are under attack and which no more, on record."""
    begun = await begun_lately(office.store, process_now)
    attacked = {each.call_id for each in await attacked_calls(office.store)}
    for call_id in sorted({each for each, count in begun.items() if count >= attack} ^ attacked):
        code = "attack_over" if call_id in attacked else "call_attacked"

        def change(present: Guard, count: int = begun[call_id]) -> Guard:
            return guard.weigh(present, count, attack, now)

        await _guarded(office, call_id, change, code, by_the_service(now))


async def keep_watching(
    office: Office,
    beginnings: Beginnings,
    attack: int,
    now: Callable[[], datetime],
    lease: Holding,
) -> None:
    """Until cancelled: every process says how many began, and one of them sees what follows."""
    while True:
        with suppress(Busy, Unknown):
            await beginnings.send(office.store)
            if await lease.acquire():
                await weigh_guards(office, attack, beginnings.now(), now())
        await asyncio.sleep(POLL_SECONDS)


async def _guarded(
    office: Office, call_id: str, change: Callable[[Guard], Guard], code: str, asked: Asked
) -> Call | Repeat:
    """The call with its guard changed, which all its gates know in the same transaction."""
    ref = CALL(call_id)

    def decide(found: Found) -> Decision[Call]:
        present = existing(found[ref], ref.id)
        changed = present.model_copy(update={"guard": change(present.guard)})
        if changed == present:
            return Decision(answer=present)
        on_record = [Decided(code, ref, (present.edition_id,))]
        return Decision(with_gates(found, changed), answer=changed, on_record=on_record)

    return await office.commits.commit(asked.change([ref, *gates_of(call_id)], decide))
