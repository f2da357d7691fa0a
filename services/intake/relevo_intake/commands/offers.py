"""Offers answered or expired, more seats, and the waitlist called up (rules 4 and 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import (
    Busy,
    Change,
    Commits,
    Decided,
    Decision,
    Found,
    New,
    Once,
    Ref,
    Row,
    Unknown,
    unrepeated,
)
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.keys import KeyServiceAway
from relevo_chassis.edge.vault import Vault
from relevo_contracts import derived_id
from relevo_intake.commands.calls import existing
from relevo_intake.commands.participants import expiry_key, near_key, no_longer_due
from relevo_intake.commands.readings import THE_SERVICE, record_reading
from relevo_intake.commands.selections.record import weighed_of
from relevo_intake.domain import participant as participants
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.domain.seating import offers, replacement
from relevo_intake.domain.seating.offers import own_offer
from relevo_intake.domain.seating.replacement import Travel
from relevo_intake.domain.seating.state import NoSelectionYet, Offer, Seating
from relevo_intake.domain.selection.rules import SelectionRules, Weighed
from relevo_intake.letters import LetterKind, letter_row
from relevo_intake.store.choosing import PARTICIPANT, SEATING, unsettled_seatings
from relevo_intake.store.people import APPLICATION, CALL

OFFER_EXPIRES = "offer_expires"
OFFER_NEAR = "offer_near"
TOLD_AGAIN = timedelta(days=2)
POLL_SECONDS = 0.5


class Accepted(NamedTuple):
    """What whoever accepts is told."""

    offer_id: str
    participant_id: str
    accepted_at: datetime


class Held(Protocol):
    """The lease under which one replica calls up the waitlist."""

    async def take(self) -> bool: ...


async def accept_offer(
    commits: Commits, application: Application, offer_id: str, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Take the seat and enrol, in one transaction. Answers ``Accepted``; again is no-op.

    The requirements in force now are the participant's from here on.
    """
    seating_ref, call_ref = SEATING(application.call_id), CALL(application.call_id)
    ref = APPLICATION(application.application_id)
    participant_ref = PARTICIPANT(participant_id_of(application.application_id))

    def decide(found: Found) -> Decision[Accepted]:
        one = found[ref]
        if one is None:
            raise NoSuchApplication()
        if not one.alive:
            raise ApplicationWasWithdrawn(application_id=one.application_id)
        seating, _ = own_offer(found[seating_ref], offer_id, one.application_id)
        taken, told = offers.accept(seating, offer_id, now)
        requirements = existing(found[call_ref], one.call_id).requirements
        enrolled, told_enrolled = participants.enrol(found[participant_ref], one, requirements, now)
        answer = Accepted(offer_id, enrolled.participant_id, enrolled.enrolled_at)
        if not told:
            return Decision(answer=answer)
        letter = letter_row(offer_id, one.person_id, "enrolled", {"application_id": one.application_id}, now)
        states = [New(seating_ref, taken), New(participant_ref, enrolled)]
        return Decision(states, [*told, *told_enrolled], [*no_longer_due(offer_id), letter], answer)

    refs: list[Ref[Any]] = [seating_ref, ref, participant_ref, call_ref]
    return await commits.commit(Change(refs, decide, now, cause_id, once=once))


async def decline_offer(
    commits: Commits, application: Application, offer_id: str, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Turn the seat down; it goes to the waitlist (``settle_seating``). Answers the offer's id."""
    seating_ref = SEATING(application.call_id)

    def decide(found: Found) -> Decision[str]:
        seating, _ = own_offer(found[seating_ref], offer_id, application.application_id)
        freed, told = offers.decline(seating, offer_id, now)
        if not told:
            return Decision(answer=offer_id)
        return Decision([New(seating_ref, freed)], told, no_longer_due(offer_id), offer_id)

    return await commits.commit(Change([seating_ref], decide, now, cause_id, once=once))


def offer_expires(deadline: Deadline, now: datetime) -> Change:
    """An offer's time is over: what the sweeper commits."""
    ref = SEATING(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        seating = found[ref]
        if seating is None:
            return Decision()
        freed, told = offers.expire(seating, deadline.facts["offer_id"], now)
        if not told:
            return Decision()
        offer = freed.offer(deadline.facts["offer_id"])
        return Decision([New(ref, freed)], told, [_letter_about(offer, "offer_expired", deadline.cause_id, now)])

    return Change([ref], decide, now, deadline.cause_id)


def offer_near_its_end(deadline: Deadline, now: datetime) -> Change:
    """An offer will expire soon: whoever has not answered is told once more."""
    ref = SEATING(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        seating = found[ref]
        if seating is None:
            return Decision()
        offer = seating.offer(deadline.facts["offer_id"])
        if offer.state != "offered" or now >= offer.expires_at:
            return Decision()
        return Decision(rows=[_letter_about(offer, "offer_near", deadline.cause_id, now)])

    return Change([ref], decide, now, deadline.cause_id)


async def set_seats(commits: Commits, call_id: str, seats: int, once: Once | None, now: datetime, cause_id: str) -> Any:
    """More seats, or fewer as far as nobody holds them. Answers the ``Seating``."""
    ref = SEATING(call_id)

    def decide(found: Found) -> Decision[Seating]:
        seating = found[ref]
        if seating is None:
            raise NoSelectionYet(call_id=call_id)
        grown = offers.set_seats(seating, seats)
        return Decision([New(ref, grown)], answer=grown, on_record=[Decided("seats_set", ref)])

    return await commits.commit(Change([ref], decide, now, cause_id, once=once))


async def settle_seating(
    commits: Commits, store: Store, vault: Vault, call_id: str, now: datetime, cause_id: str
) -> int:
    """Call up the waitlist for what came free, and hand on free grants. Returns how many were offered a seat.

    Attributes are opened first and weighed in the decision, against the seating as it is then: whoever is in it was
    in it before, and what was weighed of a person does not change.
    """
    seating = await store.state(SEATING(call_id))
    if seating is None or not seating.unsettled or seating.rules is None:
        return 0
    people = [each.person_id for each in seating.held] + [each.person_id for each in seating.waitlist]
    await record_reading(
        commits,
        reader=THE_SERVICE,
        purpose="selection",
        field_sets=[Weighed.field_set],
        person_ids=people,
        now=now,
    )
    opened = await weighed_of(store, vault, seating.selection_id or "", people)
    weighed = {each.application_id: each for each in opened.values()}
    travel = travel_codes(vault, call_id, seating.rules)
    ref = SEATING(call_id)

    def decide(found: Found) -> Decision[int]:
        present = found[ref]
        if present is None or not present.unsettled:
            return Decision(answer=0)
        settled, told = replacement.refill(present, weighed, travel, now)
        before = {each.offer_id for each in present.offers}
        fresh = [each for each in settled.offers if each.offer_id not in before]
        rows = [row for each in fresh for row in offer_rows(each, settled, cause_id, now)]
        called_up = [Decided("called_up_from_waitlist", ref, (each.application_id,)) for each in fresh]
        return Decision([New(ref, settled)], told, rows, len(fresh), called_up)

    return unrepeated(await commits.commit(Change([ref], decide, now, cause_id, by=THE_SERVICE)))


async def keep_seats_settled(
    commits: Commits, store: Store, vault: Vault, now: Callable[[], datetime], lease: Held
) -> None:
    """Until cancelled: whatever freed a seat, and whoever died in between, the waitlist is called up."""
    while True:
        settled = 0
        try:
            if await lease.take():
                for each in await unsettled_seatings(store):
                    await settle_seating(commits, store, vault, each.call_id, now(), new_id())
                    settled += 1
        except (Busy, Unknown, KeyServiceAway):
            settled = 0
        if not settled:
            await asyncio.sleep(POLL_SECONDS)


def offer_rows(offer: Offer, seating: Seating, cause_id: str, now: datetime) -> list[Row]:
    """The deadlines of an offer, and the letter that tells of it."""
    facts, call_id = {"offer_id": offer.offer_id}, seating.call_id
    expiry = Deadline(expiry_key(offer.offer_id), OFFER_EXPIRES, call_id, offer.expires_at, facts)
    near = Deadline(near_key(offer.offer_id), OFFER_NEAR, call_id, told_again_at(offer), facts)
    return [deadlines.put(expiry), deadlines.put(near), _letter_about(offer, "offer", cause_id, now)]


def told_again_at(offer: Offer) -> datetime:
    """Two days before an offer expires, and of a short one when half of its time is over."""
    return max(offer.expires_at - TOLD_AGAIN, offer.offered_at + (offer.expires_at - offer.offered_at) / 2)


def _letter_about(offer: Offer, kind: LetterKind, cause_id: str, now: datetime) -> Row:
    facts = {"application_id": offer.application_id, "expires_at": offer.expires_at.isoformat()}
    return letter_row(cause_id, offer.person_id, kind, facts, now)


def travel_codes(vault: Vault, call_id: str, rules: SelectionRules) -> Travel:
    """Keyed hashes, so that a stored offer does not tell whether, and from which country, somebody has a grant."""
    return Travel(
        grants={
            country: vault.keyed_hash("travel-grant", call_id, country)
            for country in (rules.priority_countries if rules.travel_grants else ())
        },
        nothing=lambda application_id: vault.keyed_hash("no-travel-grant", derived_id(call_id, application_id)),
    )


def grant_country(vault: Vault, call_id: str, rules: SelectionRules, offer: Offer) -> str | None:
    """The country whose grant an offer carries."""
    grants = travel_codes(vault, call_id, rules).grants
    return next((country for country, code in grants.items() if code == offer.travel_code), None)


ON_DUE = {OFFER_EXPIRES: offer_expires, OFFER_NEAR: offer_near_its_end}
