"""Seats and offers: the seating for coordinators, their own offer for applicants (rules 3 to 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.once import Answer, answer_json, answered, once_of
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.shell import Shell
from relevo_chassis.edge.strict import Strict
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.calls import existing
from relevo_intake.commands.offers import (
    Accepted,
    accept_offer,
    decline_offer,
    grant_country,
    set_seats,
    settle_seating,
)
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.selections.record import selection_of, weighed_of
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn
from relevo_intake.domain.dossier import Language
from relevo_intake.domain.review import merit_of
from relevo_intake.domain.seating.offers import own_offer
from relevo_intake.domain.seating.state import (
    NoSelectionYet,
    NoSuchOffer,
    Offer,
    OfferHasExpired,
    OfferIsNoLongerOpen,
    OfferState,
    OfferWasAccepted,
    Seating,
    SeatsAreTaken,
)
from relevo_intake.domain.selection.deciding import ReasonCode
from relevo_intake.domain.selection.reasons import reason_unconsidered
from relevo_intake.domain.selection.rules import Weighed
from relevo_intake.domain.unweighed import Unweighed, why_unweighed
from relevo_intake.http.callers import Coordinator, Holder
from relevo_intake.letters.arrival import arrivals
from relevo_intake.store.choosing import SEATING
from relevo_intake.store.people import CALL, CONTACT
from relevo_intake.words import TEXTS, outcome_words

router = Routes(tags=["offers"])
Standing = Literal[
    "undecided", "offered", "accepted", "declined", "expired", "withdrawn", "waitlisted", "turned_down", "superseded"
]
"""``superseded``: another application of the same contact counts; told to who holds the contact, and to nobody else."""


class OfferView(BaseModel):
    """A seat offered."""

    offer_id: Id
    application_id: Id
    state: OfferState
    offered_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    offered_from: str
    travel_grant: bool = Field(description="tickets and lodging are paid")


class SeatingView(BaseModel):
    """The seats of a call. Which country a grant is for stands nowhere: it would tell where its holder comes from."""

    call_id: Id
    selection_id: Id | None
    seats: int
    offered: int
    accepted: int
    free: int
    waitlisted: int
    travel_grants: int
    refill_until: datetime | None
    offers: tuple[OfferView, ...]
    waitlist: tuple[Id, ...] = Field(description="applications, in the order of merit")


class SeatingShown(SeatingView):
    """The seats of a call as a coordinator reads them."""

    unreached: tuple[Id, ...] = Field(
        description="applications with an open offer or on the waitlist whose last letter could not be delivered"
    )


class SeatsForm(Strict):
    """How many seats there are from now on: more, or fewer as far as nobody holds them."""

    seats: Annotated[int, Field(ge=1, le=10_000)]


class ReasonView(BaseModel):
    """Why, in terms of the published criteria; figures about this application alone."""

    code: ReasonCode | Unweighed
    merit: int | None = Field(description="basis points, 0 to 10,000; null for who is turned down")
    words: dict[Language, str]


class StandingView(BaseModel):
    """What became of an application, for its applicant."""

    application_id: Id
    standing: Standing
    offer: OfferView | None = None
    reason: ReasonView | None = None


class AcceptedView(BaseModel):
    """The seat is taken; from now on the person is a participant."""

    offer_id: Id
    participant_id: Id
    accepted_at: datetime


class DeclinedView(BaseModel):
    """The seat goes to somebody on the waitlist."""

    offer_id: Id


@router.get("/calls/{call_id}/seating")
@refuses(NoSelectionYet)
async def read_seating(call_id: Id, _: Coordinator, shell: InShell) -> SeatingShown:
    """Seats, offers and waitlist of a call, and whom letters about them do not reach (coordinator)."""
    seating = await shell.store.state(SEATING(call_id))
    if seating is None:
        raise NoSelectionYet(call_id=call_id)
    people = {each.person_id: each.application_id for each in seating.waitlist}
    people |= {each.person_id: each.application_id for each in seating.offers if each.state == "offered"}
    arrival = await arrivals(shell.store, people)
    unreached = sorted(people[person_id] for person_id, how in arrival.items() if how == "failing")
    return SeatingShown(**_seating(shell, seating).model_dump(), unreached=tuple(unreached))


@router.post("/calls/{call_id}/seats", response_model=SeatingView)
@refuses(NoSelectionYet, SeatsAreTaken)
async def change_seats(request: Request, call_id: Id, form: SeatsForm, caller: Coordinator, shell: InShell) -> Response:
    """Set the number of seats after the selection; new ones are offered to the waitlist (coordinator; rule 3)."""
    once = await once_of(
        request,
        caller.id,
        shell.vault.service_key,
        shell.vault,
        lambda seating: answer_json(_seating(shell, seating)),
    )
    cause_id = derived_id("request", once.key)
    outcome = await set_seats(shell.by(caller), call_id, form.seats, once, shell.clock.now(), cause_id)
    await settle(shell, call_id, cause_id)
    return await answered(shell.vault, once, outcome)


@router.get("/applications/{application_id}/offer")
async def read_standing(application_id: Id, application: Holder, shell: InShell) -> StandingView:
    """What became of the application, and why; with the offer when there is one (receipt; rule 3)."""
    seating = await shell.store.state(SEATING(application.call_id))
    if seating is None or seating.selection_id is None:
        return StandingView(application_id=application_id, standing="undecided")
    offer = seating.offer_of(application_id)
    standing = _standing(seating, application, offer)
    contact = await shell.store.state(CONTACT(application.contact_id))
    unweighed = why_unweighed(contact, application_id, has_contact=application.has_contact)
    if standing == "turned_down" and unweighed == "another_counts":
        standing = "superseded"
    reason = await _reason(shell, application, seating.selection_id, standing, unweighed)
    if offer is not None and offer.offered_from == "coordinator":
        reason = ReasonView(code="decided_by_hand", merit=reason.merit, words=outcome_words("decided_by_hand"))
    return StandingView(
        application_id=application_id,
        standing=standing,
        offer=_offer(shell, seating, offer) if offer else None,
        reason=reason,
    )


@router.get("/offers/{offer_id}")
@refuses(NoSuchOffer)
async def read_offer(offer_id: Id, application: Holder, shell: InShell) -> OfferView:
    """The applicant's own offer (receipt); any other id is not found."""
    found = await shell.store.state(SEATING(application.call_id))
    seating, offer = own_offer(found, offer_id, application.application_id)
    return _offer(shell, seating, offer)


@router.post("/offers/{offer_id}/accept", response_model=AcceptedView)
@refuses(ApplicationWasWithdrawn, NoSuchOffer, OfferHasExpired, OfferIsNoLongerOpen)
async def accept(request: Request, offer_id: Id, application: Holder, shell: InShell) -> Response:
    """Take the seat and become a participant (receipt; rule 4)."""
    key = await shell.vault.key_of(application.person_id)
    once = await once_of(request, application.application_id, key, shell.vault, _accepted)
    outcome = await accept_offer(
        shell.committer, application, offer_id, once, shell.clock.now(), derived_id("request", once.key)
    )
    return await answered(shell.vault, once, outcome)


@router.post("/offers/{offer_id}/decline", response_model=DeclinedView)
@refuses(NoSuchOffer, OfferWasAccepted)
async def decline(request: Request, offer_id: Id, application: Holder, shell: InShell) -> Response:
    """Turn the seat down (receipt; rule 4)."""
    key = await shell.vault.key_of(application.person_id)
    once = await once_of(
        request, application.application_id, key, shell.vault, lambda id: answer_json(DeclinedView(offer_id=id))
    )
    cause_id = derived_id("request", once.key)
    outcome = await decline_offer(shell.committer, application, offer_id, once, shell.clock.now(), cause_id)
    await settle(shell, application.call_id, cause_id)
    return await answered(shell.vault, once, outcome)


async def settle(shell: Shell, call_id: str, cause_id: str) -> None:
    """Call up the waitlist at once; should this replica die before, the background task does it."""
    await settle_seating(
        shell.committer, shell.store, shell.vault, call_id, shell.clock.now(), derived_id("settle", cause_id)
    )


def _seating(shell: Shell, seating: Seating) -> SeatingView:
    offers = tuple(_offer(shell, seating, each) for each in seating.offers)
    return SeatingView(
        call_id=seating.call_id,
        selection_id=seating.selection_id,
        seats=seating.seats,
        offered=sum(1 for each in seating.offers if each.state == "offered"),
        accepted=seating.accepted,
        free=seating.free,
        waitlisted=len(seating.waitlist),
        travel_grants=sum(1 for each in offers if each.travel_grant),
        refill_until=seating.refill_until,
        offers=offers,
        waitlist=tuple(each.application_id for each in seating.waitlist),
    )


def _offer(shell: Shell, seating: Seating, offer: Offer) -> OfferView:
    rules = seating.rules
    granted = rules is not None and grant_country(shell.vault, seating.call_id, rules, offer) is not None
    shown = {name: getattr(offer, name) for name in OfferView.model_fields if name != "travel_grant"}
    return OfferView(**shown, travel_grant=granted)


def _standing(seating: Seating, application: Application, offer: Offer | None) -> Standing:
    if not application.alive:
        return "withdrawn"
    if offer is not None:
        return offer.state
    waiting = any(each.application_id == application.application_id for each in seating.waitlist)
    return "waitlisted" if waiting else "turned_down"


async def _reason(
    shell: Shell, application: Application, selection_id: str, standing: Standing, unweighed: Unweighed | None
) -> ReasonView:
    """The same steps whether the application was weighed, or another stands for it (rule 1).

    Also the same answer, unless whoever holds the contact has spoken for it and may be told.
    """
    await record_reading(
        shell.committer,
        reader=f"applicant/{application.application_id}",
        purpose="own",
        field_sets=(Weighed.field_set,),
        person_ids=(application.person_id,),
        now=shell.clock.now(),
    )
    opened = await weighed_of(shell.store, shell.vault, selection_id, [application.person_id])
    selection = await selection_of(shell.store, selection_id)
    call = existing(await shell.store.state(CALL(application.call_id)), application.call_id)
    code = reason_unconsidered(merit_of(call.criteria.rubric, application.reviews), selection.merit_of_last_seat)
    merit = None
    if (weighed := opened.get(application.person_id)) is not None and weighed.reason is not None:
        code, merit = weighed.reason, weighed.merit
    if standing in ("turned_down", "superseded") and unweighed is not None:
        return ReasonView(code=unweighed, merit=None, words=TEXTS.in_all(lambda words: words.unweighed[unweighed]))
    return ReasonView(code=code, merit=None if standing == "turned_down" else merit, words=outcome_words(code))


def _accepted(accepted: Accepted) -> Answer:
    return answer_json(AcceptedView(**accepted._asdict()))
