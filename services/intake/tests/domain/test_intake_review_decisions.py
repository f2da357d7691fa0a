"""What is decided about reviews, by itself: assigned, given, stepped aside from, taken back (rule 2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relevo_contracts.intake import ApplicationReviewed
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Criterion
from relevo_intake.domain.contact import Contact, Linked
from relevo_intake.domain.review import (
    ConflictOfInterest,
    Judged,
    NotAssigned,
    Panel,
    Review,
    Reviewer,
    ReviewsAreOver,
    ScoresDoNotFitTheRubric,
    decisions,
)
from relevo_intake.domain.seating.state import Seating

AT = datetime(2019, 10, 1, tzinfo=UTC)
RUBRIC = (Criterion(code="experience", weight=1, max_score=10),)
JUDGED = Judged(application_id="a", country_hash="HN")


def application(**facts: object) -> Application:
    return Application.model_validate(
        {
            "application_id": "a" * 32,
            "person_id": "b" * 32,
            "call_id": "c" * 32,
            "edition_id": "e" * 32,
            "contact_id": "d" * 32,
            "receipt_hash": "",
            "confirmation_hash": "",
            "submitted_at": AT,
            "consent_version": "1",
            "assigned": ("r", "s"),
            **facts,
        }
    )


def panel(**countries: str) -> Panel:
    seated = countries or {"r": "PE", "s": "CO"}
    reviewers = tuple(Reviewer(reviewer_id=name, country_hash=country) for name, country in seated.items())
    return Panel(call_id="c" * 32, reviewers=reviewers)


def review(reviewer_id: str = "r", score: int = 5, review_id: str = "1" * 32) -> Review:
    return Review(review_id=review_id, reviewer_id=reviewer_id, scores={"experience": score}, reviewed_at=AT)


def test_rule_2_a_review_that_is_given_is_told_with_how_many_there_are() -> None:
    before = application(reviews=(review("s", review_id="2" * 32),))
    reviewed, (event,) = decisions.give_review(before, panel(), JUDGED, RUBRIC, review())
    assert [each.reviewer_id for each in reviewed.reviews] == ["s", "r"]
    assert isinstance(event, ApplicationReviewed)
    assert (event.application_id, event.review_id, event.reviews) == ("a" * 32, "1" * 32, 2)


def test_rule_2_a_review_given_anew_keeps_its_id_and_its_place_in_the_count() -> None:
    once, _ = decisions.give_review(application(), panel(), JUDGED, RUBRIC, review())
    again, (event,) = decisions.give_review(once, panel(), JUDGED, RUBRIC, review(score=9, review_id="9" * 32))
    assert [(each.review_id, each.scores["experience"]) for each in again.reviews] == [("1" * 32, 9)]
    assert isinstance(event, ApplicationReviewed)
    assert (event.review_id, event.reviews) == ("1" * 32, 1)


@pytest.mark.parametrize("judged", [None, Judged(application_id="a", country_hash="PE")])
def test_rule_2_nobody_reviews_their_own_country_nor_whom_nobody_can_compare(judged: Judged | None) -> None:
    with pytest.raises(ConflictOfInterest):
        decisions.give_review(application(), panel(), judged, RUBRIC, review())


def test_scores_that_do_not_fit_the_rubric_are_not_taken() -> None:
    with pytest.raises(ScoresDoNotFitTheRubric):
        decisions.give_review(application(), panel(), JUDGED, RUBRIC, review(score=11))


def test_unknown_withdrawn_foreign_and_superseded_applications_are_all_not_assigned() -> None:
    named = Contact(
        contact_id="d" * 32,
        call_id="c" * 32,
        linked=(
            Linked(application_id="a" * 32, submitted_at=AT),
            Linked(application_id="f" * 32, submitted_at=AT, confirmed_at=AT),
        ),
    )
    for there, contact in (
        (None, None),
        (application(state="withdrawn"), None),
        (application(assigned=("s",)), None),
        (application(), named),
    ):
        with pytest.raises(NotAssigned):
            decisions.assigned_to(there, contact, "r")
    assert decisions.assigned_to(application(), None, "r") == application()


def test_reviews_are_over_once_a_selection_was_applied() -> None:
    seating = Seating(call_id="c" * 32, edition_id="e" * 32, seats=30)
    decisions.must_not_be_over(None)
    decisions.must_not_be_over(seating)
    with pytest.raises(ReviewsAreOver):
        decisions.must_not_be_over(seating.model_copy(update={"selection_id": "5" * 32}))


def test_rule_2_whoever_steps_aside_leaves_the_list_for_good_and_what_they_gave_does_not_count() -> None:
    before = application(reviews=(review("r"), review("s", review_id="2" * 32)))
    stepped = decisions.step_aside(before, panel(), "r")
    assert stepped.application.assigned == ("s",)
    assert [each.reviewer_id for each in stepped.application.reviews] == ["s"]
    assert [each.reviewer_id for each in stepped.dropped] == ["r"]
    assert stepped.panel.reviewer("r").conflicts == ("a" * 32,)
    with pytest.raises(NotAssigned):
        decisions.step_aside(stepped.application, stepped.panel, "r")


def test_whoever_is_on_the_panel_is_assigned_and_whoever_has_reviewed_meanwhile_stays() -> None:
    reviewed = application(reviews=(review("s", review_id="2" * 32), review("gone", review_id="3" * 32)))
    assigned, events = decisions.assign(reviewed, panel(), ["r", "nobody"])
    assert (assigned.assigned, events) == (("r", "s"), ())


@pytest.mark.parametrize(("discard", "kept"), [(False, 1), (True, 0)])
def test_what_somebody_gave_who_leaves_the_panel_counts_unless_it_is_discarded(discard: bool, kept: int) -> None:
    left, dropped = decisions.unassign(application(reviews=(review("r"),)), "r", discard=discard)
    assert left.assigned == ("s",)
    assert (len(left.reviews), len(dropped)) == (kept, 1 - kept)
