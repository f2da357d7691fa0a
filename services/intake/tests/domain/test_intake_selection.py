"""The selection's published rules, and what they mean for each person (rules 3 and 5)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from relevo_intake.domain.call import Call, Criteria, Quota
from relevo_intake.domain.sealed import Profile
from relevo_intake.domain.selection.deciding import (
    ByHand,
    Candidate,
    Conclusion,
    Line,
    SelectionOutcome,
    conclude,
    hash_order,
    in_order,
    inputs_sha256,
    problem_of,
)
from relevo_intake.domain.selection.proposal import (
    NotARelaxation,
    Progress,
    Selection,
    SelectionIsNotBeingComputed,
    SelectionWasGivenUp,
    advance,
    check_relaxed,
    concluded,
    give_up,
)
from relevo_intake.domain.selection.rules import SelectionRules, demands, marks_of, rules_of, terms_of
from relevo_intake.solver.highs import solve
from relevo_intake.words import concession_words, outcome_words

AT = datetime(2019, 10, 10, tzinfo=UTC)
QUOTAS = (
    Quota(attribute="priority_country", percent=50),
    Quota(attribute="women", percent=50),
    Quota(attribute="indigenous", percent=15),
    Quota(attribute="theme", percent=20, themes=("land_rights", "environment")),
)


def rules(**facts: object) -> SelectionRules:
    found = {"seats": 10, "waitlist": 5, "priority_countries": ("HN", "CO"), "seed": "seed", **facts}
    return SelectionRules.model_validate(found)


def person(
    number: int, merit: int, country: str = "PE", marks: tuple[str, ...] = (), by_hand: ByHand = ""
) -> Candidate:
    return Candidate(f"p{number}", f"{number:032x}", merit, country, marks, f"salt{number}", by_hand)


class Chosen(NamedTuple):
    """A concluded selection, and the line of each person."""

    selection: Selection
    conclusion: Conclusion
    lines: Sequence[Line]

    def decided(self, what: SelectionOutcome) -> list[int]:
        """Whom, in their order."""
        return [int(each.candidate.application_id, 16) for each in self.lines if each.decided == what]

    @property
    def reasons(self) -> dict[int, str]:
        return {int(each.candidate.application_id, 16): each.reason for each in self.lines}


def select(under: SelectionRules, people: list[Candidate]) -> Chosen:
    draft = Selection(selection_id="s", call_id="call", edition_id="edition", proposed_at=AT, rules=under)
    terms = terms_of(under)
    ordered = in_order(terms.seed, people)
    conclusion, lines = conclude(terms, ordered, solve(problem_of(terms, ordered)))
    return Chosen(concluded(draft, conclusion), conclusion, lines)


def chosen_numbers(chosen: Chosen) -> set[int]:
    return set(chosen.decided("offered"))


def test_a_quota_asks_for_its_share_of_the_seats_rounded_up() -> None:
    asked = {each.code: each.seats for each in demands(rules(quotas=QUOTAS, seats=30))}
    assert asked == {"priority_country": 15, "women": 15, "indigenous": 5, "theme_environment_land_rights": 6}


def test_marks_say_which_quotas_a_person_counts_for_and_nothing_else() -> None:
    profile = Profile(country="HN", sex="female", groups=("lgbti",), themes=("environment",))
    under = rules(quotas=QUOTAS, grant_countries=("HN",))
    assert marks_of(profile, under) == ("grant_HN", "priority_country", "theme_environment_land_rights", "women")
    assert marks_of(Profile(country="PE"), under) == ()


def test_rule_3_most_merit_is_chosen_when_no_quota_is_in_the_way() -> None:
    people = [person(at, 5_000 + at) for at in range(20)]
    assert chosen_numbers(select(rules(), people)) == set(range(10, 20))


def test_rule_3_a_quota_is_met_at_the_least_loss_of_merit() -> None:
    people = [person(at, 5_000 + at, marks=("women",) if at < 8 else ()) for at in range(20)]
    found = select(rules(quotas=(Quota(attribute="women", percent=40),)), people)
    assert chosen_numbers(found) == {4, 5, 6, 7, *range(14, 20)}
    (share,) = found.selection.shares
    assert (share.asked, share.chosen, share.considered) == (4, 4, 8)


def test_rule_3_a_country_gets_no_more_seats_than_its_cap() -> None:
    people = [person(at, 5_000 + at, "AR" if at >= 10 else "PE") for at in range(20)]
    found = select(rules(country_cap=5), people)
    assert chosen_numbers(found) == {5, 6, 7, 8, 9, 15, 16, 17, 18, 19}


def test_rule_3_ties_go_by_the_published_order_whatever_the_order_of_arrival() -> None:
    people = [person(at, 7_000) for at in range(40)]
    expected = sorted(range(40), key=lambda at: hash_order("seed", f"{at:032x}"))[:10]
    for seed in range(3):
        random.Random(seed).shuffle(people)
        assert chosen_numbers(select(rules(), people)) == set(expected)


def test_rule_3_the_order_of_ties_is_known_before_anybody_applies() -> None:
    assert (
        rules_of(a_call(), (), seats=3, waitlist=3, relaxed={}).seed
        == rules_of(a_call(), ("HN",), seats=9, waitlist=1, relaxed={}).seed
    )


def test_rule_5_each_priority_country_has_one_travel_grant_for_its_highest_merit() -> None:
    people = [person(at, 5_000 + at, "HN" if at % 2 else "CO") for at in range(20)]
    found = select(rules(travel_grants=2), people)
    assert {int(each.candidate.application_id, 16) for each in found.lines if each.travel_grant} == {18, 19}
    assert (found.selection.travel_grants, found.selection.grants_unused) == (2, ())


def test_rule_5_each_priority_country_that_somebody_applied_from_keeps_a_seat_for_its_grant() -> None:
    under = rules_of(a_call(), {"HN", "PE"}, seats=10, waitlist=5, relaxed={})
    assert under.grant_countries == ("HN",)
    people = [person(at, 9_000) for at in range(20)] + [person(99, 10, "HN", ("grant_HN",))]
    found = select(under.model_copy(update={"quotas": ()}), people)
    assert 99 in chosen_numbers(found)
    assert found.selection.grants_unused == ("CO",)


def test_rule_5_with_fewer_grants_than_countries_no_seat_is_kept() -> None:
    call = a_call().model_copy(update={"travel_grants": 1})
    assert rules_of(call, {"HN", "CO"}, seats=10, waitlist=5, relaxed={}).grant_countries == ()


def test_the_waitlist_is_in_the_order_of_merit_and_as_long_as_asked() -> None:
    found = select(rules(), [person(at, 5_000 + at) for at in range(20)])
    assert found.decided("waitlisted") == [9, 8, 7, 6, 5]
    assert [each.rank for each in found.lines if each.decided == "waitlisted"] == [1, 2, 3, 4, 5]
    assert found.decided("turned_down") == [4, 3, 2, 1, 0]
    assert (found.selection.offered, found.selection.waitlisted, found.selection.turned_down) == (10, 5, 5)


def test_rule_4_the_waitlist_holds_replacements_for_everybody_whom_a_quota_counts() -> None:
    people = [person(at, 5_000 + at) for at in range(20)]
    people += [person(at, 10 + at, "HN", ("grant_HN",)) for at in range(90, 95)]
    found = select(rules(grant_countries=("HN",), travel_grants=2), people)
    assert 94 in chosen_numbers(found)
    assert found.decided("waitlisted") == [10, 9, 8, 93, 92]


def test_no_waitlist_is_as_long_as_none() -> None:
    people = [person(at, 5_000, marks=("women",)) for at in range(20)]
    found = select(rules(waitlist=0, quotas=(Quota(attribute="women", percent=50),)), people)
    assert found.decided("waitlisted") == []


def test_fewer_people_than_seats_all_get_one() -> None:
    assert select(rules(), [person(at, 0) for at in range(4)]).selection.offered == 4


def test_rule_3_quotas_that_cannot_be_met_are_explained_by_the_smallest_relaxation() -> None:
    people = [person(at, 5_000, marks=("women",) if at < 2 else ()) for at in range(20)]
    quota = Quota(attribute="women", percent=50)
    found = select(rules(quotas=(quota,)), people).selection
    assert found.state == "infeasible"
    (concession,) = found.concessions
    assert (concession.code, concession.asked, concession.reachable, concession.candidates) == ("women", 5, 2, 2)
    again = select(rules(quotas=(quota,), relaxed={"women": 2}), people).selection
    assert again.state == "proposed"


def test_quotas_that_collide_with_a_cap_name_what_gives_way_with_the_fewest_seats() -> None:
    marks = ("indigenous",)
    people = [person(at, 5_000, "GT", marks) for at in range(6)] + [person(at, 6_000) for at in range(10, 30)]
    found = select(rules(quotas=(Quota(attribute="indigenous", percent=60),), country_cap=5), people).selection
    assert found.state == "infeasible"
    assert sum(abs(each.asked - each.reachable) for each in found.concessions) == 1


def test_rule_3_every_outcome_has_a_reason_in_terms_of_the_published_criteria() -> None:
    people = [person(at, 5_000 + 100 * at, marks=("women",) if at < 3 else ()) for at in range(14)]
    people += [person(at, 9_900, "AR") for at in range(20, 24)]
    found = select(rules(quotas=(Quota(attribute="women", percent=20),), country_cap=8), people)
    codes = found.reasons
    assert codes.keys() == {int(each.application_id, 16) for each in people}
    assert {codes[at] for at in chosen_numbers(found)} == {"chosen"}
    assert codes[0] == "merit_below_last_seat"
    assert codes[5] == "published_shares_and_rules"


def test_rule_3_who_is_over_the_cap_of_their_country_is_told_so() -> None:
    people = [person(at, 9_000 + at, "AR") for at in range(5)] + [person(at, 5_000 + at) for at in range(10, 30)]
    found = select(rules(country_cap=2, seats=4), people)
    assert [found.reasons[at] for at in range(3)] == ["country_cap_reached"] * 3


def test_rule_3_who_lost_a_tie_is_told_so() -> None:
    found = select(rules(seats=3), [person(at, 7_000) for at in range(9)])
    lost = set(found.reasons.values()) - {"chosen"}
    assert lost == {"tie_broken_by_published_order"}


def test_rule_3_reasons_and_concessions_are_worded_in_four_languages() -> None:
    assert outcome_words("chosen").keys() == {"es", "en", "pt", "fr"}
    words = concession_words("grant_HN", 1, 0, 0)
    assert words["en"] == "Travel grant (HN): seats asked for 1, within reach 0, candidates 0."
    assert concession_words("country_cap_GT", 5, 6, 9)["es"].startswith("Tope por país (GT): el máximo")
    assert concession_words("theme_environment", 5, 2, 2)["fr"].startswith("Thèmes (environnement)\u00a0:")
    both = concession_words("theme_indigenous_rights_land_rights", 5, 2, 2)
    assert both["es"].startswith("Temas (derechos a la tierra y derechos de los pueblos indígenas):")
    assert concession_words("women", 5, 2, 2)["pt"].startswith("Mulheres:")


def test_rule_3_the_hash_of_the_inputs_changes_with_any_of_them_and_not_with_their_order() -> None:
    people = [person(at, 5_000 + at) for at in range(5)]
    under = terms_of(rules()).rules
    whole = inputs_sha256(under, people)
    assert inputs_sha256(under, people[::-1]) == whole
    others = [
        people[0]._replace(merit=1),
        people[0]._replace(country="HN"),
        people[0]._replace(marks=("women",)),
        people[0]._replace(salt="x"),
        people[0]._replace(by_hand="outside"),
    ]
    for other in others:
        assert inputs_sha256(under, [other, *people[1:]]) != whole
    assert inputs_sha256(terms_of(rules(seats=11)).rules, people) != whole


def test_rule_17_who_is_inside_or_outside_by_hand_is_and_the_others_are_chosen_around_them() -> None:
    people = [person(at, 5_000 + at) for at in range(18)]
    people += [person(18, 5_018, by_hand="outside"), person(19, 10, by_hand="inside")]
    found = select(rules(), people)
    assert chosen_numbers(found) == {19, *range(9, 18)}
    assert (found.reasons[18], found.reasons[19], found.reasons[8]) == (
        "decided_by_hand",
        "decided_by_hand",
        "merit_below_last_seat",
    )
    assert 18 in found.decided("turned_down"), "nobody whom a coordinator left out waits for a seat"


def test_quotas_hold_around_what_was_decided_by_hand_or_say_what_gives_way() -> None:
    quota = Quota(attribute="women", percent=30)
    people = [person(at, 5_000 + at) for at in range(20)]
    people += [person(at, 100 + at, marks=("women",), by_hand="outside" if at < 22 else "") for at in range(20, 24)]
    (concession,) = select(rules(quotas=(quota,)), people).selection.concessions
    assert (concession.code, concession.asked, concession.reachable) == ("women", 3, 2)


def test_a_selection_that_was_given_up_goes_no_further_and_one_that_is_computed_cannot_be() -> None:
    draft = Selection(selection_id="s", call_id="call", edition_id="edition", proposed_at=AT, rules=rules())
    progress = Progress(stage="opening", done=1, of=2)
    assert advance(draft, progress).progress == progress
    given_up = give_up(draft, "asked")
    assert (given_up.state, given_up.given_up_because, give_up(given_up, "asked")) == ("given_up", "asked", given_up)
    with pytest.raises(SelectionWasGivenUp):
        advance(given_up, progress)
    with pytest.raises(SelectionIsNotBeingComputed):
        give_up(draft.model_copy(update={"state": "proposed"}), "asked")


@pytest.mark.parametrize("relaxed", [{"women": 6}, {"men": 1}, {"country_cap_AR": 1}])
def test_a_relaxation_only_gives_way(relaxed: dict[str, int]) -> None:
    with pytest.raises(NotARelaxation):
        check_relaxed(rules(quotas=QUOTAS, country_cap=3), relaxed)


def test_a_relaxation_as_a_concession_names_it_is_taken() -> None:
    check_relaxed(rules(quotas=QUOTAS, country_cap=3), {"women": 3, "country_cap_AR": 4})


def a_call() -> Call:
    return Call(
        call_id="c" * 32,
        edition_id="e" * 32,
        opens_at=AT,
        closes_at=AT,
        seats=10,
        travel_grants=7,
        criteria=Criteria(priority_countries=("HN", "CO"), quotas=QUOTAS),
    )
