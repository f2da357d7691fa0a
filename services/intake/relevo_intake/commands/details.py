"""What a person said about themselves, corrected by them or by staff; contacts proposed, confirmed, refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.vault import SEALED, PersonErased, PersonKey, Vault, sealed_row
from relevo_contracts.model import Event, Frozen
from relevo_intake import codes
from relevo_intake.commands.readings import Purpose, record_reading
from relevo_intake.commands.relinking import relinked, relinking_refs
from relevo_intake.domain import details as corrections
from relevo_intake.domain import participant as participants
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.details import (
    CorrectedMeanwhile,
    Correction,
    DetailName,
    Details,
    Proposed,
    ProposedContact,
)
from relevo_intake.domain.dossier import Identity
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.letters import letter_row
from relevo_intake.letters.arrival import again, failed_letters_of
from relevo_intake.letters.queue import Addressee, LetterKind, letter_to
from relevo_intake.store.choosing import PARTICIPANT
from relevo_intake.store.people import APPLICATION, DETAILS


class CorrectDetails(NamedTuple):
    """What is said anew. ``by`` is empty when the person says it, with the receipt code."""

    correction_id: str
    given: Mapping[DetailName, Any]
    by: str = ""
    reason: str = ""


class Corrected(NamedTuple):
    """How the details stand after a correction; ``correction`` is ``None`` when all was so already."""

    application: Application
    identity: Identity
    details: Details
    correction: Correction | None


class Reason(Frozen):
    """Why staff corrected something."""

    text: str


class Opened(NamedTuple):
    """A person's details as they were read, for a change that stands only if nobody corrected them since."""

    application: Application
    details: Details
    identity: Identity
    key: PersonKey
    failed: Sequence[Mapping[str, Any]]


def place_of_reason(correction_id: str) -> str:
    """The field set under which the reason of a correction is sealed."""
    return f"correction-{correction_id}"


async def opened_details(
    commits: Commits, store: Store, vault: Vault, application: Application, reader: str, purpose: Purpose, now: datetime
) -> Opened:
    """A person's details, opened on record. Raises ``PersonErased``."""
    person_id = application.person_id
    fields = (Identity.field_set, ProposedContact.field_set)
    await record_reading(commits, reader=reader, purpose=purpose, field_sets=fields, person_ids=[person_id], now=now)
    details = await store.state(DETAILS(application.application_id))
    identity = await vault.open(person_id, Identity.field_set, Identity)
    if identity is None:
        raise PersonErased(person_id)
    return Opened(
        application,
        details or _none_yet(application),
        identity,
        await vault.key_of(person_id),
        await failed_letters_of(store, person_id),
    )


async def correct_details(
    commits: Commits,
    store: Store,
    vault: Vault,
    application: Application,
    command: CorrectDetails,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Correct name, contact, language or display. Answers ``Corrected``.

    What staff say of the contact is proposed and counts when its holder confirms it; everything else counts at once.
    Raises what ``corrections.may_correct`` raises, ``ApplicationWasWithdrawn`` or ``CorrectedMeanwhile``.
    """
    reader = command.by or f"applicant/{application.application_id}"
    before = await opened_details(commits, store, vault, application, reader, "casework" if command.by else "own", now)
    given = corrections.differing(before.identity, dict(command.given))
    contact_id = _contact_id(vault, application, given.get("contact", before.identity.contact))
    refs = _refs(application, None if command.by or "contact" not in given else contact_id)

    def decide(found: Found) -> Decision[Corrected]:
        one, details = _as_read(found, before)
        if not given:
            return Decision(answer=Corrected(one, before.identity, details, None))
        corrections.may_correct(details, given, by=command.by, has_contact=one.has_contact, now=now)
        return _corrected(vault, found, before, command, given, contact_id, now, cause_id)

    return await commits.commit(Change(refs, decide, now, cause_id, once=once, by=reader))


async def confirm_contact(
    commits: Commits,
    store: Store,
    vault: Vault,
    application: Application,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Whoever holds the proposed contact says that it is theirs: from now on letters go there. Answers the instant.

    Raises ``NoProposedContact``.
    """
    reader = f"contact/{application.application_id}"
    before = await opened_details(commits, store, vault, application, reader, "own", now)
    address = await vault.open(application.person_id, ProposedContact.field_set, ProposedContact)
    proposed = corrections.open_proposal(before.details, now)
    if address is None:
        raise corrections.NoProposedContact()
    identity = before.identity.model_copy(update={"contact": address.contact})
    refs = _refs(application, proposed.contact_id)

    def decide(found: Found) -> Decision[datetime]:
        one, details = _as_read(found, before)
        taken = corrections.take_up(details, now)
        moved = relinked(vault, found, one, taken, proposed.contact_id, has_contact=True, cause_id=cause_id, now=now)
        states = [New(APPLICATION(one.application_id), moved.application), *moved.states]
        states.append(New(DETAILS(one.application_id), moved.details))
        rows = [sealed_row(before.key, Identity.field_set, identity), _no_proposal(one), *again(before.failed)]
        decided = Decided("contact_confirmed", APPLICATION(one.application_id), (one.call_id,))
        return Decision(states, _told(found, one, now), [*rows, *moved.rows], now, [decided])

    return await commits.commit(Change(refs, decide, now, cause_id, once=once, by=reader))


async def refuse_contact(
    commits: Commits, application: Application, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """The person does not want the contact that staff proposed. Answers the ``Details``."""
    ref = DETAILS(application.application_id)

    def decide(found: Found) -> Decision[Details]:
        refused = corrections.refuse(found[ref], now)
        decided = Decided("contact_refused", ref, (application.call_id,))
        return Decision([New(ref, refused)], rows=[_no_proposal(application)], answer=refused, on_record=[decided])

    by = f"applicant/{application.application_id}"
    return await commits.commit(Change([ref], decide, now, cause_id, once=once, by=by))


def _corrected(
    vault: Vault,
    found: Found,
    before: Opened,
    command: CorrectDetails,
    given: dict[DetailName, Any],
    contact_id: str,
    now: datetime,
    cause_id: str,
) -> Decision[Corrected]:
    by = command.by
    one = found[APPLICATION(before.application.application_id)] or before.application
    correction = Correction(correction_id=command.correction_id, at=now, details=tuple(sorted(given)), by=by)
    details = corrections.corrected(before.details, correction)
    at_once: dict[str, Any] = {name: value for name, value in given.items() if not (by and name == "contact")}
    identity = before.identity.model_copy(update=at_once)
    rows = [sealed_row(before.key, Identity.field_set, identity)] if at_once else []
    states: list[New] = []
    if "contact" in at_once:
        has_contact = at_once["contact"] is not None
        moved = relinked(vault, found, one, details, contact_id, has_contact=has_contact, cause_id=cause_id, now=now)
        one, details = moved.application, moved.details
        states, rows = moved.states, [*rows, *moved.rows, *again(before.failed), _no_proposal(one)]
        states.append(New(APPLICATION(one.application_id), one))
    elif "contact" in given:
        details = corrections.propose(details, _proposed(vault, one, correction, contact_id))
        rows += _proposal(before, identity, correction, str(given["contact"]), now, cause_id)
    rows += _told_by_letter(before, identity, correction, now, cause_id)
    states.append(New(DETAILS(one.application_id), details))
    events = _told(found, one, now) if at_once else []
    answer = Corrected(one, identity, details, correction)
    return Decision(states, events, rows, answer, [_on_record(before, correction, command.reason)])


def _on_record(before: Opened, correction: Correction, reason: str) -> Decided:
    """Who corrected which details; the reason of staff sealed under the person."""
    one = before.application
    why = sealed_row(before.key, place_of_reason(correction.correction_id), Reason(text=reason)) if reason else None
    code = "_".join(("corrected", *correction.details))
    return Decided(code, DETAILS(one.application_id), (one.person_id, one.call_id), reason=why)


def _proposed(vault: Vault, application: Application, correction: Correction, contact_id: str) -> Proposed:
    code = codes.contact_code(vault, application.application_id, correction.correction_id)
    return Proposed(
        correction_id=correction.correction_id,
        contact_id=contact_id,
        code_hash=codes.confirmation_hash(vault, code),
        proposed_at=correction.at,
    )


def _proposal(
    before: Opened, identity: Identity, correction: Correction, contact: str, now: datetime, cause_id: str
) -> list[Row]:
    """The address, sealed until its holder has spoken, and the letter that asks them."""
    letter = _letter(before, "contact_proposed", correction, now, cause_id)
    to = Addressee(contact=contact, language=identity.language)
    sealed = sealed_row(before.key, ProposedContact.field_set, ProposedContact(contact=contact))
    return [sealed, letter_to(letter, before.key, to)]


def _told_by_letter(
    before: Opened, identity: Identity, correction: Correction, now: datetime, cause_id: str
) -> list[Row]:
    """The address so far is told that another is to take its place; of what else staff corrected, the person is."""
    rows = []
    former = before.identity.contact
    if "contact" in correction.details and former is not None:
        letter = _letter(before, "contact_changed", correction, now, cause_id)
        rows.append(letter_to(letter, before.key, Addressee(contact=former, language=identity.language)))
    if correction.by and set(correction.details) - {"contact"}:
        rows.append(_letter(before, "details_corrected", correction, now, cause_id))
    return rows


def _letter(before: Opened, kind: LetterKind, correction: Correction, now: datetime, cause_id: str) -> Row:
    facts: dict[str, str | int] = {
        "application_id": before.application.application_id,
        "correction_id": correction.correction_id,
        "by_staff": int(bool(correction.by)),
    }
    return letter_row(cause_id, before.application.person_id, kind, facts, now)


def _told(found: Found, application: Application, now: datetime) -> list[Event]:
    """That details were corrected, when the person takes part; what they are is asked for where they are needed."""
    participant = found[PARTICIPANT(participant_id_of(application.application_id))]
    return [participants.details_corrected(participant, now)] if participant else []


def _as_read(found: Found, before: Opened) -> tuple[Application, Details]:
    """What was read, if it still is so. Raises ``CorrectedMeanwhile``, ``ApplicationWasWithdrawn``."""
    one = found[APPLICATION(before.application.application_id)]
    if one is None or one.state == "erased":
        raise NoSuchApplication()
    if not one.alive:
        raise ApplicationWasWithdrawn(application_id=one.application_id)
    details = found[DETAILS(one.application_id)] or _none_yet(one)
    if details.changes != before.details.changes or one.contact_id != before.application.contact_id:
        raise CorrectedMeanwhile(application_id=one.application_id)
    return one, details


def _refs(application: Application, contact_id: str | None) -> list[Ref[Any]]:
    """What a correction names; ``contact_id`` when the application is to name that contact at once."""
    id = application.application_id
    linked = relinking_refs(application, contact_id) if contact_id else []
    return [APPLICATION(id), DETAILS(id), PARTICIPANT(participant_id_of(id)), *linked]


def _contact_id(vault: Vault, application: Application, contact: str | None) -> str:
    return codes.contact_id(vault, application.call_id, contact, application.application_id)


def _no_proposal(application: Application) -> Row:
    return Row(SEALED, f"{application.person_id}/{ProposedContact.field_set}", None)


def _none_yet(application: Application) -> Details:
    return Details(application_id=application.application_id, call_id=application.call_id)
