"""Who takes a seat that became free: the waitlisted person who keeps the quotas satisfied best (rules 4 and 5).

The seating holds no attributes. They come opened from the vault for the length of the decision, and are never older
than it: what the selection weighed of a person does not change, it can only be erased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from relevo_contracts.model import Event
from relevo_intake.domain.seating.offers import Outcome, offer_next
from relevo_intake.domain.seating.state import Seating
from relevo_intake.domain.selection.rules import SelectionRules, Weighed, by_merit, cap_of, demands


class Travel(NamedTuple):
    """The codes that offers carry: ``grants`` by country, and for an application one that means no grant."""

    grants: Mapping[str, str]
    nothing: Callable[[str], str]


def refill(seating: Seating, weighed: Mapping[str, Weighed], travel: Travel, now: datetime) -> Outcome:
    """Offer free seats to the waitlist, one after the other, then hand on free grants.

    ``weighed`` by application id, for all who hold a seat or wait; whoever is missing there was erased and is passed
    over. A seat stays free when nobody may take it, or after ``refill_until``.
    """
    events: list[Event] = []
    open_still = seating.refill_until is None or now < seating.refill_until
    while open_still and seating.free:
        application_id = next_in_line(seating, weighed)
        if application_id is None:
            break
        seating, more = offer_next(seating, application_id, travel.nothing(application_id), now)
        events += more
    return _handed_on(seating, weighed, travel).model_copy(update={"unsettled": False}), events


def next_in_line(seating: Seating, weighed: Mapping[str, Weighed]) -> str | None:
    """Whoever leaves the fewest seats missing from quotas; among those the highest merit, ties in published order.

    Nobody comes in over their country's cap.
    """
    rules = seating.rules
    if rules is None:
        return None
    inside = [weighed[each.application_id] for each in seating.held if each.application_id in weighed]
    lacking = _lacking(rules, inside)
    from_country = Counter(each.country for each in inside)
    waiting = [weighed[each.application_id] for each in seating.waitlist if each.application_id in weighed]
    able = [each for each in waiting if from_country[each.country] < cap_of(rules, each.country)]
    if not able:
        return None
    best = min(able, key=lambda one: (-len(lacking.intersection(one.marks)), *by_merit(rules, one)))
    return best.application_id


def _lacking(rules: SelectionRules, inside: Sequence[Weighed]) -> set[str]:
    """The quotas that lack seats; each person with the mark makes one seat less missing."""
    marked = Counter(code for each in inside for code in each.marks)
    return {each.code for each in demands(rules) if marked[each.code] < each.seats}


def _handed_on(seating: Seating, weighed: Mapping[str, Weighed], travel: Travel) -> Seating:
    """A grant that nobody holds goes to the person of its country with a seat and the highest merit (rule 5)."""
    rules = seating.rules
    if rules is None:
        return seating
    grants_used = sum(1 for each in seating.held if each.travel_code in travel.grants.values())
    for country, code in travel.grants.items():
        offers = seating.held
        able = [
            weighed[each.application_id]
            for each in offers
            if each.application_id in weighed and weighed[each.application_id].country == country
        ]
        if not able or grants_used >= rules.travel_grants or any(each.travel_code == code for each in offers):
            continue
        best = min(able, key=lambda one: by_merit(rules, one))
        offer = next(each for each in offers if each.application_id == best.application_id)
        seating = seating.with_offer(offer.model_copy(update={"travel_code": code}))
        grants_used += 1
    return seating
