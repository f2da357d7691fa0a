"""Drafts: saved sealed, read again with the receipt code, submitted, given up when nobody came back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Commits, Decision, Found, New, Once, Ref, Row
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.edge.ids import new_code, new_id
from relevo_chassis.edge.vault import KEYS, SEALED, PersonKey, Vault, sealed_row
from relevo_intake import codes
from relevo_intake.commands.applications import NewPerson, SubmitApplication, Submitted, as_received, sealed_rows, take
from relevo_intake.commands.gates import gate, passed
from relevo_intake.domain import draft as drafts
from relevo_intake.domain.call import CallIsClosed
from relevo_intake.domain.dossier import DraftDossier
from relevo_intake.domain.draft import KEPT_AFTER_CLOSE, Draft, DraftWasSubmitted, NoSuchDraft
from relevo_intake.store.people import APPLICATION, CONTACT, DRAFT

DRAFT_EXPIRES = "draft_expires"


class Saved(NamedTuple):
    """What the applicant is told about a new draft, once."""

    draft: Draft
    receipt_code: str


async def start_draft(
    commits: Commits,
    vault: Vault,
    call_id: str,
    content: DraftDossier,
    person: NewPerson,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Save a first draft for a call that is announced or open. Answers ``Saved``."""
    draft_id, code = new_id(), new_code()
    ref, gate_ref = DRAFT(draft_id), gate(call_id)

    def decide(found: Found) -> Decision[Saved]:
        call = passed(found, gate_ref)
        if call.standing_at(now) == "closed":
            raise CallIsClosed(call_id=call_id)
        draft = Draft(
            draft_id=draft_id,
            person_id=person.person_id,
            call_id=call_id,
            receipt_hash=codes.receipt_hash(vault, code),
            saved_at=now,
            expires_at=call.closes_at + KEPT_AFTER_CLOSE,
        )
        rows = [person.row, sealed_row(person.key, content.field_set, content), _expiry(draft)]
        return Decision([New(ref, draft)], rows=rows, answer=Saved(draft, code))

    return await commits.commit(Change([ref, gate_ref], decide, now, cause_id, once=once))


async def save_draft(
    commits: Commits, draft: Draft, revision: int, content: DraftDossier, key: PersonKey, now: datetime, cause_id: str
) -> Any:
    """Save what was read at ``revision`` anew. Answers the draft; raises ``DraftChanged``."""
    ref = DRAFT(draft.draft_id)

    def decide(found: Found) -> Decision[Draft]:
        saved = drafts.save(_existing(found[ref], draft.draft_id), revision, now)
        return Decision([New(ref, saved)], rows=[sealed_row(key, content.field_set, content)], answer=saved)

    return await commits.commit(Change([ref], decide, now, cause_id))


async def submit_draft(
    commits: Commits,
    vault: Vault,
    draft: Draft,
    command: SubmitApplication,
    key: PersonKey,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Turn the draft, as it was read, into the application of the same id and receipt code. Answers ``Submitted``."""
    received = as_received(vault, command, draft.person_id, now)
    ref = DRAFT(draft.draft_id)
    refs: list[Ref[Any]] = [ref, *command.refs, APPLICATION(draft.draft_id), CONTACT(received.contact_id)]
    rows = [
        *sealed_rows(key, command.dossier),
        Row(SEALED, f"{draft.person_id}/{DraftDossier.field_set}", None),
        deadlines.drop(f"{DRAFT_EXPIRES}/{draft.draft_id}"),
    ]

    def decide(found: Found) -> Decision[Submitted]:
        submitted = drafts.submit(_existing(found[ref], draft.draft_id), draft.revision)
        taken = take(vault, found, command, received)
        return Decision([New(ref, submitted), *taken.states], taken.events, [*rows, *taken.rows], taken.answer)

    return await commits.commit(Change(refs, decide, now, cause_id, once=once))


async def submitted_before(commits: Commits, draft: Draft, once: Once | None, now: datetime, cause_id: str) -> Any:
    """Repeat the answer to a submission whose draft is gone since; raises ``DraftWasSubmitted`` for a new request."""

    def decide(_: Found) -> Decision:
        raise DraftWasSubmitted(draft_id=draft.draft_id)

    return await commits.commit(Change([DRAFT(draft.draft_id)], decide, now, cause_id, once=once))


async def discard_draft(commits: Commits, draft: Draft, now: datetime, cause_id: str) -> None:
    """The applicant gives the draft up: its texts and its person's key go at once."""
    ref = DRAFT(draft.draft_id)

    def decide(found: Found) -> Decision:
        discarded = drafts.discard(_existing(found[ref], draft.draft_id))
        return Decision(
            [New(ref, discarded)], rows=[*_gone(draft), deadlines.drop(f"{DRAFT_EXPIRES}/{draft.draft_id}")]
        )

    await commits.commit(Change([ref], decide, now, cause_id))


def on_draft_expires(deadline: Deadline, now: datetime) -> Change:
    """Nobody came back: the draft, its texts and its person's key go; later when the call is open for longer by now."""
    ref = DRAFT(deadline.aggregate_id)
    gate_ref = gate(deadline.facts.get("call_id", ""))

    def decide(found: Found) -> Decision:
        draft, call = found[ref], found[gate_ref]
        if draft is None:
            return Decision()
        kept = drafts.keep(draft, call.closes_at) if call else draft
        expired = drafts.expire(kept, now)
        if expired.state == "expired" and draft.state == "open":
            return Decision([New(ref, expired)], rows=_gone(draft))
        return Decision([New(ref, kept)], rows=[_expiry(kept)]) if kept != draft else Decision()

    return Change([ref, gate_ref], decide, now, deadline.cause_id)


def _expiry(draft: Draft) -> Row:
    key, facts = f"{DRAFT_EXPIRES}/{draft.draft_id}", {"call_id": draft.call_id}
    return deadlines.put(Deadline(key, DRAFT_EXPIRES, draft.draft_id, draft.expires_at, facts))


def _gone(draft: Draft) -> list[Row]:
    sealed = f"{draft.person_id}/{DraftDossier.field_set}"
    return [Row(KEYS, draft.person_id, None), Row(SEALED, sealed, None)]


def _existing(draft: Draft | None, draft_id: str) -> Draft:
    if draft is None:
        raise NoSuchDraft(draft_id=draft_id)
    return draft
