"""What a coordinator does with a call, and its close."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.etag import must_match
from relevo_contracts import Requirements
from relevo_intake.commands.gates import followed
from relevo_intake.deadlines import call_closes
from relevo_intake.domain import call as calls
from relevo_intake.domain import gate as gates
from relevo_intake.domain.call import Call, Correction, LateCode, NoSuchCall
from relevo_intake.store.choosing import SEATING
from relevo_intake.store.people import CALL, gates_of


class ChangeRequirements(NamedTuple):
    """``tag`` is the ETag of the call that the coordinator saw."""

    call_id: str
    requirements: Requirements
    tag: str


class ExtendCall(NamedTuple):
    """``tag`` is the ETag of the call that the coordinator saw, ``by`` who that is."""

    call_id: str
    closes_at: datetime
    tag: str
    by: str


class CorrectCall(NamedTuple):
    """``tag`` is the ETag of the call that the coordinator saw, ``by`` who that is."""

    call_id: str
    correction: Correction
    tag: str
    by: str


class IssueLateCode(NamedTuple):
    """``code`` is answered once; ``code_hash`` is what is kept."""

    call_id: str
    code: str
    code_hash: str
    expires_at: datetime


async def open_call(commits: Commits, call: Call, once: Once | None, now: datetime, cause_id: str) -> Any:
    """Announce a call. Answers it as it stands."""
    ref, gate_refs = CALL(call.call_id), gates_of(call.call_id)

    def decide(found: Found) -> Decision[Call]:
        opened, events = calls.open_call(found[ref], call)
        states = [New(ref, opened), *(New(each, gates.gate_of(opened)) for each in gate_refs)]
        return Decision(
            states, events, [call_closes(opened)], opened, [Decided("call_opened", ref, (call.edition_id,))]
        )

    return await commits.commit(Change([ref, *gate_refs], decide, now, cause_id, once=once))


async def close_call_by_hand(commits: Commits, call_id: str, once: Once | None, now: datetime, cause_id: str) -> Any:
    """Close a minute ahead (rule 1). Answers the call."""
    ref = CALL(call_id)

    def decide(found: Found) -> Decision[Call]:
        closing = calls.close_by_hand(existing(found[ref], call_id), now, found.by)
        on_record = [Decided("call_closed_by_hand", ref, (closing.edition_id,))]
        return Decision(followed(found, closing), rows=[call_closes(closing)], answer=closing, on_record=on_record)

    return await commits.commit(Change([ref, *gates_of(call_id)], decide, now, cause_id, once=once))


async def extend_call(commits: Commits, command: ExtendCall, once: Once | None, now: datetime, cause_id: str) -> Any:
    """Keep a call open longer, or open it again: its close, its gates and what waits for its close move with it.

    Answers the call, and how many have applied. Raises ``ChangedSince``, ``ClosesEarlier`` or ``CallWasSelected``.
    """
    ref, seating_ref = CALL(command.call_id), SEATING(command.call_id)

    def decide(found: Found) -> Decision[Call]:
        call, seating = existing(found[ref], command.call_id), found[seating_ref]
        must_match(command.tag, public_part(call))
        selected = seating is not None and seating.selection_id is not None
        extended, events = calls.extend(call, command.closes_at, now, selected=selected)
        code = "call_reopened" if call.standing_at(now) == "closed" else "call_extended"
        decided = Decided(code, ref, (call.edition_id,))
        return Decision(followed(found, extended), events, [call_closes(extended)], extended, [decided])

    refs: list[Ref[Any]] = [ref, seating_ref, *gates_of(command.call_id)]
    return await commits.commit(Change(refs, decide, now, cause_id, once=once, by=command.by))


async def correct_call(commits: Commits, command: CorrectCall, now: datetime, cause_id: str) -> Any:
    """Correct titles and texts, and criteria until the first review, which is looked for at all gates.

    Answers the call. Raises ``ChangedSince`` or ``CriteriaAreInUse``.
    """
    ref = CALL(command.call_id)
    gate_refs = gates_of(command.call_id) if command.correction.criteria is not None else []

    def decide(found: Found) -> Decision[Call]:
        call = existing(found[ref], command.call_id)
        must_match(command.tag, public_part(call))
        counted = gates.moves(gate for each in gate_refs if (gate := found[each]))
        corrected = calls.correct(call, command.correction, reviewed=counted.get("reviews", 0) > 0)
        if corrected == call:
            return Decision(answer=call)
        return Decision([New(ref, corrected)], answer=corrected, on_record=[Decided("call_corrected", ref)])

    return await commits.commit(Change([ref, *gate_refs], decide, now, cause_id, by=command.by))


async def change_requirements(commits: Commits, command: ChangeRequirements, now: datetime, cause_id: str) -> Any:
    """Other requirements for what begins from now on. Answers the call; raises ``ChangedSince``."""
    ref = CALL(command.call_id)

    def decide(found: Found) -> Decision[Call]:
        call = existing(found[ref], command.call_id)
        must_match(command.tag, public_part(call))
        changed = calls.change_requirements(call, command.requirements)
        if changed == call:
            return Decision(answer=call)
        on_record = [Decided("requirements_changed", ref, (call.edition_id,))]
        return Decision([New(ref, changed)], answer=changed, on_record=on_record)

    return await commits.commit(Change([ref], decide, now, cause_id))


async def issue_late_code(
    commits: Commits, command: IssueLateCode, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Let one person in after the close. Answers the command, whose code is not kept."""
    ref = CALL(command.call_id)

    def decide(found: Found) -> Decision[IssueLateCode]:
        code = LateCode(code_hash=command.code_hash, issued_at=now, issued_by=found.by, expires_at=command.expires_at)
        changed = calls.add_late_code(existing(found[ref], command.call_id), code)
        on_record = [Decided("late_code_issued", ref, (changed.edition_id,))]
        return Decision([New(ref, changed)], answer=command, on_record=on_record)

    return await commits.commit(Change([ref], decide, now, cause_id, once=once))


async def call_of(store: Store, call_id: str) -> Call:
    """Raises ``NoSuchCall``."""
    return existing(await store.state(CALL(call_id)), call_id)


def existing(call: Call | None, call_id: str) -> Call:
    if call is None:
        raise NoSuchCall(call_id=call_id)
    return call


def public_part(call: Call) -> Call:
    """The call without its late-access codes: what two coordinators could edit at once."""
    return call.model_copy(update={"late_codes": ()})
