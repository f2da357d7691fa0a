"""A free seat offered by hand: what it costs is shown, then affirmed, and stands on record with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.vault import PersonErased, PersonKey, Vault, sealed_row
from relevo_intake.commands.applications import application_of
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import on_behalf, record_reading
from relevo_intake.commands.refilling import RefillSeats, offer_rows, refill_seats, refilling, travel_codes
from relevo_intake.commands.selections.stored import weighed_of
from relevo_intake.domain import contact
from relevo_intake.domain.application import Application
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.domain.review import merit_of
from relevo_intake.domain.sealed import Profile, WhyOffered
from relevo_intake.domain.seating.by_hand import Cost, DoesNotStand, cost_of, offer_by_hand
from relevo_intake.domain.seating.state import NoSelectionYet, Offer, Seating, Waiting
from relevo_intake.domain.selection.rules import SelectionRules, Weighed, marks_of
from relevo_intake.store.choosing import OUTCOMES, PARTICIPANT, SEATING
from relevo_intake.store.people import APPLICATION, CALL, CONTACT


@dataclass(frozen=True, slots=True)
class OfferSeat:
    """To whom, and why, which is sealed with the person. ``despite`` are the costs that the coordinator was shown and
    takes.
    """

    application_id: str
    reason: str
    despite: Sequence[str]


@dataclass(frozen=True, slots=True)
class SeeSeatCost:
    """For which application."""

    application_id: str


class SeatOfferedByHand(NamedTuple):
    """What a coordinator is told."""

    call_id: str
    offer: Offer
    cost: Cost


class _Opened(NamedTuple):
    """What is needed to say what a seat costs; ``unweighed`` when no selection had weighed the person."""

    application: Application
    seating: Seating
    rules: SelectionRules
    weighed: dict[str, Weighed]
    one: Weighed
    unweighed: bool
    key: PersonKey


async def see_seat_cost(office: Office, query: SeeSeatCost, asked: Asked) -> Cost:
    """What a seat for this application would mean, put on record.

    Raises ``NoSuchApplication``, ``NoSelectionYet`` or ``PersonErased``.
    """
    opened = await _opened(office, query.application_id, asked)
    return cost_of(opened.seating, opened.weighed, opened.one)


async def offer_seat(office: Office, command: OfferSeat, asked: Asked) -> SeatOfferedByHand | Repeat:
    """Offer a free seat to an application that stands.

    The cost is computed in the decision, on the seating as it is then: nobody affirms one and causes another. Raises
    what ``offer_by_hand`` raises, and ``DoesNotStand``.
    """
    opened = await _opened(office, command.application_id, asked)
    one, call_id = opened.application, opened.application.call_id
    to = Waiting(application_id=one.application_id, person_id=one.person_id)
    code = travel_codes(office.vault, call_id, opened.rules).nothing(one.application_id)
    ref, seating_ref, contact_ref = APPLICATION(one.application_id), SEATING(call_id), CONTACT(one.contact_id)
    participant_ref = PARTICIPANT(participant_id_of(one.application_id))

    def decide(found: Found) -> Decision[SeatOfferedByHand]:
        seating, named = found[seating_ref], found[contact_ref]
        if seating is None:
            raise NoSelectionYet(call_id=call_id)
        present = found[ref]
        standing = contact.standing(named, one.application_id, closed=True) if named else "gone"
        if present is None or not present.alive or standing != "stands":
            raise DoesNotStand(application_id=one.application_id)
        cost = cost_of(seating, opened.weighed, opened.one)
        has_left = found[participant_ref] is not None
        despite = command.despite
        offered, events = offer_by_hand(seating, to, cost, code, despite=despite, has_left=has_left, now=asked.now)
        offer = offered.offers[-1]
        why = sealed_row(opened.key, f"offer-{offer.offer_id}", WhyOffered(text=command.reason))
        decided = Decided("seat_offered_by_hand", seating_ref, (one.application_id, one.person_id), reason=why)
        rows = [*offer_rows(offer, call_id, asked), why, *_newly_weighed(opened)]
        answer = SeatOfferedByHand(call_id, offer, cost)
        return Decision([New(seating_ref, offered)], events, rows, answer, [decided])

    refs: list[Ref[Any]] = [seating_ref, ref, contact_ref, participant_ref]
    outcome = await office.commits.commit(asked.change(refs, decide))
    if not isinstance(outcome, Repeat):
        await refill_seats(office, RefillSeats(call_id), refilling(asked))
    return outcome


async def _opened(office: Office, application_id: str, asked: Asked) -> _Opened:
    """What the coordinator learns of the one is on record as theirs; what is compared with, as the service's."""
    store, vault = office.store, office.vault
    application = await application_of(store, application_id)
    seating = await store.state(SEATING(application.call_id))
    if seating is None or seating.rules is None or seating.selection_id is None:
        raise NoSelectionYet(call_id=application.call_id)
    others = [*(each.person_id for each in seating.held), *(each.person_id for each in seating.waitlist)]
    fields, mine = [Weighed.field_set], [application.person_id]
    await record_reading(office.commits, on_behalf(asked), "offer", fields, others)
    await record_reading(office.commits, asked, "offer", [*fields, Profile.field_set], mine)
    opened = await weighed_of(store, vault, seating.selection_id, [*others, *mine])
    known = opened.get(application.person_id)
    one = known or await _weighed_now(store, vault, application, seating.selection_id, seating.rules)
    weighed = {each.application_id: each for each in opened.values()}
    key = await vault.key_of(application.person_id)
    return _Opened(application, seating, seating.rules, weighed, one, known is None, key)


async def _weighed_now(
    store: Store, vault: Vault, application: Application, selection_id: str, rules: SelectionRules
) -> Weighed:
    """What the selection would have weighed of somebody who came too late for it. Raises ``PersonErased``."""
    profile = await vault.open(application.person_id, Profile.field_set, Profile)
    call = await store.state(CALL(application.call_id))
    if profile is None or call is None:
        raise PersonErased(application.person_id)
    return Weighed(
        selection_id=selection_id,
        application_id=application.application_id,
        merit=merit_of(call.criteria.rubric, application.reviews) or 0,
        country=profile.country,
        marks=marks_of(profile, rules),
        salt="",
        by_hand="inside",
        reason="decided_by_hand",
    )


def _newly_weighed(opened: _Opened) -> list[Row]:
    """So that the seat counts for its quotas from now on, like those whom the selection weighed."""
    if not opened.unweighed:
        return []
    one, application = opened.one, opened.application
    document = {
        "application_id": application.application_id,
        "person_id": application.person_id,
        "decided": "offered",
        "merit": one.merit,
        "place": None,
        "rank": None,
        "by_hand": True,
        "sealed": opened.key.seal(Weighed.field_set, one),
    }
    return [Row(OUTCOMES, f"{one.selection_id}/by-hand-{application.application_id}", document)]
