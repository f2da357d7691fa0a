"""Reviews: merit, conflicts, a fair share (rule 2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_intake.domain.call import Criterion
from relevo_intake.domain.review import (
    Judged,
    NotOnThePanel,
    Panel,
    Review,
    Reviewer,
    ScoresDoNotFitTheRubric,
    check_scores,
    declare_conflict,
    merit_of,
    seat_reviewers,
    share_out,
    with_review,
)
from relevo_intake.domain.review.assessment import Assessment, assess

AT = datetime(2019, 10, 1, tzinfo=UTC)
RUBRIC = (
    Criterion(code="experience", weight=30, max_score=10),
    Criterion(code="motivation", weight=70, max_score=5),
)


def review(reviewer: str, experience: int, motivation: int) -> Review:
    scores = {"experience": experience, "motivation": motivation}
    return Review(review_id=reviewer * 2, reviewer_id=reviewer, scores=scores, reviewed_at=AT)


def application(number: int, **facts: object) -> Judged:
    return Judged.model_validate({"application_id": f"{number:032x}", "country_hash": f"c{number % 5}", **facts})


def test_merit_is_the_weighted_mean_in_basis_points() -> None:
    assert merit_of(RUBRIC, [review("r", 10, 5)]) == 10_000
    assert merit_of(RUBRIC, [review("r", 5, 0)]) == 1_500
    assert merit_of(RUBRIC, [review("r", 10, 0), review("s", 0, 5)]) == 5_000
    assert merit_of(RUBRIC, []) is None


def test_merit_rounds_halves_up_and_needs_no_fractions() -> None:
    thirds = (Criterion(code="one", weight=1, max_score=3),)
    scores = [Review(review_id="a", reviewer_id=str(at), scores={"one": at}, reviewed_at=AT) for at in (0, 1, 1)]
    assert merit_of(thirds, scores) == 2_222
    eighths = (Criterion(code="one", weight=1, max_score=16), Criterion(code="two", weight=1, max_score=10))
    one = Review(review_id="a", reviewer_id="r", scores={"one": 1, "two": 0}, reviewed_at=AT)
    assert merit_of(eighths, [one]) == 313


def test_merit_does_not_depend_on_the_order_of_arrival() -> None:
    three = [review("r", 7, 3), review("s", 2, 4), review("t", 9, 1)]
    assert merit_of(RUBRIC, three) == merit_of(RUBRIC, three[::-1])


@pytest.mark.parametrize(
    "scores",
    [
        {"experience": 5},
        {"experience": 11, "motivation": 1},
        {"experience": -1, "motivation": 1},
        {"experience": 5, "motivation": 1, "looks": 3},
    ],
)
def test_scores_that_do_not_fit_the_rubric_are_refused(scores: dict[str, int]) -> None:
    with pytest.raises(ScoresDoNotFitTheRubric):
        check_scores(RUBRIC, scores)


def test_a_refusal_of_scores_never_repeats_what_was_sent() -> None:
    with pytest.raises(ScoresDoNotFitTheRubric) as refused:
        check_scores(RUBRIC, {"experience": 1, "motivation": 1, "maria_perez": 3})
    assert "maria" not in str(refused.value)


def test_a_second_review_of_a_reviewer_takes_the_place_of_the_first_and_keeps_its_id() -> None:
    first = with_review((), review("r", 1, 1))
    again = with_review(first, review("r", 9, 5).model_copy(update={"review_id": "another"}))
    assert [(each.review_id, each.scores["experience"]) for each in again] == [("rr", 9)]


@pytest.mark.parametrize(
    "reviewer",
    [
        Reviewer(reviewer_id="r", country_hash="c1"),
        Reviewer(reviewer_id="r", organisation_hash="o1"),
        Reviewer(reviewer_id="r", conflicts=(f"{1:032x}",)),
    ],
)
def test_rule_2_own_country_own_organisation_and_declared_conflicts_bar_a_reviewer(reviewer: Reviewer) -> None:
    assert application(1, organisation_hash="o1").barred(reviewer)
    assert not application(2, organisation_hash="o2").barred(reviewer)


def test_rule_2_two_who_name_no_organisation_are_not_of_the_same_one() -> None:
    assert not application(1).barred(Reviewer(reviewer_id="r"))


def test_rule_2_a_declared_conflict_outlives_a_new_list_of_reviewers() -> None:
    panel = seat_reviewers(None, "call", [Reviewer(reviewer_id="r")])
    panel = declare_conflict(panel, "r", "x")
    panel = seat_reviewers(panel, "call", [Reviewer(reviewer_id="r", country_hash="c1")])
    assert panel.reviewer("r") == Reviewer(reviewer_id="r", country_hash="c1", conflicts=("x",))


def test_nobody_declares_a_conflict_who_is_not_on_the_panel() -> None:
    with pytest.raises(NotOnThePanel):
        declare_conflict(Panel(call_id="call"), "r", "x")


reviewers = st.lists(
    st.builds(
        Reviewer,
        reviewer_id=st.text("rstuvwxyz", min_size=3, max_size=6),
        country_hash=st.sampled_from(["c0", "c1", "c2", "c3", "c4", None]),
        conflicts=st.lists(st.integers(0, 20).map(lambda n: f"{n:032x}"), max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each.reviewer_id,
)


@settings(max_examples=100, deadline=None)
@given(reviewers, st.integers(0, 30), st.integers(1, 4))
def test_rule_2_nobody_is_ever_assigned_what_they_are_barred_from_and_all_get_what_they_can(
    panel: list[Reviewer], many: int, share: int
) -> None:
    there = Panel(call_id="call", reviewers=tuple(panel))
    applications = [application(number) for number in range(many)]
    plan = share_out(there, applications, share)
    for each in applications:
        names = plan[each.application_id]
        able = [one for one in panel if not each.barred(one)]
        assert len(set(names)) == len(names) == min(share, len(able))
        assert not any(each.barred(there.reviewer(name)) for name in names)
    again = share_out(there, [a.model_copy(update={"assigned": plan[a.application_id]}) for a in applications], share)
    assert again == plan


def test_the_reading_is_shared_evenly_whatever_the_order_of_arrival() -> None:
    panel = Panel(call_id="call", reviewers=tuple(Reviewer(reviewer_id=f"r{at}") for at in range(7)))
    applications = [application(number) for number in range(100)]
    plan = share_out(panel, applications, 3)
    loads = [sum(one.reviewer_id in names for names in plan.values()) for one in panel.reviewers]
    assert max(loads) - min(loads) <= 1
    assert share_out(panel, applications[::-1], 3) == plan


def test_rule_2_an_assignment_that_became_barred_goes_unless_it_was_reviewed() -> None:
    panel = Panel(call_id="call", reviewers=(Reviewer(reviewer_id="r", country_hash="c1"), Reviewer(reviewer_id="s")))
    waiting = application(1, assigned=("r",))
    assert share_out(panel, [waiting], 1) == {waiting.application_id: ("s",)}
    done = application(1, assigned=("r",), reviewed_by=("r",))
    assert share_out(panel, [done], 1) == {done.application_id: ("r",)}


def test_those_who_decide_see_mean_and_spread_as_the_selection_weighs_them() -> None:
    reviews = [review("a", 10, 5), review("b", 4, 3), review("c", 7, 2)]
    found = assess(RUBRIC, reviews)
    assert (found.reviews, found.merit, found.spread) == (3, merit_of(RUBRIC, reviews), 10_000 - 4_900)
    assert found.criteria == {"experience": 7_000, "motivation": 6_667}
    assert assess(RUBRIC, []) == Assessment()
    assert assess(RUBRIC, reviews[:1]).spread == 0


def test_rule_2_scores_that_do_not_fit_are_told_criterion_by_criterion() -> None:
    rubric = [Criterion(code=code, weight=1, max_score=5) for code in ("motivation", "experience", "multiplier_idea")]
    with pytest.raises(ScoresDoNotFitTheRubric) as refused:
        check_scores(rubric, {"motivation": 6, "experience": 5, "canary": 1})
    assert [(each.where, each.code, each.reason) for each in refused.value.placed] == [
        ("body.scores.multiplier_idea", "score_missing", "needs a score"),
        ("body.scores.motivation", "score_out_of_range", "is not from 0 to 5"),
        ("body.scores", "criterion_unknown", "names a criterion that the rubric does not have"),
    ]
