"""Submitting, confirming, withdrawing an application, and deciding between those of one contact (rule 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_code, new_id
from relevo_chassis.people.vault import PersonKey, Vault, sealed_row
from relevo_intake import codes
from relevo_intake.commands.calls import existing
from relevo_intake.commands.departures import departure, departure_refs
from relevo_intake.commands.gates import gate, gate_in, moved, own_gate
from relevo_intake.commands.guarding import proof_refs, used_proof
from relevo_intake.commands.office import Office
from relevo_intake.commands.questions import questions_in_force
from relevo_intake.domain import application, call, contact
from relevo_intake.domain.answers import require_fitting, sealed_answers
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.contact import Contact, Linked, NoSuchContact
from relevo_intake.domain.gate import let_in
from relevo_intake.domain.guard import Proof
from relevo_intake.domain.sealed import AnswerValue, Dossier, Identity, Statement
from relevo_intake.letters import letter_row
from relevo_intake.store.people import APPLICATION, CALL, CONTACT


class NewPerson(NamedTuple):
    """Somebody who is about to be known: a fresh id and keys, and the rows that keep the keys."""

    person_id: str
    key: PersonKey
    rows: Sequence[Row]


class NewApplication(NamedTuple):
    """An application on its way in, under the id and the receipt code that are its own; only whoever came in with the
    code is shown it again."""

    call_id: str
    application_id: str
    receipt_hash: str
    receipt_code: str | None
    dossier: Dossier
    consent_version: str
    late_code: str | None
    gate: int

    @property
    def refs(self) -> list[Ref[Any]]:
        """What says whether the call takes it: a gate, and for a late-access code the call that holds it."""
        return [gate(self.call_id, self.gate), *([CALL(self.call_id)] if self.late_code else [])]


class Receipt(NamedTuple):
    """What the applicant is told, once."""

    application_id: str
    receipt_code: str | None
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class SubmitApplication:
    """An application as somebody sends it in whom nobody knows yet; ``gate`` is the process's."""

    call_id: str
    person: NewPerson
    dossier: Dossier
    consent_version: str
    late_code: str | None = None
    answers: Mapping[str, AnswerValue] = field(default_factory=dict)
    proof: Proof | None = None
    gate: int = field(default_factory=own_gate)


@dataclass(frozen=True, slots=True)
class ConfirmApplication:
    """Whoever holds the contact says that this application stands."""

    application: Application


@dataclass(frozen=True, slots=True)
class WithdrawApplication:
    """The applicant takes it back."""

    application: Application


@dataclass(frozen=True, slots=True)
class DecideContact:
    """Which of several unconfirmed applications of a contact stands."""

    contact_id: str
    application_id: str


async def application_of(store: Store, application_id: str) -> Application:
    """Raises ``NoSuchApplication``."""
    found = await store.state(APPLICATION(application_id))
    if found is None:
        raise NoSuchApplication()
    return found


async def new_person(vault: Vault) -> NewPerson:
    person_id = new_id()
    return NewPerson(person_id, *await vault.new_person(person_id, Identity, Statement))


async def submit_application(office: Office, command: SubmitApplication, asked: Asked) -> Receipt | Repeat:
    """Seal who it is, link it to its contact, count it into the call.

    A first and a linked application take the same steps and get the same answer. Raises ``AnswersDoNotFit``, and
    ``ProofIsWanted`` or ``ProofIsNotGood`` while the call is under attack.
    """
    person, vault = command.person, office.vault
    questions = await questions_in_force(office, command.call_id, asked.now)
    require_fitting(questions, command.answers)
    dossier = command.dossier.model_copy(update={"answers": sealed_answers(questions, command.answers)})
    parts = (dossier, command.consent_version, command.late_code, command.gate)
    code = new_code()
    new = NewApplication(command.call_id, new_id(), codes.receipt_hash(vault, code), code, *parts)
    clear = clear_part(vault, new, person.person_id, asked.now)
    refs = [*new.refs, APPLICATION(clear.application_id), CONTACT(clear.contact_id), *proof_refs(command.proof)]
    rows = [*person.rows, *sealed_rows(person.key, new.dossier, new=True)]

    def decide(found: Found) -> Decision[Receipt]:
        admitted = admission(vault, found, new, clear)
        used = used_proof(found, gate_in(found, gate(new.call_id, new.gate)), command.proof)
        return Decision([*admitted.states, *used], admitted.events, [*rows, *admitted.rows], admitted.answer)

    return await office.commits.commit(asked.change(refs, decide))


def clear_part(vault: Vault, new: NewApplication, person_id: str, now: datetime) -> Application:
    """The clear part of an application before the call has taken it."""
    confirmation = codes.confirmation_code(vault, new.application_id)
    address = new.dossier.identity.contact
    return Application(
        application_id=new.application_id,
        person_id=person_id,
        call_id=new.call_id,
        edition_id="",
        contact_id=codes.contact_id(vault, new.call_id, address, new.application_id),
        receipt_hash=new.receipt_hash,
        confirmation_hash="" if address is None else codes.confirmation_hash(vault, confirmation),
        has_contact=address is not None,
        submitted_at=now,
        consent_version=new.consent_version,
    )


def sealed_rows(key: PersonKey, dossier: Dossier, *, new: bool = False) -> list[Row]:
    return [sealed_row(key, part.field_set, part, new=new) for part in dossier.parts]


def admission(vault: Vault, found: Found, new: NewApplication, clear: Application) -> Decision[Receipt]:
    """The decision on an application: a gate counts it in, the contact links it, the letter is queued."""
    gate_ref, ref = gate(new.call_id, new.gate), APPLICATION(clear.application_id)
    contact_ref = CONTACT(clear.contact_id)
    now = clear.submitted_at
    before = gate_in(found, gate_ref)
    late = before.state_at(now) == "closed" and new.late_code is not None
    through = let_in(before, now, late=late)
    submitted, events = application.submit(clear.model_copy(update={"edition_id": through.edition_id, "late": late}))
    linked = contact.link(
        found[contact_ref],
        Contact(contact_id=clear.contact_id, call_id=new.call_id),
        Linked(application_id=clear.application_id, submitted_at=now, late=late),
    )
    answer = Receipt(clear.application_id, new.receipt_code, now)
    states = [New(gate_ref, through), New(ref, submitted), New(contact_ref, linked)]
    if late:
        states.append(_late(vault, found, new, now))
    may_write = submitted.has_contact and contact.may_get_receipt(linked, now)
    letters = [_receipt_letter(submitted)] if may_write else []
    return Decision(states, events, letters, answer)


def _late(vault: Vault, found: Found, new: NewApplication, now: datetime) -> New:
    """The call with the late-access code used up."""
    ref = CALL(new.call_id)
    hashed = codes.late_code_hash(vault, new.call_id, new.late_code or "")
    return New(ref, call.use_late_code(existing(found[ref], new.call_id), new.application_id, now, hashed))


def _receipt_letter(submitted: Application) -> Row:
    facts = {"application_id": submitted.application_id}
    letter = letter_row(submitted.application_id, submitted.person_id, "receipt", facts, submitted.submitted_at)
    return letter._replace(new=True)


async def confirm_application(office: Office, command: ConfirmApplication, asked: Asked) -> datetime | Repeat | None:
    """The holder of the contact says that this one stands. Answers since when it does."""
    ref, contact_ref = APPLICATION(command.application.application_id), CONTACT(command.application.contact_id)
    gate_ref = gate(command.application.call_id)

    def decide(found: Found) -> Decision[datetime | None]:
        one, named = found[ref], found[contact_ref]
        if one is None or named is None or one.state == "erased":
            raise NoSuchApplication()
        if not one.alive:
            raise ApplicationWasWithdrawn(application_id=one.application_id)
        closes_at = gate_in(found, gate_ref).closes_at
        confirmed = contact.confirm(named, one.application_id, asked.now, closes_at)
        if confirmed is named:
            return Decision(answer=contact.confirmed_at(named, one.application_id))
        facts = {"application_id": one.application_id}
        letter = letter_row(asked.cause_id, one.person_id, "confirmation", facts, asked.now)
        states = [New(contact_ref, confirmed)]
        if asked.now < closes_at or one.late:
            states += moved(found, gate_ref, "standing")
        return Decision(states, rows=[letter], answer=asked.now)

    return await office.commits.commit(asked.change([ref, contact_ref, gate_ref], decide))


async def withdraw_application(office: Office, command: WithdrawApplication, asked: Asked) -> Application | Repeat:
    """The applicant takes it back; the other applications of the contact stand as if it had never been.

    A seat or place on the waitlist goes in the same transaction.
    """
    ref, contact_ref = APPLICATION(command.application.application_id), CONTACT(command.application.contact_id)
    gate_ref = gate(command.application.call_id)

    def decide(found: Found) -> Decision[Application]:
        one, named = found[ref], found[contact_ref]
        if one is None:
            raise NoSuchApplication()
        withdrawn, events = application.withdraw(one, asked.now)
        left = departure(found, one, asked.now)
        states = [New(ref, withdrawn), *left.states]
        if named:
            states.append(New(contact_ref, contact.withdraw(named, one.application_id)))
        states += moved(found, gate_ref, "departures") if events else []
        return Decision(states, [*events, *left.events], left.rows, withdrawn)

    refs: list[Ref[Any]] = [ref, contact_ref, gate_ref, *departure_refs(command.application)]
    return await office.commits.commit(asked.change(refs, decide))


async def decide_contact(office: Office, command: DecideContact, asked: Asked) -> Contact | Repeat:
    """A coordinator says which of several unconfirmed applications stands. Raises ``NoSuchContact``."""
    ref = CONTACT(command.contact_id)
    named = await office.store.state(ref)
    if named is None:
        raise NoSuchContact(contact_id=ref.id)
    gate_ref = gate(named.call_id)

    def decide(found: Found) -> Decision[Contact]:
        present = found[ref]
        if present is None:
            raise NoSuchContact(contact_id=ref.id)
        closes_at = gate_in(found, gate_ref).closes_at
        decided = contact.decide(present, command.application_id, asked.now, closes_at)
        on_record = [Decided("contact_decided", ref, (present.call_id, command.application_id))]
        states = [New(ref, decided), *moved(found, gate_ref, "standing")]
        return Decision(states, answer=decided, on_record=on_record)

    return await office.commits.commit(asked.change([ref, gate_ref], decide))
