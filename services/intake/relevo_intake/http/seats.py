"""Free seats offered by hand, for coordinators (rules 3 to 5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.once import Answer, answer_json, answered, once_of
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.strict import LongText, Strict
from relevo_chassis.edge.vault import PersonErased
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.seats import OfferSeat, SeatOfferedByHand, offer_seat, seat_cost
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.seating.by_hand import (
    Cost,
    DoesNotStand,
    HasLeft,
    HoldsSeat,
    NoSeatIsFree,
    SeatHasCosts,
)
from relevo_intake.domain.seating.state import NoSelectionYet, NoTimeToAnswer
from relevo_intake.http.callers import Coordinator
from relevo_intake.http.offers import OfferView, settle

router = Routes(tags=["offers"])
CostCode = Annotated[str, Field(pattern=r"^[A-Za-z_]{1,128}$")]


class SeatForm(Strict):
    """A seat for somebody, for a reason, knowing what it costs."""

    reason: LongText = Field(description="Sealed with the person; goes on record")
    despite: Annotated[tuple[CostCode, ...], Field(max_length=100)] = Field(
        default=(), description="each of the `costs` that the seat's cost shows"
    )


class SeatOfferedView(BaseModel):
    """The offer, and what it cost."""

    offer: OfferView
    cost: Cost


@router.get("/applications/{application_id}/seat-cost")
@refuses(NoSelectionYet, NoSuchApplication, PersonErased)
async def read_cost(application_id: Id, caller: Coordinator, shell: InShell) -> Cost:
    """What a seat for this application would mean for quotas and caps, put on record (coordinator)."""
    return await seat_cost(
        shell.committer, shell.store, shell.vault, application_id, reader=caller.id, now=shell.clock.now()
    )


@router.post("/applications/{application_id}/seat", status_code=201, response_model=SeatOfferedView)
@refuses(
    DoesNotStand,
    HasLeft,
    HoldsSeat,
    NoSeatIsFree,
    NoSelectionYet,
    NoSuchApplication,
    NoTimeToAnswer,
    SeatHasCosts,
)
async def offer(request: Request, application_id: Id, form: SeatForm, caller: Coordinator, shell: InShell) -> Response:
    """Offer a free seat to anybody who stands: who declined, did not answer in time or was turned down (coordinator).

    Goes on record. Each cost must be named; what changed since it was shown is refused with what it costs now.
    """
    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault, _respond)
    command = OfferSeat(application_id, form.reason, form.despite, caller.id)
    cause_id = derived_id("request", once.key)
    outcome = await offer_seat(shell.committer, shell.store, shell.vault, command, once, shell.clock.now(), cause_id)
    if isinstance(outcome, SeatOfferedByHand):
        await settle(shell, outcome.call_id, cause_id)
    return await answered(shell.vault, once, outcome)


def _respond(done: SeatOfferedByHand) -> Answer:
    shown = {name: getattr(done.offer, name) for name in OfferView.model_fields if name != "travel_grant"}
    return answer_json(SeatOfferedView(offer=OfferView(**shown, travel_grant=False), cost=done.cost), 201)
