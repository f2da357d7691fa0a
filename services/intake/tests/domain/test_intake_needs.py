"""What is needed for the week, as pure rules: who may state it, on which days, and when it is gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from relevo_contracts import Requirements
from relevo_intake.domain import needs
from relevo_intake.domain.needs import DaysAreFarFromWeek, Needs, NeedsAreGone, NoSeatAccepted, Week
from relevo_intake.domain.participant import Participant

NOW = datetime(2019, 11, 20, 12, tzinfo=UTC)
WEEK = Week(edition_id="e" * 32, first_on=date(2019, 12, 9), last_on=date(2019, 12, 13))
GOES_AT = datetime(2019, 12, 28, 12, tzinfo=UTC)
ANA = Participant(
    participant_id="a" * 32,
    application_id="b" * 32,
    person_id="c" * 32,
    call_id="1" * 32,
    edition_id="e" * 32,
    enrolled_at=NOW,
    requirements=Requirements(),
)


def test_rule_7_what_is_needed_is_gone_when_the_fourteenth_day_after_the_week_is_over_everywhere() -> None:
    assert WEEK.needs_until_on == date(2019, 12, 27)
    assert WEEK.needs_go_at == GOES_AT
    assert needs.going(WEEK, GOES_AT - timedelta(milliseconds=1)) is WEEK
    going = needs.going(WEEK, GOES_AT)
    assert going.needs == "going"
    assert needs.going(going, GOES_AT) is going


def test_a_week_that_is_moved_moves_the_end_and_what_is_gone_stays_so() -> None:
    moved = needs.planned(WEEK, WEEK.edition_id, date(2020, 1, 6), date(2020, 1, 10))
    assert moved.needs_until_on == date(2020, 1, 24)
    assert needs.going(moved, GOES_AT) is moved
    gone = needs.gone(needs.going(WEEK, GOES_AT))
    assert needs.planned(gone, WEEK.edition_id, date(2020, 1, 6), date(2020, 1, 10)).needs == "gone"


def test_it_is_stated_by_whoever_takes_part_until_it_is_gone() -> None:
    left = ANA.model_copy(update={"state": "withdrawn"})
    assert needs.may_state(ANA, None, NOW) is ANA
    assert needs.may_state(ANA, WEEK, GOES_AT - timedelta(seconds=1)) is ANA
    for nobody in (None, left):
        with pytest.raises(NoSeatAccepted):
            needs.may_state(nobody, WEEK, NOW)
    for week, now in ((WEEK, GOES_AT), (needs.going(WEEK, GOES_AT), NOW), (needs.gone(WEEK), NOW)):
        with pytest.raises(NeedsAreGone):
            needs.may_state(ANA, week, now)


@pytest.mark.parametrize("name", ["arrival_on", "departure_on"])
@pytest.mark.parametrize(
    ("day", "week", "is_far"),
    [
        (date(2019, 11, 9), WEEK, False),
        (date(2019, 11, 8), WEEK, True),
        (date(2020, 1, 12), WEEK, False),
        (date(2020, 1, 13), WEEK, True),
        (date(2020, 6, 1), None, False),
        (date(2021, 6, 1), None, True),
        (date(2018, 12, 9), None, True),
    ],
)
def test_days_of_travel_lie_around_the_week(name: str, day: date, week: Week | None, is_far: bool) -> None:
    wanted = Needs.model_validate({name: day})
    if not is_far:
        return needs.must_be_around_week(wanted, week, NOW)
    with pytest.raises(DaysAreFarFromWeek) as refused:
        needs.must_be_around_week(wanted, week, NOW)
    [wrong] = refused.value.errors
    assert (wrong.where, wrong.code) == (name, "far_from_week")
    return None


def test_somebody_is_reminded_while_nothing_is_stated_and_the_week_is_not_over() -> None:
    stated = needs.state(needs.none_stated(ANA), NOW)
    over = datetime(2019, 12, 14, 12, tzinfo=UTC)
    assert needs.may_still_state(None, None, NOW)
    assert needs.may_still_state(needs.clear(stated), WEEK, over - timedelta(seconds=1))
    assert not needs.may_still_state(None, WEEK, over)
    assert not needs.may_still_state(stated, WEEK, NOW)


def test_every_change_is_another_revision_and_taking_back_nothing_is_none() -> None:
    stated = needs.state(needs.none_stated(ANA), NOW)
    cleared = needs.clear(stated)
    assert (stated.revision, cleared.revision, cleared.changed_at) == (1, 2, None)
    assert needs.clear(cleared) is cleared
