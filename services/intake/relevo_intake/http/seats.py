"""Free seats offered by hand, for coordinators (rules 3 to 5)."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import seats
from relevo_intake.commands.seats import OfferSeat, SeeSeatCost
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.seating.by_hand import (
    Cost,
    DoesNotStand,
    HasLeft,
    HoldsSeat,
    NoSeatIsFree,
    SeatHasCosts,
)
from relevo_intake.domain.seating.state import NoSelectionYet, SeatsAreOver
from relevo_intake.http.callers import InOffice, MayGiveSeats
from relevo_intake.http.forms.seating import SeatForm
from relevo_intake.http.views.seating import SeatOfferedView, seat_offered_answer

router = Routes(tags=["offers"])


@router.get("/applications/{application_id}/seat-cost", response_model=Cost)
@refuses(NoSelectionYet, NoSuchApplication, PersonErased)
async def read_seat_cost(application_id: Id, caller: MayGiveSeats, asking: InAsking, office: InOffice) -> Response:
    """What a seat for this application would mean for quotas and caps, put on record (coordinator)."""
    return await asking.answer(seats.see_seat_cost, office, SeeSeatCost(application_id), by=caller.id)


@router.post("/applications/{application_id}/offer-seat", status_code=201, response_model=SeatOfferedView)
@refuses(
    DoesNotStand,
    HasLeft,
    HoldsSeat,
    NoSeatIsFree,
    NoSelectionYet,
    NoSuchApplication,
    SeatsAreOver,
    SeatHasCosts,
    PersonErased,
)
async def offer_seat(
    application_id: Id, form: SeatForm, caller: MayGiveSeats, asking: InAsking, office: InOffice
) -> Response:
    """Offer a free seat to anybody who stands: who declined, did not answer in time or was turned down (coordinator).

    Goes on record. Each cost must be named; what changed since it was shown is refused with what it costs now.
    """
    command = OfferSeat(application_id, form.reason, form.despite)
    return await asking.answer(seats.offer_seat, office, command, by=caller.id, respond=seat_offered_answer)
