"""The seating: offers, expiry, replacement, grants; 30 seats and never 31 (rules 3, 4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from relevo_contracts.intake import SeatAccepted, SeatDeclined, SeatOffered, SelectionApplied
from relevo_contracts.model import Event
from relevo_intake.domain.call import Quota
from relevo_intake.domain.seating import offers
from relevo_intake.domain.seating.by_hand import HasLeft, HoldsSeat, NoSeatIsFree, SeatHasCosts, cost_of, offer_by_hand
from relevo_intake.domain.seating.replacement import Travel, next_in_line, refill
from relevo_intake.domain.seating.state import (
    NoSelectionYet,
    NoSuchOffer,
    OfferHasExpired,
    OfferIsNoLongerOpen,
    OfferWasAccepted,
    Seating,
    SeatsAreTaken,
    Waiting,
)
from relevo_intake.domain.selection.proposal import (
    Selection,
    SelectionIsBeingComputed,
    SelectionIsInfeasible,
    SelectionIsNotTheLatest,
    SelectionWasApplied,
)
from relevo_intake.domain.selection.rules import SelectionRules, Weighed

NOW = datetime(2019, 10, 10, tzinfo=UTC)
COUNTRIES = ("HN", "CO", "PE", "AR")


def person(number: int) -> Weighed:
    country = COUNTRIES[number % 4]
    marks = [name for name, at in (("women", 2), ("indigenous", 5)) if number % at == 0]
    marks += [f"grant_{country}"] if country in ("HN", "CO") else []
    return Weighed(
        selection_id="5" * 32,
        application_id=f"{number:032x}",
        merit=9_000 - 10 * number,
        country=country,
        marks=tuple(sorted(marks)),
        salt="",
    )


def selection(seats: int, people: int, **rules: object) -> Selection:
    """A proposal whose first so many by merit get the seats and everybody else waits."""
    return Selection(
        selection_id="5" * 32,
        call_id="c" * 32,
        edition_id="e" * 32,
        state="proposed",
        proposed_at=NOW,
        rules=SelectionRules.model_validate(
            {"seats": seats, "waitlist": people, "seed": "seed", "priority_countries": ("HN", "CO"), **rules}
        ),
        considered=people,
        offered=seats,
        waitlisted=people - seats,
        inputs_sha256="0" * 64,
    )


def everybody(people: int) -> list[Waiting]:
    """In the order of merit."""
    return [Waiting(application_id=f"{at:032x}", person_id=f"{at + 1_000_000:032x}") for at in range(people)]


def applied(seats: int, people: int, until: datetime | None = None, **rules: object) -> tuple[Seating, Sequence[Event]]:
    chosen, ranked = selection(seats, people, **rules), everybody(people)
    codes = {each.application_id: "nothing" for each in ranked}
    seating, _, events = offers.apply(
        offers.propose(None, chosen),
        chosen,
        ranked[:seats],
        ranked[seats:],
        codes,
        offer_days=7,
        refill_until=until,
        now=NOW,
    )
    return seating, events


def travel() -> Travel:
    return Travel(grants={"HN": "grant-HN", "CO": "grant-CO"}, nothing=lambda each: f"no-{int(each, 16)}")


def offer_id(seating: Seating, number: int) -> str:
    found = seating.offer_of(f"{number:032x}")
    assert found is not None
    return found.offer_id


def weighed(people: int) -> dict[str, Weighed]:
    return {each.application_id: each for each in map(person, range(people))}


def test_rule_3_an_applied_selection_offers_every_seat_until_its_expiry_and_tells_counts_alone() -> None:
    seating, (event, *offered) = applied(3, 8)
    assert isinstance(event, SelectionApplied)
    assert (event.seats, event.considered, event.offered, event.waitlisted, event.turned_down) == (3, 0, 0, 0, 0)
    assert [type(each) for each in offered] == [SeatOffered] * 3
    assert {each.expires_at for each in seating.offers} == {NOW + timedelta(days=7)}


def test_rule_3_a_selection_is_applied_once() -> None:
    seating, _ = applied(3, 8)
    with pytest.raises(SelectionWasApplied):
        offers.apply(seating, selection(3, 8), [], [], {}, offer_days=7, refill_until=None, now=NOW)
    with pytest.raises(SelectionWasApplied):
        offers.propose(seating, selection(3, 8))


def test_rule_3_only_the_latest_proposal_is_applied_and_no_infeasible_one() -> None:
    first = selection(3, 8)
    second = first.model_copy(update={"selection_id": "6" * 32})
    seating = offers.propose(offers.propose(None, first), second)
    with pytest.raises(SelectionIsNotTheLatest):
        offers.apply(seating, first, [], [], {}, offer_days=7, refill_until=None, now=NOW)
    computing = second.model_copy(update={"state": "computing"})
    with pytest.raises(SelectionIsBeingComputed):
        offers.apply(seating, computing, [], [], {}, offer_days=7, refill_until=None, now=NOW)
    infeasible = second.model_copy(update={"state": "infeasible"})
    with pytest.raises(SelectionIsInfeasible):
        offers.apply(seating, infeasible, [], [], {}, offer_days=7, refill_until=None, now=NOW)


def test_rule_4_an_offer_can_be_accepted_until_the_instant_it_expires_and_not_at_it() -> None:
    seating, _ = applied(3, 8)
    expires_at = seating.offers[0].expires_at
    seated, events = offers.accept(seating, offer_id(seating, 0), expires_at - timedelta(milliseconds=1))
    assert seated.accepted == 1
    assert [type(each) for each in events] == [SeatAccepted]
    with pytest.raises(OfferHasExpired):
        offers.accept(seating, offer_id(seating, 0), expires_at)


def test_rule_4_accepting_twice_takes_one_seat_and_tells_once() -> None:
    seating, _ = applied(3, 8)
    seated, _ = offers.accept(seating, offer_id(seating, 0), NOW)
    assert offers.accept(seated, offer_id(seating, 0), NOW + timedelta(days=30)) == (seated, ())


def test_rule_4_an_accepted_seat_is_not_declined_but_withdrawn_from() -> None:
    seating, _ = applied(3, 8)
    seated, _ = offers.accept(seating, offer_id(seating, 0), NOW)
    with pytest.raises(OfferWasAccepted):
        offers.decline(seated, offer_id(seating, 0), NOW)
    left, (event,) = offers.leave(seated, f"{0:032x}", NOW)
    assert isinstance(event, SeatDeclined)
    assert (event.because, left.free, left.unsettled) == ("withdrawn", 1, True)


def test_rule_4_a_declined_offer_cannot_be_accepted_any_more() -> None:
    seating, _ = applied(3, 8)
    declined, (event,) = offers.decline(seating, offer_id(seating, 0), NOW)
    assert isinstance(event, SeatDeclined)
    assert event.because == "declined"
    with pytest.raises(OfferIsNoLongerOpen):
        offers.accept(declined, offer_id(seating, 0), NOW)
    assert offers.decline(declined, offer_id(seating, 0), NOW) == (declined, ())


def test_rule_4_the_sweeper_expires_nothing_early_and_nothing_that_was_answered() -> None:
    seating, _ = applied(3, 8)
    due = seating.offers[0].expires_at
    assert offers.expire(seating, offer_id(seating, 0), due - timedelta(seconds=1)) == (seating, ())
    seated, _ = offers.accept(seating, offer_id(seating, 0), NOW)
    assert offers.expire(seated, offer_id(seating, 0), due) == (seated, ())
    _, (event,) = offers.expire(seating, offer_id(seating, 0), due)
    assert isinstance(event, SeatDeclined)
    assert event.because == "expired"


def test_a_foreign_offer_and_an_unknown_one_are_the_same_not_found() -> None:
    seating, _ = applied(3, 8)
    for wrong in (offer_id(seating, 1), "f" * 32):
        with pytest.raises(NoSuchOffer):
            offers.own_offer(seating, wrong, f"{0:032x}")
    with pytest.raises(NoSuchOffer):
        offers.own_offer(None, "f" * 32, f"{0:032x}")


def test_rule_4_a_free_seat_goes_to_the_waitlisted_person_who_keeps_the_quotas_satisfied_best() -> None:
    seating, _ = applied(4, 40, quotas=(Quota(attribute="indigenous", percent=25),))
    freed, _ = offers.decline(seating, offer_id(seating, 0), NOW)
    settled, (event,) = refill(freed, weighed(40), travel(), NOW)
    assert isinstance(event, SeatOffered)
    assert (event.application_id, event.offered_from) == (f"{5:032x}", "waitlist")
    assert not settled.unsettled


def test_rule_4_without_a_quota_in_need_the_highest_merit_comes_next() -> None:
    seating, _ = applied(4, 40)
    freed, _ = offers.decline(seating, offer_id(seating, 0), NOW)
    assert next_in_line(freed, weighed(40)) == f"{4:032x}"


def test_rule_4_nobody_comes_in_over_the_cap_of_their_country() -> None:
    seating, _ = applied(4, 8, country_cap=1)
    freed, _ = offers.decline(seating, offer_id(seating, 2), NOW)
    assert next_in_line(freed, weighed(8)) == f"{6:032x}"
    only_others = freed.model_copy(update={"waitlist": freed.waitlist[:2]})
    settled, events = refill(only_others, weighed(8), travel(), NOW)
    assert (settled.free, settled.unsettled, events) == (1, False, [])


def test_rule_14_somebody_erased_is_passed_over() -> None:
    seating, _ = applied(4, 8)
    freed, _ = offers.decline(seating, offer_id(seating, 0), NOW)
    there = {id: each for id, each in weighed(8).items() if id != f"{4:032x}"}
    assert next_in_line(freed, there) == f"{5:032x}"


def test_rule_4_after_the_last_day_for_it_a_free_seat_stays_free_and_no_offer_lasts_longer() -> None:
    until = NOW + timedelta(days=3)
    seating, _ = applied(4, 8, until=until)
    assert {each.expires_at for each in seating.offers} == {until}
    freed, _ = offers.decline(seating, offer_id(seating, 0), NOW)
    settled, events = refill(freed, weighed(8), travel(), until)
    assert (settled.free, events) == (1, [])


def test_rule_5_a_free_grant_goes_to_its_country_and_to_the_highest_merit_there() -> None:
    seating, _ = applied(8, 16, travel_grants=2)
    seating = refill(seating.model_copy(update={"unsettled": True}), weighed(16), travel(), NOW)[0]
    holders = {each.travel_code: int(each.application_id, 16) for each in seating.held}
    assert (holders["grant-HN"], holders["grant-CO"]) == (0, 1)
    freed, _ = offers.decline(seating, offer_id(seating, 0), NOW)
    settled, _ = refill(freed, weighed(16), travel(), NOW)
    holders = {each.travel_code: int(each.application_id, 16) for each in settled.held}
    assert (holders["grant-HN"], holders["grant-CO"]) == (4, 1)


def test_rule_3_seats_grow_and_never_shrink_below_those_held() -> None:
    seating, _ = applied(4, 16)
    grown = offers.set_seats(seating, 8)
    settled, events = refill(grown, weighed(16), travel(), NOW)
    assert (len(events), settled.free) == (4, 0)
    with pytest.raises(SeatsAreTaken):
        offers.set_seats(settled, 7)
    freed, _ = offers.decline(settled, offer_id(settled, 0), NOW)
    assert offers.set_seats(freed, 7).seats == 7


def test_seats_are_set_after_a_selection_was_applied() -> None:
    with pytest.raises(NoSelectionYet):
        offers.set_seats(offers.propose(None, selection(3, 8)), 9)


def test_rule_3_grown_seats_ask_for_grown_shares() -> None:
    seating, _ = applied(2, 16, quotas=(Quota(attribute="indigenous", percent=50),))
    settled, events = refill(offers.set_seats(seating, 4), weighed(16), travel(), NOW)
    assert [int(each.application_id, 16) for each in events if isinstance(each, SeatOffered)] == [5, 2]
    assert settled.free == 0


class ApplicationOfferSeat(RuleBasedStateMachine):
    """Thirty seats and sixty people who accept, decline, leave, or let time pass, in any order."""

    people = 60

    @initialize()
    def select(self) -> None:
        self.now = NOW
        self.capacity = 30
        self.seating, events = applied(30, self.people, quotas=(Quota(attribute="women", percent=50),), travel_grants=2)
        self.offered = {each.application_id for each in events if isinstance(each, SeatOffered)}
        self.balance = 30
        self.gone: set[str] = set()

    def follow(self, seating: Seating, events: Sequence[Event]) -> None:
        for each in events:
            if isinstance(each, SeatOffered):
                assert each.application_id not in self.offered
                assert each.application_id not in self.gone
                self.offered.add(each.application_id)
                self.balance += 1
            elif isinstance(each, SeatDeclined):
                self.balance -= 1
        self.seating = seating

    @rule(number=st.integers(0, 59))
    def accept(self, number: int) -> None:
        offer = self.seating.offer_of(f"{number:032x}")
        if offer is None:
            return
        try:
            self.follow(*offers.accept(self.seating, offer.offer_id, self.now))
        except (OfferHasExpired, OfferIsNoLongerOpen):
            assert offer.state != "accepted"

    @rule(number=st.integers(0, 59))
    def decline(self, number: int) -> None:
        offer = self.seating.offer_of(f"{number:032x}")
        if offer is not None and offer.state != "accepted":
            self.follow(*offers.decline(self.seating, offer.offer_id, self.now))

    @rule(number=st.integers(0, 59))
    def leave(self, number: int) -> None:
        self.gone.add(f"{number:032x}")
        self.follow(*offers.leave(self.seating, f"{number:032x}", self.now))

    @rule(days=st.integers(1, 8))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        for each in self.seating.offers:
            self.follow(*offers.expire(self.seating, each.offer_id, self.now))

    @rule(more=st.integers(-3, 3))
    def seats_change(self, more: int) -> None:
        try:
            self.seating = offers.set_seats(self.seating, max(1, self.capacity + more))
        except SeatsAreTaken:
            return
        self.capacity = self.seating.seats

    @precondition(lambda self: self.seating.unsettled)
    @rule()
    def settle(self) -> None:
        self.follow(*refill(self.seating, weighed(self.people), travel(), self.now))
        assert not self.seating.free or not self.seating.waitlist

    @invariant()
    def never_one_seat_too_many(self) -> None:
        if not hasattr(self, "seating"):
            return
        seats = self.seating.held
        assert len(seats) <= self.capacity == self.seating.seats
        assert len(seats) == self.balance
        assert not {each.application_id for each in seats} & self.gone
        waiting = {each.application_id for each in self.seating.waitlist}
        assert not waiting & {each.application_id for each in self.seating.offers}
        grants = [each.travel_code for each in seats if each.travel_code.startswith("grant")]
        assert len(grants) == len(set(grants)) <= 2


def test_rule_3_whatever_people_and_time_do_never_one_seat_too_many_is_given() -> None:
    run_state_machine_as_test(
        ApplicationOfferSeat, settings=settings(max_examples=40, stateful_step_count=40, deadline=None)
    )


def by_hand(seating: Seating, number: int, **facts: Any) -> tuple[Seating, Sequence[Event]]:
    cost = cost_of(seating, weighed(20), person(number))
    values: dict[str, Any] = {"despite": cost.costs, "has_left": False, "now": NOW, **facts}
    return offer_by_hand(seating, everybody(20)[number], cost, "no", **values)


def test_rule_5_a_seat_by_hand_says_what_it_costs_and_must_be_affirmed_for_each() -> None:
    seating, _ = applied(3, 8, country_cap=1, quotas=[Quota(attribute="women", percent=60)])
    freed, _ = offers.decline(seating, offer_id(seating, 0), NOW)
    cost = cost_of(freed, weighed(8), person(5))
    assert (cost.free, cost.country_seats, cost.country_cap) == (1, 1, 1)
    assert [(each.code, each.asked, each.held, each.helps) for each in cost.lacking] == [("women", 2, 1, False)]
    assert cost.costs == ("women", "country_cap_CO", "waitlist")
    with pytest.raises(SeatHasCosts) as refused:
        by_hand(freed, 5, despite=("women",))
    assert refused.value.facts["costs"] == ("country_cap_CO", "waitlist")
    offered, (event,) = by_hand(freed, 5)
    assert isinstance(event, SeatOffered)
    assert (event.offered_from, offered.free) == ("coordinator", 0)
    assert f"{5:032x}" not in {each.application_id for each in offered.waitlist}


def test_a_second_offer_to_somebody_is_another_offer_and_the_first_one_stays_as_it_ended() -> None:
    seating, _ = applied(3, 3)
    freed, _ = offers.decline(seating, offer_id(seating, 0), NOW)
    again, _ = by_hand(freed, 0)
    first, *_, second = again.offers
    assert (first.state, second.state, first.application_id) == ("declined", "offered", second.application_id)
    assert first.offer_id != second.offer_id
    assert again.offer_of(first.application_id) == second
    seated, _ = offers.accept(again, second.offer_id, NOW)
    with pytest.raises(HoldsSeat):
        by_hand(seated, 0)
    with pytest.raises(NoSeatIsFree):
        by_hand(seated, 7)
    with pytest.raises(HasLeft):
        by_hand(freed, 0, has_left=True)
