"""What a person said about themselves, corrected by them or by staff; contacts proposed, confirmed, refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat, Row
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import SEALED, PersonErased, PersonKey, Vault, sealed_row
from relevo_contracts.model import Event
from relevo_intake import codes
from relevo_intake.commands.office import Office, staff_of
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.relinking import NewContact, relinked, relinking_refs
from relevo_intake.domain import details, participant
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.details import CorrectedMeanwhile, Correction, DetailName, Details, Proposed
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.domain.sealed import Identity, ProposedContact, WhyCorrected
from relevo_intake.letters import letter_row
from relevo_intake.letters.arrival import again, failed_letters_of
from relevo_intake.letters.queue import Addressee, letter_to
from relevo_intake.shown import AsShown, Purpose, identity_shown
from relevo_intake.store.choosing import PARTICIPANT
from relevo_intake.store.people import APPLICATION, DETAILS
from relevo_intake.words import LetterKind


@dataclass(frozen=True, slots=True)
class CorrectDetails:
    """What is said anew of whoever applied, by themselves or by staff, who say why."""

    application: Application
    new_values: Mapping[DetailName, str | None]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SeeDetails:
    """Whose details."""

    application: Application


@dataclass(frozen=True, slots=True)
class SeeCorrections:
    """Whose details were corrected."""

    application: Application


@dataclass(frozen=True, slots=True)
class ConfirmContact:
    """Whoever holds the contact that staff proposed for an application says that it is theirs."""

    application: Application


@dataclass(frozen=True, slots=True)
class RefuseContact:
    """The applicant does not want the contact that staff proposed."""

    application: Application


class OwnDetails(NamedTuple):
    """What a person said of themselves, as it stands; ``proposed`` is a contact that waits for its holder."""

    application_id: str
    identity: AsShown
    details: Details
    proposed: str | None = None


class Corrected(NamedTuple):
    """How the details stand after a correction; ``correction`` is ``None`` when all was so already."""

    application: Application
    identity: AsShown
    details: Details
    correction: Correction | None


class Reasoned(NamedTuple):
    """A correction, and why staff made it."""

    correction: Correction
    reason: str | None


class Corrections(NamedTuple):
    """All corrections of an application, first to last."""

    application_id: str
    made: Sequence[Reasoned]


class OpenedDetails(NamedTuple):
    """A person's details as they were read, for a change that stands only if nobody corrected them since."""

    application: Application
    details: Details
    identity: Identity
    key: PersonKey
    failed: Sequence[Mapping[str, Any]]


class DetailsChange(NamedTuple):
    """What is said anew and not so already, by whom of the staff, and the contact that the application then names."""

    details: Mapping[DetailName, str | None]
    correction_id: str
    by: str
    reason: str
    contact_id: str


def place_of_reason(correction_id: str) -> str:
    """The field set under which the reason of a correction is sealed."""
    return f"correction-{correction_id}"


async def _opened_details(office: Office, application: Application, purpose: Purpose, asked: Asked) -> OpenedDetails:
    """A person's details, opened on record. Raises ``PersonErased``."""
    person_id, vault = application.person_id, office.vault
    await record_reading(office.commits, asked, purpose, (Identity.field_set, ProposedContact.field_set), [person_id])
    details = await office.store.state(DETAILS(application.application_id))
    identity = await vault.open(person_id, Identity.field_set, Identity)
    if identity is None:
        raise PersonErased(person_id)
    failed = await failed_letters_of(office.store, person_id)
    return OpenedDetails(
        application, details or _none_yet(application), identity, await vault.key_of(person_id), failed
    )


async def see_details(office: Office, query: SeeDetails, asked: Asked) -> OwnDetails:
    """Name, contact, language and display choice as they stand, for whoever they are about. Raises ``PersonErased``."""
    opened = await _opened_details(office, query.application, "own", asked)
    address = await office.vault.open(query.application.person_id, ProposedContact.field_set, ProposedContact)
    proposed = opened.details.proposed
    waits = proposed is not None and proposed.waits(asked.now)
    proposed_contact = address.contact if address and waits else None
    return OwnDetails(query.application.application_id, _own(opened.identity), opened.details, proposed_contact)


def _own(identity: Identity) -> AsShown:
    """What was said is shown to whoever it is about, and to nobody else."""
    return identity_shown(identity, "applicant", "own")


async def see_corrections(office: Office, query: SeeCorrections, asked: Asked) -> Corrections:
    """All corrections of an application, first to last, with the reasons of staff, opened on record."""
    one = query.application
    details = await office.store.state(DETAILS(one.application_id))
    listed = details.corrections if details else ()
    places = {each.correction_id: place_of_reason(each.correction_id) for each in listed if each.by}
    if not places or one.state == "erased":
        return Corrections(one.application_id, [Reasoned(each, None) for each in listed])
    await record_reading(office.commits, asked, "casework", places.values(), [one.person_id])
    opened = {id: await office.vault.open(one.person_id, place, WhyCorrected) for id, place in places.items()}
    made = [Reasoned(each, why.text if (why := opened.get(each.correction_id)) else None) for each in listed]
    return Corrections(one.application_id, made)


async def correct_details(office: Office, command: CorrectDetails, asked: Asked) -> Corrected | Repeat:
    """Correct name, contact, language or display.

    What staff say of the contact is proposed and counts when its holder confirms it; everything else counts at once.
    Raises what ``details.may_correct`` raises, ``ApplicationWasWithdrawn`` or ``CorrectedMeanwhile``.
    """
    one, by = command.application, staff_of(asked)
    before = await _opened_details(office, one, "casework" if by else "own", asked)
    differing = details.differing(before.identity, dict(command.new_values))
    contact_id = _contact_id(office.vault, one, differing.get("contact", before.identity.contact))
    change = DetailsChange(differing, new_id(), by, command.reason, contact_id)
    refs = _refs(one, None if by or "contact" not in differing else contact_id)

    def decide(found: Found) -> Decision[Corrected]:
        present, known = _as_read(found, before)
        if not differing:
            return Decision(answer=Corrected(present, _own(before.identity), known, None))
        details.may_correct(known, differing, by=by, has_contact=present.has_contact, now=asked.now)
        return _corrected(office.vault, found, before, change, asked)

    return await office.commits.commit(asked.change(refs, decide))


async def confirm_contact(office: Office, command: ConfirmContact, asked: Asked) -> datetime | Repeat:
    """Whoever holds the proposed contact says that it is theirs: from now on letters go there. Answers since when.

    Raises ``NoProposedContact``.
    """
    vault, now = office.vault, asked.now
    before = await _opened_details(office, command.application, "own", asked)
    address = await vault.open(command.application.person_id, ProposedContact.field_set, ProposedContact)
    proposed = details.open_proposal(before.details, now)
    if address is None:
        raise details.NoProposedContact()
    identity = before.identity.model_copy(update={"contact": address.contact})

    def decide(found: Found) -> Decision[datetime]:
        one, known = _as_read(found, before)
        confirmed = details.confirm_proposal(known, now)
        to = NewContact(proposed.contact_id, has_contact=True)
        moved = relinked(vault, found, one, confirmed, to, asked)
        states = [New(APPLICATION(one.application_id), moved.application), *moved.states]
        states.append(New(DETAILS(one.application_id), moved.details))
        rows = [sealed_row(before.key, Identity.field_set, identity), _no_proposal(one), *again(before.failed)]
        decided = Decided("contact_confirmed", APPLICATION(one.application_id), (one.call_id,))
        return Decision(states, _events(found, one, now), [*rows, *moved.rows], now, [decided])

    refs = _refs(command.application, proposed.contact_id)
    return await office.commits.commit(asked.change(refs, decide))


async def refuse_contact(office: Office, command: RefuseContact, asked: Asked) -> Details | Repeat:
    """The person does not want the contact that staff proposed."""
    one = command.application
    ref = DETAILS(one.application_id)

    def decide(found: Found) -> Decision[Details]:
        refused = details.refuse(found[ref], asked.now)
        decided = Decided("contact_refused", ref, (one.call_id,))
        return Decision([New(ref, refused)], rows=[_no_proposal(one)], answer=refused, on_record=[decided])

    return await office.commits.commit(asked.change([ref], decide))


def _corrected(
    vault: Vault, found: Found, before: OpenedDetails, change: DetailsChange, asked: Asked
) -> Decision[Corrected]:
    by, now = change.by, asked.now
    one = found[APPLICATION(before.application.application_id)] or before.application
    correction = Correction(correction_id=change.correction_id, at=now, details=tuple(sorted(change.details)), by=by)
    known = details.corrected(before.details, correction)
    at_once = {name: value for name, value in change.details.items() if not (by and name == "contact")}
    identity = before.identity.model_copy(update={str(name): value for name, value in at_once.items()})
    rows = [sealed_row(before.key, Identity.field_set, identity)] if at_once else []
    states: list[New] = []
    if "contact" in at_once:
        to = NewContact(change.contact_id, has_contact=at_once["contact"] is not None)
        moved = relinked(vault, found, one, known, to, asked)
        one, known = moved.application, moved.details
        states, rows = moved.states, [*rows, *moved.rows, *again(before.failed), _no_proposal(one)]
        states.append(New(APPLICATION(one.application_id), one))
    elif "contact" in change.details:
        known = details.propose(known, _proposed(vault, one, correction, change.contact_id))
        rows += _proposal(before, identity, correction, str(change.details["contact"]), asked)
    rows += _notices(before, identity, correction, asked)
    states.append(New(DETAILS(one.application_id), known))
    events = _events(found, one, now) if at_once.keys() - {"letters"} else []
    answer = Corrected(one, _own(identity), known, correction)
    return Decision(states, events, rows, answer, [_decided(before, correction, change.reason)])


def _decided(before: OpenedDetails, correction: Correction, reason: str) -> Decided:
    """Who corrected which details; the reason of staff sealed under the person."""
    one = before.application
    why = (
        sealed_row(before.key, place_of_reason(correction.correction_id), WhyCorrected(text=reason)) if reason else None
    )
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
    before: OpenedDetails, identity: Identity, correction: Correction, contact: str, asked: Asked
) -> list[Row]:
    """The address, sealed until its holder has spoken, and the letter that asks them."""
    letter = _letter(before, "contact_proposed", correction, asked)
    to = Addressee(contact=contact, language=identity.language)
    sealed = sealed_row(before.key, ProposedContact.field_set, ProposedContact(contact=contact))
    return [sealed, letter_to(letter, before.key, to)]


def _notices(before: OpenedDetails, identity: Identity, correction: Correction, asked: Asked) -> list[Row]:
    """The address so far is told that another is to take its place; of what else staff corrected, the person is."""
    rows = []
    former = before.identity.contact
    if "contact" in correction.details and former is not None:
        letter = _letter(before, "contact_changed", correction, asked)
        rows.append(letter_to(letter, before.key, Addressee(contact=former, language=identity.language)))
    if correction.by and set(correction.details) - {"contact"}:
        rows.append(_letter(before, "details_corrected", correction, asked))
    return rows


def _letter(before: OpenedDetails, kind: LetterKind, correction: Correction, asked: Asked) -> Row:
    facts: dict[str, str | int] = {
        "application_id": before.application.application_id,
        "correction_id": correction.correction_id,
        "by_staff": int(bool(correction.by)),
    }
    return letter_row(asked.cause_id, before.application.person_id, kind, facts, asked.now)


def _events(found: Found, application: Application, now: datetime) -> list[Event]:
    """That details were corrected, when the person takes part; what they are is asked for where they are needed."""
    taking_part = found[PARTICIPANT(participant_id_of(application.application_id))]
    return [participant.details_corrected(taking_part, now)] if taking_part else []


def _as_read(found: Found, before: OpenedDetails) -> tuple[Application, Details]:
    """What was read, if it still is so. Raises ``CorrectedMeanwhile``, ``ApplicationWasWithdrawn``."""
    one = found[APPLICATION(before.application.application_id)]
    if one is None or one.state == "erased":
        raise NoSuchApplication()
    if not one.alive:
        raise ApplicationWasWithdrawn(application_id=one.application_id)
    known = found[DETAILS(one.application_id)] or _none_yet(one)
    if known.changes != before.details.changes or one.contact_id != before.application.contact_id:
        raise CorrectedMeanwhile(application_id=one.application_id)
    return one, known


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
