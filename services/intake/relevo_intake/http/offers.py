"""Seats and offers: the seating for coordinators, their own offer for applicants (rules 3 to 5)."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands import offers, results
from relevo_intake.commands.offers import AcceptOffer, DeclineOffer, Seats, SetSeats
from relevo_intake.commands.office import applicant
from relevo_intake.commands.refilling import granted_in
from relevo_intake.commands.results import SeeResult
from relevo_intake.domain.application import ApplicationWasWithdrawn
from relevo_intake.domain.seating.offers import own_offer
from relevo_intake.domain.seating.state import (
    NoSelectionYet,
    NoSuchOffer,
    OfferHasExpired,
    OfferIsNoLongerOpen,
    OfferWasAccepted,
    SeatsAreTaken,
)
from relevo_intake.http.callers import InOffice, MayGiveSeats, OwnApplication, OwnKey
from relevo_intake.http.forms.seating import SeatsForm
from relevo_intake.http.views.seating import (
    AcceptedView,
    DeclinedView,
    OfferView,
    ReachedSeatingView,
    ResultView,
    SeatingView,
    accepted_answer,
    declined_answer,
    offer_view,
    reached_seating_view,
    result_answer,
    seating_answer,
)
from relevo_intake.letters.arrival import arrivals
from relevo_intake.store.choosing import SEATING

router = Routes(tags=["offers"])


@router.get("/calls/{call_id}/seating")
@refuses(NoSelectionYet)
async def read_seating(call_id: Id, _: MayGiveSeats, office: InOffice) -> ReachedSeatingView:
    """Seats, offers and waitlist of a call, and whom letters about them do not reach (coordinator)."""
    seating = await office.store.state(SEATING(call_id))
    if seating is None:
        raise NoSelectionYet(call_id=call_id)
    people = {each.person_id: each.application_id for each in seating.waitlist}
    people |= {each.person_id: each.application_id for each in seating.offers if each.state == "offered"}
    arrival = await arrivals(office.store, people)
    unreached = sorted(people[person_id] for person_id, how in arrival.items() if how == "failing")
    return reached_seating_view(Seats(seating, granted_in(office.vault, seating)), unreached)


@router.post("/calls/{call_id}/seats", response_model=SeatingView)
@refuses(NoSelectionYet, SeatsAreTaken)
async def set_seats(call_id: Id, form: SeatsForm, caller: MayGiveSeats, asking: InAsking, office: InOffice) -> Response:
    """Set the number of seats after the selection; new ones are offered to the waitlist (coordinator; rule 3)."""
    command = SetSeats(call_id, form.seats)
    return await asking.answer(offers.set_seats, office, command, by=caller.id, respond=seating_answer)


@router.get("/applications/{application_id}/offer", response_model=ResultView)
async def read_result(application_id: Id, application: OwnApplication, asking: InAsking, office: InOffice) -> Response:
    """What became of the application, and why; with the offer when there is one (receipt; rule 3)."""
    query, by = SeeResult(application), applicant(application_id)
    return await asking.answer(results.see_result, office, query, by=by, respond=result_answer)


@router.get("/offers/{offer_id}")
@refuses(NoSuchOffer)
async def read_offer(offer_id: Id, application: OwnApplication, office: InOffice) -> OfferView:
    """The applicant's own offer (receipt); any other id is not found."""
    found = await office.store.state(SEATING(application.call_id))
    seating, offer = own_offer(found, offer_id, application.application_id)
    return offer_view(offer, granted=offer_id in granted_in(office.vault, seating))


@router.post("/offers/{offer_id}/accept", response_model=AcceptedView)
@refuses(ApplicationWasWithdrawn, NoSuchOffer, OfferHasExpired, OfferIsNoLongerOpen)
async def accept_offer(
    offer_id: Id, application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice
) -> Response:
    """Take the seat and become a participant (receipt; rule 4)."""
    command, by = AcceptOffer(application, offer_id), applicant(application.application_id)
    return await asking.answer(offers.accept_offer, office, command, by=by, respond=accepted_answer, key=key)


@router.post("/offers/{offer_id}/decline", response_model=DeclinedView)
@refuses(NoSuchOffer, OfferWasAccepted)
async def decline_offer(
    offer_id: Id, application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice
) -> Response:
    """Turn the seat down (receipt; rule 4)."""
    command, by = DeclineOffer(application, offer_id), applicant(application.application_id)
    return await asking.answer(offers.decline_offer, office, command, by=by, respond=declined_answer, key=key)
