"""What a coordinator does with a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat
from relevo_chassis.delivery.store import Store
from relevo_chassis.http.etag import must_match
from relevo_chassis.ids import new_code
from relevo_contracts import Requirements
from relevo_intake import codes
from relevo_intake.commands.gates import gates_in, with_gates
from relevo_intake.commands.office import Office
from relevo_intake.deadlines import call_close_row
from relevo_intake.domain import call, gate
from relevo_intake.domain.call import Call, CallCorrection, LateCode, NoSuchCall
from relevo_intake.domain.guard import Guard
from relevo_intake.store.choosing import SEATING
from relevo_intake.store.people import CALL, counted, gates_of


@dataclass(frozen=True, slots=True)
class OpenCall:
    """The call to announce."""

    call: Call


@dataclass(frozen=True, slots=True)
class CloseCall:
    """Which call to close ahead of its time."""

    call_id: str


@dataclass(frozen=True, slots=True)
class ExtendCall:
    """``tag`` is the ETag of the call that the coordinator saw."""

    call_id: str
    closes_at: datetime
    tag: str


@dataclass(frozen=True, slots=True)
class CorrectCall:
    """``tag`` is the ETag of the call that the coordinator saw."""

    call_id: str
    correction: CallCorrection
    tag: str


@dataclass(frozen=True, slots=True)
class ChangeRequirements:
    """``tag`` is the ETag of the call that the coordinator saw."""

    call_id: str
    requirements: Requirements
    tag: str


@dataclass(frozen=True, slots=True)
class IssueLateCode:
    """Until when one person is let in after the close."""

    call_id: str
    expires_at: datetime


class CallFigures(NamedTuple):
    """A call as it stands at an instant, and how many have applied."""

    call: Call
    applications: int
    at: datetime


class LateCodeIssued(NamedTuple):
    """A late-access code, told once and not kept."""

    code: str
    expires_at: datetime


async def open_call(office: Office, command: OpenCall, asked: Asked) -> CallFigures | Repeat:
    """Announce a call. Raises ``CallExists``, ``QuestionsAreUntranslated`` or ``NoTimeToApprove``."""
    announced = call.with_first_questions(command.call, asked.by, asked.now)
    ref, gate_refs = CALL(command.call.call_id), gates_of(command.call.call_id)

    def decide(found: Found) -> Decision[CallFigures]:
        opened, events = call.open_call(found[ref], announced)
        states = [New(ref, opened), *(New(each, gate.gate_of(opened)) for each in gate_refs)]
        on_record = [Decided("call_opened", ref, (opened.edition_id,))]
        return Decision(states, events, [call_close_row(opened)], CallFigures(opened, 0, asked.now), on_record)

    return await office.commits.commit(asked.change([ref, *gate_refs], decide))


async def close_call(office: Office, command: CloseCall, asked: Asked) -> CallFigures | Repeat:
    """Close by hand, a minute ahead (rule 1)."""
    ref = CALL(command.call_id)

    def decide(found: Found) -> Decision[CallFigures]:
        closing = call.close_by_hand(existing(found[ref], ref.id), asked.now, asked.by)
        on_record = [Decided("call_closed_by_hand", ref, (closing.edition_id,))]
        return Decision(
            with_gates(found, closing), (), [call_close_row(closing)], _figures(found, closing, asked), on_record
        )

    return await office.commits.commit(asked.change([ref, *gates_of(ref.id)], decide))


async def extend_call(office: Office, command: ExtendCall, asked: Asked) -> CallFigures | Repeat:
    """Keep a call open longer, or open it again: its close, its gates and what waits for its close move with it.

    Raises ``ChangedSince``, ``ClosesEarlier`` or ``CallWasSelected``.
    """
    ref, seating_ref = CALL(command.call_id), SEATING(command.call_id)

    def decide(found: Found) -> Decision[CallFigures]:
        present, seating = existing(found[ref], ref.id), found[seating_ref]
        must_match(command.tag, public_part(present))
        selected = seating is not None and seating.selection_id is not None
        extended, events = call.extend(present, command.closes_at, asked.now, selected=selected)
        code = "call_reopened" if present.state_at(asked.now) == "closed" else "call_extended"
        answer, decided = _figures(found, extended, asked), Decided(code, ref, (extended.edition_id,))
        return Decision(with_gates(found, extended), events, [call_close_row(extended)], answer, [decided])

    refs: list[Ref[Any]] = [ref, seating_ref, *gates_of(ref.id)]
    return await office.commits.commit(asked.change(refs, decide))


async def correct_call(office: Office, command: CorrectCall, asked: Asked) -> CallFigures | Repeat:
    """Correct titles and texts, and criteria until the first review, which is looked for at all gates.

    Raises ``ChangedSince``, ``CriteriaAreInUse`` or ``QuestionsAreUntranslated``.
    """
    ref = CALL(command.call_id)
    gate_refs = gates_of(ref.id) if command.correction.criteria is not None else []
    applications = gate.applications_at(await counted(office.store, ref.id))

    def decide(found: Found) -> Decision[CallFigures]:
        present = existing(found[ref], ref.id)
        must_match(command.tag, public_part(present))
        reviews = gate.moves(one for each in gate_refs if (one := found[each])).get("reviews", 0)
        corrected = call.correct(present, command.correction, reviewed=reviews > 0)
        answer = CallFigures(corrected, applications, asked.now)
        if corrected == present:
            return Decision(answer=answer)
        return Decision([New(ref, corrected)], answer=answer, on_record=[Decided("call_corrected", ref)])

    return await office.commits.commit(asked.change([ref, *gate_refs], decide))


async def change_requirements(office: Office, command: ChangeRequirements, asked: Asked) -> CallFigures | Repeat:
    """Other requirements for what begins from now on. Raises ``ChangedSince``."""
    ref = CALL(command.call_id)
    applications = gate.applications_at(await counted(office.store, ref.id))

    def decide(found: Found) -> Decision[CallFigures]:
        present = existing(found[ref], ref.id)
        must_match(command.tag, public_part(present))
        changed = call.change_requirements(present, command.requirements)
        answer = CallFigures(changed, applications, asked.now)
        if changed == present:
            return Decision(answer=answer)
        on_record = [Decided("requirements_changed", ref, (present.edition_id,))]
        return Decision([New(ref, changed)], answer=answer, on_record=on_record)

    return await office.commits.commit(asked.change([ref], decide))


async def issue_late_code(office: Office, command: IssueLateCode, asked: Asked) -> LateCodeIssued | Repeat:
    """Let one person in after the close. Raises ``ExpiresTooEarly``."""
    ref, code, expires_at = CALL(command.call_id), new_code(), command.expires_at
    hashed = codes.late_code_hash(office.vault, ref.id, code)

    def decide(found: Found) -> Decision[LateCodeIssued]:
        issued = LateCode(code_hash=hashed, issued_at=asked.now, issued_by=asked.by, expires_at=expires_at)
        changed = call.add_late_code(existing(found[ref], ref.id), issued)
        on_record = [Decided("late_code_issued", ref, (changed.edition_id,))]
        return Decision([New(ref, changed)], answer=LateCodeIssued(code, expires_at), on_record=on_record)

    return await office.commits.commit(asked.change([ref], decide))


async def call_of(store: Store, call_id: str) -> Call:
    """Raises ``NoSuchCall``."""
    return existing(await store.state(CALL(call_id)), call_id)


def existing(found: Call | None, call_id: str) -> Call:
    if found is None:
        raise NoSuchCall(call_id=call_id)
    return found


def public_part(whole: Call) -> Call:
    """The call without its late-access codes and its guard: what two coordinators could edit at once."""
    return whole.model_copy(update={"late_codes": (), "guard": Guard()})


def _figures(found: Found, changed: Call, asked: Asked) -> CallFigures:
    return CallFigures(changed, gate.applications_at(gates_in(found, changed.call_id)), asked.now)
