"""Drafts: saved sealed, read again with the receipt code, submitted, given up when nobody came back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Decision, Found, New, Ref, Repeat, Row, unrepeated
from relevo_chassis.ids import new_code, new_id
from relevo_chassis.people.vault import SEALED, PersonKey, sealed_row
from relevo_intake import codes
from relevo_intake.commands.applications import NewApplication, NewPerson, Receipt, admission, clear_part, sealed_rows
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.gates import gate, gate_in, own_gate
from relevo_intake.commands.guarding import proof_refs, used_proof
from relevo_intake.commands.office import Office
from relevo_intake.commands.questions import questions_in_force
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.redactions import revealing_passages
from relevo_intake.deadlines import draft_destroyed, draft_expiry_row, drop_draft_expiry
from relevo_intake.domain import draft
from relevo_intake.domain.blindness import Passage
from relevo_intake.domain.call import CallIsClosed
from relevo_intake.domain.draft import KEPT_AFTER_CLOSE, Draft, DraftWasSubmitted, NoSuchDraft
from relevo_intake.domain.guard import Proof
from relevo_intake.domain.questions import Question
from relevo_intake.domain.sealed import Dossier, DraftDossier
from relevo_intake.shown import draft_shown
from relevo_intake.store.people import APPLICATION, CONTACT, DRAFT
from relevo_intake.store.threads import THREAD


@dataclass(frozen=True, slots=True)
class StartDraft:
    """What somebody has written so far whom nobody knows yet."""

    call_id: str
    person: NewPerson
    content: DraftDossier
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class SeeDraft:
    """A draft, as its receipt found it."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """What is written in a draft now that was read at ``revision``."""

    draft: Draft
    revision: int
    content: DraftDossier


@dataclass(frozen=True, slots=True)
class SubmitDraft:
    """A draft as it was read, with the code if that opened it. ``whole`` makes an application of what is written in
    it, given what the call asks besides, or says what is missing.
    """

    draft: Draft
    key: PersonKey
    receipt_code: str | None
    whole: Callable[[DraftDossier, Sequence[Question]], Dossier]
    consent_version: str
    late_code: str | None = None


@dataclass(frozen=True, slots=True)
class DiscardDraft:
    """The applicant gives the draft up."""

    draft: Draft


class Started(NamedTuple):
    """What the applicant is told about a new draft, once."""

    draft: Draft
    receipt_code: str


class OpenedDraft(NamedTuple):
    """A draft, what is written in it, where a blind review could tell who writes, and what the call asks besides."""

    draft: Draft
    content: DraftDossier
    warnings: tuple[Passage, ...]
    questions: tuple[Question, ...]


async def start_draft(office: Office, command: StartDraft, asked: Asked) -> Started | Repeat:
    """Save a first draft for a call that is announced or open.

    Raises ``ProofIsWanted`` or ``ProofIsNotGood`` while the call is under attack.
    """
    draft_id, code = new_id(), new_code()
    ref, gate_ref = DRAFT(draft_id), gate(command.call_id)
    person, content, proof = command.person, command.content, command.proof

    def decide(found: Found) -> Decision[Started]:
        call = gate_in(found, gate_ref)
        if call.state_at(asked.now) == "closed":
            raise CallIsClosed(call_id=command.call_id)
        used = used_proof(found, call, proof)
        started = Draft(
            draft_id=draft_id,
            person_id=person.person_id,
            call_id=command.call_id,
            receipt_hash=codes.receipt_hash(office.vault, code),
            saved_at=asked.now,
            expires_at=call.closes_at + KEPT_AFTER_CLOSE,
        )
        rows = [*person.rows, sealed_row(person.key, content.field_set, content), draft_expiry_row(started)]
        return Decision([New(ref, started), *used], rows=rows, answer=Started(started, code))

    return await office.commits.commit(asked.change([ref, gate_ref, *proof_refs(proof)], decide))


async def see_draft(office: Office, query: SeeDraft, asked: Asked) -> OpenedDraft:
    """What is written in a draft, opened on record."""
    content = await _opened(office, query.draft, asked) or DraftDossier()
    shown = draft_shown(content, "applicant", "own")
    call = await call_of(office.store, query.draft.call_id)
    return OpenedDraft(query.draft, shown, await revealing_passages(call, content), call.questions_in_force)


async def save_draft(office: Office, command: SaveDraft, asked: Asked) -> OpenedDraft:
    """Save what was read at ``revision`` anew. Raises ``DraftChanged`` or ``PersonErased``."""
    ref, content = DRAFT(command.draft.draft_id), command.content
    key = await office.vault.key_of(command.draft.person_id)

    def decide(found: Found) -> Decision[Draft]:
        saved = draft.save(_existing(found[ref], ref.id), command.revision, asked.now)
        return Decision([New(ref, saved)], rows=[sealed_row(key, content.field_set, content)], answer=saved)

    saved = unrepeated(await office.commits.commit(asked.change([ref], decide)))
    call = await call_of(office.store, saved.call_id)
    return OpenedDraft(saved, content, await revealing_passages(call, content), call.questions_in_force)


async def submit_draft(office: Office, command: SubmitDraft, asked: Asked) -> Receipt | Repeat:
    """Turn the draft, as it was read, into the application of the same id and receipt code.

    A repeat gets its first answer although the draft is gone. Raises ``DraftWasSubmitted``, and what ``whole`` raises.
    """
    ref, vault = DRAFT(command.draft.draft_id), office.vault
    content = await _opened(office, command.draft, asked)
    if content is None:
        return await _submitted_before(office, ref, asked)
    questions = await questions_in_force(office, command.draft.call_id, asked.now)
    parts = (command.whole(content, questions), command.consent_version, command.late_code, own_gate())
    new = NewApplication(command.draft.call_id, ref.id, command.draft.receipt_hash, command.receipt_code, *parts)
    clear = clear_part(vault, new, command.draft.person_id, asked.now)
    refs: list[Ref[Any]] = [ref, *new.refs, APPLICATION(ref.id), CONTACT(clear.contact_id)]
    rows = [
        *sealed_rows(command.key, new.dossier),
        Row(SEALED, f"{command.draft.person_id}/{DraftDossier.field_set}", None),
        drop_draft_expiry(ref.id),
    ]

    def decide(found: Found) -> Decision[Receipt]:
        submitted = draft.submit(_existing(found[ref], ref.id), command.draft.revision)
        admitted = admission(vault, found, new, clear)
        return Decision(
            [New(ref, submitted), *admitted.states], admitted.events, [*rows, *admitted.rows], admitted.answer
        )

    return await office.commits.commit(asked.change(refs, decide))


async def discard_draft(office: Office, command: DiscardDraft, asked: Asked) -> Repeat | None:
    """The applicant gives the draft up: its texts and its person's keys go at once."""
    ref, thread_ref = DRAFT(command.draft.draft_id), THREAD(command.draft.draft_id)

    def decide(found: Found) -> Decision:
        gone = draft_destroyed(found, draft.discard(_existing(found[ref], ref.id)), asked.now)
        return replace(gone, rows=[*gone.rows, drop_draft_expiry(ref.id)])

    return await office.commits.commit(asked.change([ref, thread_ref], decide))


async def _submitted_before(office: Office, ref: Ref[Draft], asked: Asked) -> Receipt | Repeat:
    def decide(_: Found) -> Decision[Receipt]:
        raise DraftWasSubmitted(draft_id=ref.id)

    return await office.commits.commit(asked.change([ref], decide))


async def _opened(office: Office, saved: Draft, asked: Asked) -> DraftDossier | None:
    """What is written in a draft, opened on record."""
    await record_reading(office.commits, asked, "own", [DraftDossier.field_set], [saved.person_id])
    return await office.vault.open(saved.person_id, DraftDossier.field_set, DraftDossier)


def _existing(saved: Draft | None, draft_id: str) -> Draft:
    if saved is None:
        raise NoSuchDraft(draft_id=draft_id)
    return saved
