"""What happens to the seats: offered, accepted, declined, expired, given back, more of them (rules 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from relevo_chassis.figures import Actual, snapshot
from relevo_contracts import derived_id
from relevo_contracts.intake import (
    DeclinedBecause,
    OfferedFrom,
    SeatAccepted,
    SeatDeclined,
    SeatOffered,
    SelectionApplied,
)
from relevo_contracts.model import Event
from relevo_intake.domain.seating.state import (
    NoSelectionYet,
    NoSuchOffer,
    NoTimeToAnswer,
    Offer,
    OfferHasExpired,
    OfferIsNoLongerOpen,
    OfferState,
    OfferWasAccepted,
    Seating,
    SeatsAreTaken,
    Waiting,
)
from relevo_intake.domain.selection.proposal import (
    Selection,
    SelectionIsInfeasible,
    SelectionIsNotTheLatest,
    SelectionWasApplied,
)

Outcome = tuple[Seating, Sequence[Event]]

_BECAUSE: Mapping[DeclinedBecause, OfferState] = {
    "declined": "declined",
    "expired": "expired",
    "withdrawn": "withdrawn",
    "other": "withdrawn",
}


def may_propose(seating: Seating | None, call_id: str) -> None:
    """Raises ``SelectionWasApplied``."""
    if seating is not None and seating.selection_id is not None:
        raise SelectionWasApplied(call_id=call_id)


def propose(seating: Seating | None, selection: Selection) -> Seating:
    """The latest proposal takes the place of earlier ones. Raises ``SelectionWasApplied``."""
    may_propose(seating, selection.call_id)
    found = seating or Seating(call_id=selection.call_id, edition_id=selection.edition_id, seats=selection.rules.seats)
    return found.model_copy(update={"proposed_id": selection.selection_id, "seats": selection.rules.seats})


def may_apply(seating: Seating, selection: Selection) -> None:
    """Raises ``SelectionWasApplied``, ``SelectionIsInfeasible``, ``SelectionIsNotTheLatest``, or that it was not
    computed: ``SelectionIsBeingComputed``, ``SelectionWasGivenUp``.
    """
    selection.must_be_computed()
    if seating.selection_id is not None or selection.state == "applied":
        raise SelectionWasApplied(selection_id=selection.selection_id)
    if selection.state == "infeasible":
        raise SelectionIsInfeasible(selection_id=selection.selection_id)
    if seating.proposed_id != selection.selection_id:
        raise SelectionIsNotTheLatest(selection_id=selection.selection_id)


def apply(
    seating: Seating,
    selection: Selection,
    offered: Sequence[Waiting],
    waiting: Sequence[Waiting],
    travel_codes: Mapping[str, str],
    *,
    offer_days: int,
    refill_until: datetime | None,
    now: datetime,
    by: str | None = None,
) -> tuple[Seating, Selection, Sequence[Event]]:
    """Offer the seats of a proposed selection to those ``offered``; ``waiting`` stand in the order of the waitlist.

    ``travel_codes`` by application id, for those offered.

    Raises what ``may_apply`` raises, or ``NoTimeToAnswer``.
    """
    may_apply(seating, selection)
    if refill_until is not None and refill_until <= now:
        raise NoTimeToAnswer(selection_id=selection.selection_id)
    applied = seating.model_copy(
        update={
            "selection_id": selection.selection_id,
            "applied_at": now,
            "rules": selection.rules,
            "seats": selection.rules.seats,
            "offer_days": offer_days,
            "refill_until": refill_until,
            "waitlist": tuple(waiting),
        }
    )
    offers = [new_offer(applied, each, "selection", travel_codes[each.application_id], now) for each in offered]
    applied = applied.model_copy(update={"offers": tuple(offers)}).checked()
    events: list[Event] = [
        _selection_applied(selection, applied, now),
        *(offered_event(applied, each) for each in offers),
    ]
    done = selection.model_copy(update={"state": "applied", "applied_at": now, "applied_by": by})
    return applied, done, events


def offer_next(seating: Seating, application_id: str, travel_code: str, now: datetime) -> Outcome:
    """Offer a free seat to somebody on the waitlist."""
    waiting = next(each for each in seating.waitlist if each.application_id == application_id)
    offer = new_offer(seating, waiting, "waitlist", travel_code, now)
    kept = tuple(each for each in seating.waitlist if each is not waiting)
    new = seating.model_copy(update={"offers": (*seating.offers, offer), "waitlist": kept}).checked()
    return new, (offered_event(new, offer),)


def accept(seating: Seating, offer_id: str, now: datetime) -> Outcome:
    """Take the seat. A second time changes nothing.

    Raises ``OfferHasExpired`` at or after the instant of expiry, or ``OfferIsNoLongerOpen``.
    """
    offer = seating.offer(offer_id)
    if offer.state == "accepted":
        return seating, ()
    if offer.state == "expired" or (offer.state == "offered" and now >= offer.expires_at):
        raise OfferHasExpired(offer_id=offer_id)
    if offer.state != "offered":
        raise OfferIsNoLongerOpen(offer_id=offer_id)
    accepted_offer = offer.model_copy(update={"state": "accepted", "answered_at": now})
    accepted = SeatAccepted(
        offer_id=offer_id,
        application_id=offer.application_id,
        call_id=seating.call_id,
        edition_id=seating.edition_id,
        accepted_at=now,
    )
    return seating.with_offer(accepted_offer), (accepted,)


def decline(seating: Seating, offer_id: str, now: datetime) -> Outcome:
    """Turn the seat down. A second time, or after it expired, changes nothing. Raises ``OfferWasAccepted``."""
    offer = seating.offer(offer_id)
    if offer.state == "accepted":
        raise OfferWasAccepted(offer_id=offer_id)
    return _release(seating, offer, "declined", now) if offer.state == "offered" else (seating, ())


def expire(seating: Seating, offer_id: str, now: datetime) -> Outcome:
    """The offer's time is over (rule 4); nothing happens before it, or to one that was answered."""
    offer = seating.offer(offer_id)
    if offer.state != "offered" or now < offer.expires_at:
        return seating, ()
    return _release(seating, offer, "expired", now)


def leave(seating: Seating, application_id: str, now: datetime) -> Outcome:
    """Whoever withdrew or was erased holds no seat, waits for none, and is in the seating no more than needed."""
    kept = tuple(each for each in seating.waitlist if each.application_id != application_id)
    left = seating.model_copy(update={"waitlist": kept})
    offer = left.offer_of(application_id)
    return _release(left, offer, "withdrawn", now) if offer and offer.holds else (left, ())


def set_seats(seating: Seating, seats: int) -> Seating:
    """Seats may grow, and shrink to those offered and accepted. Raises ``NoSelectionYet`` or ``SeatsAreTaken``."""
    if seating.selection_id is None or seating.rules is None:
        raise NoSelectionYet(call_id=seating.call_id)
    if seats < len(seating.held):
        raise SeatsAreTaken(call_id=seating.call_id, seats_taken=len(seating.held))
    rules = seating.rules.model_copy(update={"seats": seats})
    return seating.model_copy(update={"seats": seats, "rules": rules, "unsettled": True}).checked()


def offered_event(seating: Seating, offer: Offer) -> SeatOffered:
    return SeatOffered(
        offer_id=offer.offer_id,
        application_id=offer.application_id,
        call_id=seating.call_id,
        edition_id=seating.edition_id,
        offered_at=offer.offered_at,
        expires_at=offer.expires_at,
        offered_from=offer.offered_from,
    )


def own_offer(seating: Seating | None, offer_id: str, application_id: str) -> tuple[Seating, Offer]:
    """An applicant's own offer; a foreign or unknown id is the same ``NoSuchOffer``."""
    offer = seating.offer_of(application_id) if seating else None
    if seating is None or offer is None or offer.offer_id != offer_id:
        raise NoSuchOffer()
    return seating, offer


def _release(seating: Seating, offer: Offer, because: DeclinedBecause, now: datetime) -> Outcome:
    freed = offer.model_copy(update={"state": _BECAUSE[because], "answered_at": now, "travel_code": ""})
    declined = SeatDeclined(
        offer_id=offer.offer_id,
        application_id=offer.application_id,
        call_id=seating.call_id,
        edition_id=seating.edition_id,
        declined_at=now,
        because=because,
    )
    return seating.with_offer(freed, unsettled=True), (declined,)


def new_offer(seating: Seating, waiting: Waiting, source: OfferedFrom, travel_code: str, now: datetime) -> Offer:
    """An offer from now on, with an id of its own however often this person was offered a seat before."""
    expires_at = now + timedelta(days=seating.offer_days)
    times = sum(1 for each in seating.offers if each.application_id == waiting.application_id)
    return Offer(
        offer_id=derived_id("offer", seating.call_id, waiting.application_id, *([times] if times else [])),
        application_id=waiting.application_id,
        person_id=waiting.person_id,
        offered_at=now,
        expires_at=min(expires_at, seating.refill_until) if seating.refill_until else expires_at,
        offered_from=source,
        travel_code=travel_code,
    )


def _selection_applied(selection: Selection, seating: Seating, now: datetime) -> SelectionApplied:
    return SelectionApplied(
        selection_id=selection.selection_id,
        call_id=seating.call_id,
        edition_id=seating.edition_id,
        applied_at=now,
        seats=seating.seats,
        status="optimal",
        inputs_sha256=selection.inputs_sha256,
        **snapshot({}, _actual(selection, len(seating.offers), len(seating.waitlist))),
    )


def _actual(selection: Selection, offered: int, waitlisted: int) -> dict[str, Actual]:
    """How many seats there are is published with the call, so it is known how many are offered of them if that is told:
    all, since others are left.
    """
    others = waitlisted + selection.turned_down
    return {
        "considered": Actual(selection.considered, beyond=(offered,)),
        "offered": Actual(offered, within=(selection.considered,)),
        "waitlisted": Actual(waitlisted, within=(others,)),
        "turned_down": Actual(selection.turned_down, within=(others,)),
        "travel_grants": Actual(selection.travel_grants, within=(offered,)),
    }
