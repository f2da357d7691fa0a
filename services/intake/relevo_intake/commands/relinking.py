"""An application whose contact changes: linked to the new one while its call is open (rule 1)."""

from __future__ import annotations

from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Found, New, Ref, Row
from relevo_chassis.people.vault import Vault
from relevo_intake import codes
from relevo_intake.commands.gates import gate, gate_in, moved
from relevo_intake.domain import contact, details
from relevo_intake.domain.application import Application
from relevo_intake.domain.contact import Contact, Linked
from relevo_intake.domain.details import Details
from relevo_intake.letters import letter_row
from relevo_intake.store.people import CONTACT


class NewContact(NamedTuple):
    """The contact that an application is to name, or that of one which names nobody."""

    contact_id: str
    has_contact: bool


class Relinked(NamedTuple):
    """What changes when an application names another contact."""

    application: Application
    details: Details
    states: list[New]
    rows: list[Row]


def relinking_refs(application: Application, contact_id: str) -> list[Ref[Any]]:
    """What a change must name to link the application to another contact."""
    both = {application.contact_id, contact_id}
    return [gate(application.call_id), *(CONTACT(each) for each in sorted(both))]


def relinked(
    vault: Vault, found: Found, application: Application, known: Details, to: NewContact, asked: Asked
) -> Relinked:
    """The application under its new contact.

    While the call is open it leaves the old one, where it still counts against the letters of a day, is linked to the
    new one unconfirmed, and is confirmed by another code. After the close who stands is settled: letters go elsewhere,
    and nothing else changes.
    """
    gate_ref, contact_id, now = gate(application.call_id), to.contact_id, asked.now
    changed = application.model_copy(update={"has_contact": to.has_contact})
    if contact_id == application.contact_id or gate_in(found, gate_ref).state_at(now) == "closed":
        return Relinked(changed, known, [], [])
    named = application.named + 1
    code = codes.confirmation_code(vault, application.application_id, named)
    changed = changed.model_copy(
        update={
            "contact_id": contact_id,
            "named": named,
            "confirmation_hash": codes.confirmation_hash(vault, code) if to.has_contact else "",
        }
    )
    new = contact.link(
        found[CONTACT(contact_id)],
        Contact(contact_id=contact_id, call_id=application.call_id),
        Linked(
            application_id=application.application_id,
            submitted_at=application.submitted_at,
            named_at=now,
            late=application.late,
        ),
    )
    states = [New(CONTACT(contact_id), new), *moved(found, gate_ref, "standing")]
    old = found[CONTACT(application.contact_id)]
    if old is not None:
        states.append(New(CONTACT(old.contact_id), contact.withdraw(old, application.application_id)))
    facts: dict[str, str | int] = {"application_id": application.application_id, "named": named}
    may_write = to.has_contact and contact.may_get_receipt(new, now)
    rows = [letter_row(asked.cause_id, application.person_id, "receipt", facts, now)] if may_write else []
    return Relinked(changed, details.leave(known, application.contact_id), states, rows)
