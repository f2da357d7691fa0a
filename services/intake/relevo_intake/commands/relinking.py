"""An application whose contact changes: linked to the new one while its call is open (rule 1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Found, New, Ref, Row
from relevo_chassis.edge.vault import Vault
from relevo_intake import codes
from relevo_intake.commands.gates import gate, moved, passed
from relevo_intake.domain import contact as contacts
from relevo_intake.domain import details as corrections
from relevo_intake.domain.application import Application
from relevo_intake.domain.contact import Contact, Linked
from relevo_intake.domain.details import Details
from relevo_intake.letters import letter_row
from relevo_intake.store.people import CONTACT


class Moved(NamedTuple):
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
    vault: Vault,
    found: Found,
    application: Application,
    details: Details,
    contact_id: str,
    *,
    has_contact: bool,
    cause_id: str,
    now: datetime,
) -> Moved:
    """The application under its new contact.

    While the call is open it leaves the old one, where it still counts against the letters of a day, is linked to the
    new one unconfirmed, and is confirmed by another code. After the close who stands is settled: letters go elsewhere,
    and nothing else changes.
    """
    gate_ref = gate(application.call_id)
    changed = application.model_copy(update={"has_contact": has_contact})
    if contact_id == application.contact_id or passed(found, gate_ref).standing_at(now) == "closed":
        return Moved(changed, details, [], [])
    named = application.named + 1
    code = codes.confirmation_code(vault, application.application_id, named)
    changed = changed.model_copy(
        update={
            "contact_id": contact_id,
            "named": named,
            "confirmation_hash": codes.confirmation_hash(vault, code) if has_contact else "",
        }
    )
    new = contacts.link(
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
        states.append(New(CONTACT(old.contact_id), contacts.withdraw(old, application.application_id)))
    facts: dict[str, str | int] = {"application_id": application.application_id, "named": named}
    writes = has_contact and contacts.may_be_written_to(new, now)
    rows = [letter_row(cause_id, application.person_id, "receipt", facts, now)] if writes else []
    return Moved(changed, corrections.leave(details, application.contact_id), states, rows)
