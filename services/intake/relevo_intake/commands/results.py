"""What became of an application, and why, for its applicant (rules 1 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from relevo_chassis.delivery.change import Asked
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.refilling import granted_in
from relevo_intake.commands.selections.stored import selection_of, weighed_of
from relevo_intake.domain.application import Application
from relevo_intake.domain.contact import Contact
from relevo_intake.domain.review import merit_of
from relevo_intake.domain.seating.state import Offer, Seating
from relevo_intake.domain.selection.deciding import ReasonCode
from relevo_intake.domain.selection.reasons import reason_unconsidered
from relevo_intake.domain.selection.rules import Weighed
from relevo_intake.domain.unweighed import Unweighed, why_unweighed
from relevo_intake.store.choosing import SEATING
from relevo_intake.store.people import CONTACT

Became = Literal[
    "undecided", "offered", "accepted", "declined", "expired", "withdrawn", "waitlisted", "turned_down", "superseded"
]
"""``superseded``: another application of the same contact counts; told to who holds the contact, and to nobody else."""


@dataclass(frozen=True, slots=True)
class SeeResult:
    """Of which application."""

    application: Application


class Why(NamedTuple):
    """In terms of the published criteria; ``merit`` is left out for who is turned down.

    ``unweighed`` is why it was not weighed, where that may be told.
    """

    code: ReasonCode
    merit: int | None = None
    unweighed: Unweighed | None = None


class Result(NamedTuple):
    """What became of an application, with the offer when there is one."""

    application_id: str
    became: Became
    offer: Offer | None = None
    granted: bool = False
    why: Why | None = None


async def see_result(office: Office, query: SeeResult, asked: Asked) -> Result:
    """What became of the application, and why; opened on record."""
    application, store = query.application, office.store
    id = application.application_id
    seating = await store.state(SEATING(application.call_id))
    if seating is None or seating.selection_id is None:
        return Result(id, "undecided")
    offer = seating.offer_of(id)
    named = await store.state(CONTACT(application.contact_id))
    became, unweighed = became_of(application, seating, named)
    why = await _why(office, application, seating.selection_id, became, unweighed, asked)
    if offer is not None and offer.offered_from == "coordinator":
        why = Why("decided_by_hand", why.merit)
    granted = offer is not None and offer.offer_id in granted_in(office.vault, seating)
    return Result(id, became, offer, granted, why)


def became_of(application: Application, seating: Seating, contact: Contact | None) -> tuple[Became, Unweighed | None]:
    """What became of an application in an applied selection, and why it was not weighed, where that may be told."""
    became = _became(seating, application, seating.offer_of(application.application_id))
    unweighed = why_unweighed(contact, application.application_id, has_contact=application.has_contact)
    if became == "turned_down" and unweighed == "another_counts":
        became = "superseded"
    return became, unweighed


def _became(seating: Seating, application: Application, offer: Offer | None) -> Became:
    if not application.alive:
        return "withdrawn"
    if offer is not None:
        return offer.state
    waiting = any(each.application_id == application.application_id for each in seating.waitlist)
    return "waitlisted" if waiting else "turned_down"


async def _why(
    office: Office,
    application: Application,
    selection_id: str,
    became: Became,
    unweighed: Unweighed | None,
    asked: Asked,
) -> Why:
    """The same steps whether the application was weighed, or another stands for it (rule 1).

    Also the same answer, unless whoever holds the contact has spoken for it and may be told.
    """
    store, person_id = office.store, application.person_id
    await record_reading(office.commits, asked, "own", [Weighed.field_set], [person_id])
    opened = await weighed_of(store, office.vault, selection_id, [person_id])
    selection = await selection_of(store, selection_id)
    call = await call_of(store, application.call_id)
    code = reason_unconsidered(merit_of(call.criteria.rubric, application.reviews), selection.merit_of_last_seat)
    merit = None
    if (weighed := opened.get(person_id)) is not None and weighed.reason is not None:
        code, merit = weighed.reason, weighed.merit
    if became in ("turned_down", "superseded") and unweighed is not None:
        return Why(code, unweighed=unweighed)
    return Why(code, None if became == "turned_down" else merit)
