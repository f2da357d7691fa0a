"""Submitting, confirming, withdrawing an application, and deciding between those of one contact (rule 1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref, Row
from relevo_chassis.edge.ids import new_code, new_id
from relevo_chassis.edge.vault import PersonKey, Vault, sealed_row
from relevo_intake import codes
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import gate, moved, own_gate, passed
from relevo_intake.domain import application as applications
from relevo_intake.domain import call as calls
from relevo_intake.domain import contact as contacts
from relevo_intake.domain import gate as gates
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.contact import Contact, Linked, NoSuchContact
from relevo_intake.domain.dossier import Dossier
from relevo_intake.letters import letter_row
from relevo_intake.store.people import APPLICATION, CALL, CONTACT


class NewPerson(NamedTuple):
    """Somebody who is about to be known: a fresh id and key, and the row that keeps the key."""

    person_id: str
    key: PersonKey
    row: Row


class SubmitApplication(NamedTuple):
    """An application as it was sent in. The ids and the receipt code were drawn for it; ``gate`` is the process's."""

    call_id: str
    application_id: str
    receipt_code: str
    dossier: Dossier
    consent_version: str
    late_code: str | None
    gate: int

    @property
    def refs(self) -> list[Ref[Any]]:
        """What says whether the call takes it: a gate, and for a late-access code the call that holds it."""
        return [gate(self.call_id, self.gate), *([CALL(self.call_id)] if self.late_code else [])]


class Submitted(NamedTuple):
    """What the applicant is told, once."""

    application_id: str
    receipt_code: str
    submitted_at: datetime


async def new_person(vault: Vault) -> NewPerson:
    person_id = new_id()
    key, row = await vault.new_person(person_id)
    return NewPerson(person_id, key, row._replace(new=True))


def submission(call_id: str, dossier: Dossier, consent_version: str, late_code: str | None) -> SubmitApplication:
    """The command for a fresh application."""
    return SubmitApplication(call_id, new_id(), new_code(), dossier, consent_version, late_code, own_gate())


async def submit_application(
    commits: Commits,
    vault: Vault,
    command: SubmitApplication,
    person: NewPerson,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Seal who it is, link it to its contact, count it into the call. Answers ``Submitted``.

    A first and a linked application take the same steps and get the same answer.
    """
    application = as_received(vault, command, person.person_id, now)
    refs = [*command.refs, APPLICATION(application.application_id), CONTACT(application.contact_id)]
    rows = [person.row, *sealed_rows(person.key, command.dossier, new=True)]

    def decide(found: Found) -> Decision[Submitted]:
        taken = take(vault, found, command, application)
        return Decision(taken.states, taken.events, [*rows, *taken.rows], taken.answer)

    return await commits.commit(Change(refs, decide, now, cause_id, once=once))


def as_received(vault: Vault, command: SubmitApplication, person_id: str, now: datetime) -> Application:
    """The clear part of an application before the call has taken it."""
    confirmation = codes.confirmation_code(vault, command.application_id)
    address = command.dossier.identity.contact
    return Application(
        application_id=command.application_id,
        person_id=person_id,
        call_id=command.call_id,
        edition_id="",
        contact_id=codes.contact_id(vault, command.call_id, address, command.application_id),
        receipt_hash=codes.receipt_hash(vault, command.receipt_code),
        confirmation_hash="" if address is None else codes.confirmation_hash(vault, confirmation),
        has_contact=address is not None,
        submitted_at=now,
        consent_version=command.consent_version,
    )


def sealed_rows(key: PersonKey, dossier: Dossier, *, new: bool = False) -> list[Row]:
    return [sealed_row(key, part.field_set, part, new=new) for part in dossier.parts]


def take(vault: Vault, found: Found, command: SubmitApplication, received: Application) -> Decision[Submitted]:
    """The decision on an application: a gate counts it in, the contact links it, the letter is queued."""
    gate_ref, ref = gate(command.call_id, command.gate), APPLICATION(received.application_id)
    contact_ref = CONTACT(received.contact_id)
    now = received.submitted_at
    before = passed(found, gate_ref)
    late = before.standing_at(now) == "closed" and command.late_code is not None
    taken = gates.take(before, now, late=late)
    application, events = applications.submit(
        received.model_copy(update={"edition_id": taken.edition_id, "late": late})
    )
    contact = contacts.link(
        found[contact_ref],
        Contact(contact_id=received.contact_id, call_id=command.call_id),
        Linked(application_id=received.application_id, submitted_at=now, late=late),
    )
    answer = Submitted(received.application_id, command.receipt_code, now)
    states = [New(gate_ref, taken), New(ref, application), New(contact_ref, contact)]
    if late:
        states.append(_late(vault, found, command, now))
    writes = application.has_contact and contacts.may_be_written_to(contact, now)
    letters = [_receipt(application)] if writes else []
    return Decision(states, events, letters, answer)


def _late(vault: Vault, found: Found, command: SubmitApplication, now: datetime) -> New:
    """The call with the late-access code used up."""
    ref = CALL(command.call_id)
    hashed = codes.late_code_hash(vault, command.call_id, command.late_code or "")
    return New(ref, calls.use_late_code(existing(found[ref], command.call_id), command.application_id, now, hashed))


def _receipt(application: Application) -> Row:
    facts = {"application_id": application.application_id}
    letter = letter_row(application.application_id, application.person_id, "receipt", facts, application.submitted_at)
    return letter._replace(new=True)


async def confirm_application(
    commits: Commits, application: Application, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """The holder of the contact says that this one stands. Answers the instant."""
    ref, contact_ref = APPLICATION(application.application_id), CONTACT(application.contact_id)
    gate_ref = gate(application.call_id)

    def decide(found: Found) -> Decision[datetime | None]:
        one, contact = found[ref], found[contact_ref]
        if one is None or contact is None or one.state == "erased":
            raise NoSuchApplication()
        if not one.alive:
            raise ApplicationWasWithdrawn(application_id=one.application_id)
        closes_at = passed(found, gate_ref).closes_at
        confirmed = contacts.confirm(contact, one.application_id, now, closes_at)
        if confirmed is contact:
            return Decision(answer=contacts.confirmed_at(contact, one.application_id))
        facts = {"application_id": one.application_id}
        letter = letter_row(cause_id, one.person_id, "confirmation", facts, now)
        states = [New(contact_ref, confirmed)]
        if now < closes_at or one.late:
            states += moved(found, gate_ref, "standing")
        return Decision(states, rows=[letter], answer=now)

    return await commits.commit(Change([ref, contact_ref, gate_ref], decide, now, cause_id, once=once))


async def decide_contact(
    commits: Commits, contact: Contact, application_id: str, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """A coordinator says which of several unconfirmed applications stands. Answers the contact."""
    ref, gate_ref = CONTACT(contact.contact_id), gate(contact.call_id)

    def decide(found: Found) -> Decision[Contact]:
        present = found[ref]
        if present is None:
            raise NoSuchContact(contact_id=contact.contact_id)
        closes_at = passed(found, gate_ref).closes_at
        decided = contacts.decide(present, application_id, now, closes_at)
        on_record = [Decided("contact_decided", ref, (contact.call_id, application_id))]
        states = [New(ref, decided), *moved(found, gate_ref, "standing")]
        return Decision(states, answer=decided, on_record=on_record)

    return await commits.commit(Change([ref, gate_ref], decide, now, cause_id, once=once))
