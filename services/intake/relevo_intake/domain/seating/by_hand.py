"""A free seat offered by a coordinator to anybody who stands, knowing what it costs the quotas (rules 3 to 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from relevo_chassis.delivery.change import Refusal
from relevo_contracts.model import Frozen
from relevo_intake.domain.seating.offers import Outcome, new_offer, offered_event
from relevo_intake.domain.seating.replacement import next_in_line
from relevo_intake.domain.seating.state import NoSelectionYet, Seating, SeatsAreOver, Waiting
from relevo_intake.domain.selection.deciding import CAP
from relevo_intake.domain.selection.rules import Weighed, cap_of, demands

WAITLIST = "waitlist"


class NoSeatIsFree(Refusal):
    """All seats are offered or accepted; give more seats, or wait until one comes free."""


class HoldsSeat(Refusal):
    """This person was offered a seat and has not given it up."""


class HasLeft(Refusal):
    """This person had accepted a seat and left the course, or took the application back."""


class DoesNotStand(Refusal):
    """This application does not stand: another of the same contact does, or nobody has said which one."""


class SeatHasCosts(Refusal):
    """The seat leaves quotas short, exceeds a country's most or passes over the waitlist; name each of these costs."""


class Lack(Frozen):
    """A quota for which seats are missing, and whether this person would count for it."""

    code: str
    asked: int
    held: int
    helps: bool


class Cost(Frozen):
    """What a seat for one person means. ``costs`` are the codes that must be named to offer it all the same."""

    free: int
    lacking: tuple[Lack, ...]
    country_seats: int
    country_cap: int
    costs: tuple[str, ...]


def cost_of(seating: Seating, weighed: Mapping[str, Weighed], one: Weighed) -> Cost:
    """``weighed`` by application, for all who hold a seat or wait. Raises ``NoSelectionYet``.

    A quota that lacks seats costs when the person does not count for it and the seats that stay free do not suffice;
    so does a country's most that is exceeded, and somebody on the waitlist who is passed over.
    """
    rules = seating.rules
    if rules is None:
        raise NoSelectionYet(call_id=seating.call_id)
    inside = [weighed[each.application_id] for each in seating.held if each.application_id in weighed]
    marked = Counter(code for each in inside for code in each.marks)
    from_country = sum(1 for each in inside if each.country == one.country)
    lacking = tuple(
        Lack(code=each.code, asked=each.seats, held=marked[each.code], helps=each.code in one.marks)
        for each in demands(rules)
        if marked[each.code] < each.seats
    )
    cap = cap_of(rules, one.country)
    short = [each.code for each in lacking if not each.helps and each.asked - each.held > seating.free - 1]
    over = [CAP + one.country] if from_country >= cap else []
    passed_over = next_in_line(seating, weighed) not in (None, one.application_id)
    return Cost(
        free=seating.free,
        lacking=lacking,
        country_seats=from_country,
        country_cap=cap,
        costs=(*short, *over, *([WAITLIST] if passed_over else [])),
    )


def offer_by_hand(
    seating: Seating,
    to: Waiting,
    cost: Cost,
    travel_code: str,
    *,
    despite: Iterable[str],
    has_left: bool,
    now: datetime,
) -> Outcome:
    """Offer a free seat to one person, on the waitlist or not.

    Raises ``NoSelectionYet``, ``SeatsAreOver``, ``HoldsSeat``, ``HasLeft``, ``NoSeatIsFree`` or ``SeatHasCosts``.
    """
    if seating.selection_id is None:
        raise NoSelectionYet(call_id=seating.call_id)
    if seating.refill_until is not None and seating.refill_until <= now:
        raise SeatsAreOver(call_id=seating.call_id)
    earlier = seating.offer_of(to.application_id)
    if earlier is not None and earlier.holds:
        raise HoldsSeat(application_id=to.application_id)
    if has_left or (earlier is not None and earlier.state == "withdrawn"):
        raise HasLeft(application_id=to.application_id)
    if not seating.free:
        raise NoSeatIsFree(call_id=seating.call_id)
    if unnamed := _unnamed(cost.costs, despite):
        raise SeatHasCosts(costs=tuple(unnamed))
    offer = new_offer(seating, to, "coordinator", travel_code, now)
    kept = tuple(each for each in seating.waitlist if each.application_id != to.application_id)
    facts = {"offers": (*seating.offers, offer), "waitlist": kept, "unsettled": True}
    offered = seating.model_copy(update=facts).checked()
    return offered, (offered_event(offered, offer),)


def _unnamed(costs: Sequence[str], despite: Iterable[str]) -> list[str]:
    named = set(despite)
    return [each for each in costs if each not in named]
