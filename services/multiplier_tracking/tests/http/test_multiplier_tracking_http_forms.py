"""What people may send in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from relevo_multiplier_tracking.http.forms import CorrectionForm, ReportForm


@pytest.mark.parametrize("wrong", [{"minutes": 1441}, {"minutes": 0}, {"people": 0}, {"people": 10_001}])
def test_rule_8_a_report_claims_no_more_minutes_than_a_day_has_and_a_number_of_people_that_can_be(
    wrong: dict[str, int],
) -> None:
    form = {"held_on": "2020-01-18", "minutes": 1440, "people": 1, "format": "online"}
    ReportForm(**form)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        ReportForm(**{**form, **wrong})  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        CorrectionForm(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "where", "code"),
    [
        ({"minutes": "240"}, "minutes", "not_an_integer"),
        ({"minutes": True}, "minutes", "not_an_integer"),
        ({"people": 10.0}, "people", "not_an_integer"),
        ({"people": ["Ana"]}, "people", "not_an_integer"),
        ({"held_on": 0}, "held_on", "not_a_day"),
        ({"held_on": "2020-01-18T00:00:00Z"}, "held_on", "not_a_day"),
        ({"format": "Online"}, "format", "not_one_of"),
        ({"names": ["Ana"]}, "names", "unknown"),
        ({"held_on": "2030-01-18"}, "held_on", "held_in_the_future"),
        ({"held_on": "2019-01-18"}, "held_on", "held_before_the_week_ended"),
    ],
)
async def test_a_field_of_a_report_that_is_not_what_it_should_be_is_told_by_place_and_code(
    house: Any, wrong: dict[str, Any], where: str, code: str
) -> None:
    form = {"held_on": "2020-01-18", "minutes": 240, "people": 10, "format": "online"}
    problem = await house.post("/me/commitment/reports", house.ana, {**form, **wrong}, 422)
    assert [(each["where"], each["code"]) for each in problem["errors"]] == [(f"body.{where}", code)]
    assert "Ana" not in str(problem)


@pytest.mark.parametrize(
    ("asked", "where", "code"),
    [
        ({"asked_for": "more_days", "reason": "threat"}, "body.due_on", "day_missing"),
        ({"asked_for": "pause", "reason": "threat", "due_on": "2020-04-01"}, "body.due_on", "day_of_a_pause"),
    ],
)
async def test_rule_10_more_days_are_asked_for_until_a_day_and_a_pause_without_one(
    house: Any, asked: dict[str, Any], where: str, code: str
) -> None:
    problem = await house.post("/me/commitment/requests", house.ana, asked, 422)
    assert [(each["where"], each["code"]) for each in problem["errors"]] == [(where, code)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("due_before=0", "not_a_day"),
        ("awaiting=1", "not_a_boolean"),
        ("state=late", "not_one_of"),
        ("due=1", "unknown"),
    ],
)
async def test_commitments_are_not_listed_by_what_is_not_known_or_not_of_its_type(
    house: Any, query: str, code: str
) -> None:
    answer = await house.stand.http.get(f"/commitments?{query}", headers=house.coordinator)
    assert (answer.status_code, [each["code"] for each in answer.json()["errors"]]) == (422, [code])


@pytest.mark.parametrize("field", ["participants", "trainees", "names", "attendees", "people_names"])
def test_rule_15_a_report_has_no_field_for_the_people_trained(field: str) -> None:
    form = {"held_on": "2020-01-18", "minutes": 240, "people": 10, "format": "online"}
    ReportForm(**form)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        ReportForm(**form, **{field: ["Ana"]})  # type: ignore[arg-type]


def test_rule_15_people_are_a_number_and_nothing_else() -> None:
    with pytest.raises(ValidationError):
        ReportForm(held_on=date(2020, 1, 18), minutes=240, people=["Ana"], format="online")  # type: ignore[arg-type]
