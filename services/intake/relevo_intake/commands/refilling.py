"""The waitlist called up for whatever came free (rule 5), and what is kept of travel grants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from relevo_chassis.delivery.change import Asked, Busy, Decided, Decision, Found, New, Row, Unknown, unrepeated
from relevo_chassis.delivery.lease import Holding
from relevo_chassis.people.keys import KeyServiceAway
from relevo_chassis.people.vault import Vault
from relevo_contracts import derived_id
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import THE_SERVICE, by_the_service, record_reading
from relevo_intake.commands.selections.stored import weighed_of
from relevo_intake.deadlines import letter_about, offer_deadline_rows
from relevo_intake.domain.seating import replacement
from relevo_intake.domain.seating.replacement import Travel
from relevo_intake.domain.seating.state import Offer, Seating
from relevo_intake.domain.selection.rules import SelectionRules, Weighed
from relevo_intake.store.choosing import SEATING, seatings_to_refill

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class RefillSeats:
    """The call whose free seats are to be offered."""

    call_id: str


async def refill_seats(office: Office, command: RefillSeats, asked: Asked) -> int:
    """Call up the waitlist for what came free, and hand on free grants. Returns how many were offered a seat.

    Attributes are opened first and weighed in the decision, against the seating as it is then: whoever is in it was
    in it before, and what was weighed of a person does not change.
    """
    call_id, ref = command.call_id, SEATING(command.call_id)
    seating = await office.store.state(ref)
    if seating is None or not seating.unsettled or seating.rules is None:
        return 0
    people = [each.person_id for each in seating.held] + [each.person_id for each in seating.waitlist]
    await record_reading(office.commits, asked, "selection", [Weighed.field_set], people)
    opened = await weighed_of(office.store, office.vault, seating.selection_id or "", people)
    weighed = {each.application_id: each for each in opened.values()}
    travel = travel_codes(office.vault, call_id, seating.rules)

    def decide(found: Found) -> Decision[int]:
        present = found[ref]
        if present is None or not present.unsettled:
            return Decision(answer=0)
        refilled, events = replacement.refill(present, weighed, travel, asked.now)
        before = {each.offer_id for each in present.offers}
        fresh = [each for each in refilled.offers if each.offer_id not in before]
        rows = [row for each in fresh for row in offer_rows(each, call_id, asked)]
        called_up = [Decided("called_up_from_waitlist", ref, (each.application_id,)) for each in fresh]
        return Decision([New(ref, refilled)], events, rows, len(fresh), called_up)

    return unrepeated(await office.commits.commit(asked.change([ref], decide)))


def refilling(asked: Asked) -> Asked:
    """What follows at once from what was asked for; should this replica die before, the background task does it."""
    return replace(asked, by=THE_SERVICE, cause_id=derived_id("settle", asked.cause_id), once=None)


async def keep_seats_refilled(office: Office, now: Callable[[], datetime], lease: Holding) -> None:
    """Until cancelled: whatever freed a seat, and whoever died in between, the waitlist is called up."""
    while True:
        refilled = 0
        try:
            if await lease.acquire():
                for each in await seatings_to_refill(office.store):
                    await refill_seats(office, RefillSeats(each.call_id), by_the_service(now()))
                    refilled += 1
        except (Busy, Unknown, KeyServiceAway):
            refilled = 0
        if not refilled:
            await asyncio.sleep(POLL_SECONDS)


def offer_rows(offer: Offer, call_id: str, asked: Asked) -> list[Row]:
    """The deadlines of an offer, and the letter that tells of it."""
    return [*offer_deadline_rows(offer, call_id), letter_about(offer, "offer", asked.cause_id, asked.now)]


def travel_codes(vault: Vault, call_id: str, rules: SelectionRules) -> Travel:
    """Keyed hashes, so that a stored offer does not tell whether, and from which country, somebody has a grant."""
    return Travel(
        grants={
            country: vault.keyed_hash("travel-grant", call_id, country)
            for country in (rules.priority_countries if rules.travel_grants else ())
        },
        nothing=lambda application_id: vault.keyed_hash("no-travel-grant", derived_id(call_id, application_id)),
    )


def granted_in(vault: Vault, seating: Seating) -> frozenset[str]:
    """The offers that carry a grant. Which country's stands nowhere: it would tell where its holder comes from."""
    if seating.rules is None:
        return frozenset()
    codes = set(travel_codes(vault, seating.call_id, seating.rules).grants.values())
    return frozenset(each.offer_id for each in seating.offers if each.travel_code in codes)
