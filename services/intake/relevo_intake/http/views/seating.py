"""Seats, offers and participants, as coordinators, applicants and certification read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts import Requirements
from relevo_contracts.model import Id
from relevo_intake.commands.offers import Accepted, Seats
from relevo_intake.commands.results import Became, Result, Why
from relevo_intake.commands.seats import SeatOfferedByHand
from relevo_intake.domain.participant import Participant
from relevo_intake.domain.sealed import Display, Language
from relevo_intake.domain.seating.by_hand import Cost
from relevo_intake.domain.seating.state import Offer, OfferState
from relevo_intake.domain.selection.deciding import ReasonCode
from relevo_intake.domain.unweighed import Unweighed
from relevo_intake.shown import AsShown
from relevo_intake.words import TEXTS, outcome_words


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


class ReachedSeatingView(SeatingView):
    """The seats of a call as a coordinator reads them."""

    unreached: tuple[Id, ...] = Field(
        description="applications with an open offer or on the waitlist whose last letter could not be delivered"
    )


class ReasonView(BaseModel):
    """Why, in terms of the published criteria; figures about this application alone."""

    code: ReasonCode | Unweighed
    merit: int | None = Field(description="basis points, 0 to 10,000; null for who is turned down")
    words: dict[Language, str]


class ResultView(BaseModel):
    """What became of an application, for its applicant."""

    application_id: Id
    standing: Became
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


class SeatOfferedView(BaseModel):
    """The offer, and what it cost."""

    offer: OfferView
    cost: Cost


class ParticipantView(BaseModel):
    """A participant: ids and states."""

    participant_id: Id
    application_id: Id
    call_id: Id
    edition_id: Id
    state: Literal["enrolled", "withdrawn"]
    enrolled_at: datetime
    withdrawn_at: datetime | None
    requirements: Requirements


class NamedParticipantView(ParticipantView):
    """A participant, with the name when it was asked for; null for somebody who was erased."""

    name: str | None = Field(default=None, description="only with names=true, which goes on record")


class CertificateIdentityView(BaseModel):
    """What goes on a certificate, and nothing else."""

    name: str
    language: Language
    display: Display
    in_danger: bool = Field(description="whatever was chosen, the name is shown nowhere for now")


def seating_view(seats: Seats) -> SeatingView:
    return SeatingView(**_seating(seats))


def reached_seating_view(seats: Seats, unreached: Sequence[str]) -> ReachedSeatingView:
    return ReachedSeatingView(**_seating(seats), unreached=tuple(unreached))


def seating_answer(seats: Seats) -> Answer:
    return answer_json(seating_view(seats))


def offer_view(offer: Offer, *, granted: bool) -> OfferView:
    fields = {name: getattr(offer, name) for name in OfferView.model_fields if name != "travel_grant"}
    return OfferView(**fields, travel_grant=granted)


def result_answer(result: Result) -> Answer:
    view = ResultView(
        application_id=result.application_id,
        standing=result.became,
        offer=offer_view(result.offer, granted=result.granted) if result.offer else None,
        reason=_reason(result.why) if result.why else None,
    )
    return answer_json(view)


def accepted_answer(accepted: Accepted) -> Answer:
    return answer_json(AcceptedView(**accepted._asdict()))


def declined_answer(offer_id: str) -> Answer:
    return answer_json(DeclinedView(offer_id=offer_id))


def seat_offered_answer(done: SeatOfferedByHand) -> Answer:
    """An offer by hand carries no grant."""
    return answer_json(SeatOfferedView(offer=offer_view(done.offer, granted=False), cost=done.cost), 201)


def participant_view(participant: Participant) -> ParticipantView:
    return ParticipantView(**{name: getattr(participant, name) for name in ParticipantView.model_fields})


def participant_answer(participant: Participant) -> Answer:
    return answer_json(participant_view(participant))


def identity_answer(shown: AsShown) -> Answer:
    return answer_json(
        CertificateIdentityView(
            name=shown.name, language=shown.language, display=shown.display, in_danger=shown.in_danger
        )
    )


def _seating(seats: Seats) -> dict[str, Any]:
    seating, granted = seats
    offers = tuple(offer_view(each, granted=each.offer_id in granted) for each in seating.offers)
    return {
        "call_id": seating.call_id,
        "selection_id": seating.selection_id,
        "seats": seating.seats,
        "offered": sum(1 for each in seating.offers if each.state == "offered"),
        "accepted": seating.accepted,
        "free": seating.free,
        "waitlisted": len(seating.waitlist),
        "travel_grants": sum(1 for each in offers if each.travel_grant),
        "refill_until": seating.refill_until,
        "offers": offers,
        "waitlist": tuple(each.application_id for each in seating.waitlist),
    }


def _reason(why: Why) -> ReasonView:
    if (unweighed := why.unweighed) is None:
        return ReasonView(code=why.code, merit=why.merit, words=outcome_words(why.code))
    return ReasonView(code=unweighed, merit=None, words=TEXTS.in_all(lambda words: words.unweighed[unweighed]))
