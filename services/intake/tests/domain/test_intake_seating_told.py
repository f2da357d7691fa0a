"""What is told of a selection to anybody (rule 27)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

import pytest

from relevo_contracts.intake import SelectionApplied
from relevo_intake.domain.seating import offers
from relevo_intake.domain.seating.state import Waiting
from relevo_intake.domain.selection.proposal import Selection
from relevo_intake.domain.selection.rules import SelectionRules

NOW = datetime(2019, 10, 21, tzinfo=UTC)
SEATS, MOST = 30, 75


def released(people: int, waitlisted: int, travel_grants: int = 7) -> SelectionApplied:
    """What is told when this many were considered for the seats."""
    offered = min(SEATS, people)
    chosen = Selection(
        selection_id="5" * 32,
        call_id="c" * 32,
        edition_id="e" * 32,
        state="proposed",
        proposed_at=NOW,
        rules=SelectionRules(seats=SEATS, waitlist=waitlisted, seed="seed", priority_countries=("HN", "CO")),
        considered=people,
        offered=offered,
        waitlisted=waitlisted,
        turned_down=people - offered - waitlisted,
        travel_grants=travel_grants,
        inputs_sha256="0" * 64,
    )
    ranked = [Waiting(application_id=f"{at:032x}", person_id=f"{at + 1_000_000:032x}") for at in range(people)]
    codes = {each.application_id: "nothing" for each in ranked}
    waiting = ranked[offered : offered + waitlisted]
    _, _, (event, *_) = offers.apply(
        offers.propose(None, chosen), chosen, ranked[:offered], waiting, codes, offer_days=7, refill_until=None, now=NOW
    )
    assert isinstance(event, SelectionApplied)
    return event


@pytest.mark.parametrize(
    ("people", "waitlisted", "figures"),
    [
        (841, 60, (840, 30, 60, 750)),
        (841, 804, (840, 30, 0, 0)),
        (99, 60, (100, 30, 0, 0)),
        (39, 9, (0, 0, 0, 0)),
        (44, 0, (0, 30, 0, 0)),
        (43, 0, (0, 0, 0, 0)),
        (30, 0, (0, 0, 0, 0)),
        (25, 0, (0, 0, 0, 0)),
        (9, 0, (0, 0, 0, 0)),
    ],
)
def test_rule_27_a_selection_tells_no_group_under_ten_and_nothing_that_one_follows_from(
    people: int, waitlisted: int, figures: tuple[int, ...]
) -> None:
    event = released(people, waitlisted)
    assert (event.considered, event.offered, event.waitlisted, event.turned_down) == figures


def test_rule_27_how_many_seats_there_are_is_a_published_rule_and_how_many_travel_is_not() -> None:
    assert (released(841, 60).seats, released(841, 60).travel_grants) == (SEATS, 0)
    assert released(841, 60, travel_grants=12).travel_grants == 10


def test_rule_27_who_knows_the_seats_cannot_tell_how_many_wait_are_turned_down_or_were_not_offered_one() -> None:
    """The attack: everything that could be so behind what is told, of every selection among so many people."""
    could_be = defaultdict[tuple[int, ...], list[tuple[int, int, int]]](list)
    for people in range(MOST + 1):
        others = people - min(SEATS, people)
        for waitlisted in range(others + 1):
            event = released(people, waitlisted)
            seen = (event.considered, event.offered, event.waitlisted, event.turned_down)
            could_be[seen].append((waitlisted, others - waitlisted, others))
    for worlds in could_be.values():
        for sizes in map(set, zip(*worlds, strict=True)):
            assert min(sizes) >= 10 or len(sizes) >= 10
