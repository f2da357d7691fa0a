"""What the forms take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from relevo_intake.http.forms.applications import ApplicationForm, DraftForm
from relevo_testkit.stand import Stand


def test_what_may_be_left_out_may_be_left_empty() -> None:
    fields = {"contact": "ana@mail.invalid", "name": "Ana", "language": "es", "country": "GT", "motivation": "El río."}
    form = ApplicationForm.model_validate(
        {**fields, "consent": True, "organisation": "", "experience": "", "multiplier_idea": ""}
    )
    assert (form.organisation, form.experience, form.multiplier_idea) == ("", "", "")
    assert DraftForm.model_validate({"name": "", "motivation": ""}).name == ""


@pytest.mark.parametrize(
    ("wrong", "where", "code"),
    [
        ({"seats": True}, "body.seats", "not_an_integer"),
        ({"seats": "3"}, "body.seats", "not_an_integer"),
        ({"opens_at": 1_700_000_000}, "body.opens_at", "not_an_instant"),
        ({"closes_at": "1700000000"}, "body.closes_at", "not_an_instant"),
        ({"closes_at": "2019-09-12T12:00:00Z"}, "body.closes_at", "not_after"),
        ({"criteria": {"quota": []}}, "body.criteria.quota", "unknown"),
        ({"criteria": {"blind": 1}}, "body.criteria.blind", "not_a_boolean"),
        ({"criteria": {"rubric": []}}, "body.criteria.rubric", "rubric_empty"),
        (
            {"criteria": {"priority_countries": ["HN", "UK"]}},
            "body.criteria.priority_countries.1",
            "country_not_assigned",
        ),
        ({"criteria": {"priority_countries": ["HN", "HN"]}}, "body.criteria.priority_countries", "named_twice"),
        ({"requirements": {"multiplier_day": 9}}, "body.requirements.multiplier_day", "unknown"),
        ({"titles": {"es": "\u200b\u200b"}}, "body.titles.es", "nothing_seen"),
    ],
)
async def test_a_field_of_a_call_that_is_not_what_it_should_be_is_told_by_place_and_code(
    intake: Stand, call_form: dict[str, Any], wrong: dict[str, Any], where: str, code: str
) -> None:
    answer = await intake.post("/calls", {**call_form, **wrong}, headers=intake.tokens.bearer("coo", "coordinator"))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:relevo:problem:not-well-formed")
    assert [(each["where"], each["code"]) for each in answer.json()["errors"]] == [(where, code)]


@pytest.mark.parametrize(
    ("wrong", "where", "code"),
    [
        ({"consent": 1}, "body.consent", "not_one_of"),
        ({"consent": "true"}, "body.consent", "not_one_of"),
        ({"contact": "ana@hotmail.com,mx"}, "body.contact", "address_domain"),
        ({"contact": f"{'a' * 65}@correo.org"}, "body.contact", "address_local_part_too_long"),
        ({"name": "Ana \U0001f331"}, "body.name", "name_character"),
        ({"name": "1789"}, "body.name", "no_letter"),
        ({"organisation": "Red\nde Agua"}, "body.organisation", "not_one_line"),
        ({"country": "ZZ"}, "body.country", "country_not_assigned"),
        ({"groups": "indigenous"}, "body.groups", "not_a_list"),
        ({"age": 41}, "body.age", "unknown"),
    ],
)
async def test_a_field_of_an_application_that_is_not_what_it_should_be_is_told_by_place_and_code(
    intake: Stand,
    call_form: dict[str, Any],
    application_form: Callable[..., dict[str, Any]],
    wrong: dict[str, Any],
    where: str,
    code: str,
) -> None:
    await intake.post("/calls", call_form, headers=intake.tokens.bearer("coo", "coordinator"))
    answer = await intake.post(f"/calls/{call_form['call_id']}/applications", application_form(**wrong))
    assert answer.status_code == 422
    assert [(each["where"], each["code"]) for each in answer.json()["errors"]] == [(where, code)]
    assert "hotmail" not in answer.text


@pytest.mark.parametrize("query", ["state=open", "editionid=" + "2" * 32, "limit=1&offset=2"])
async def test_calls_are_not_listed_by_what_is_not_known(intake: Stand, query: str) -> None:
    answer = await intake.http.get(f"/calls?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown")
    assert (await intake.http.get("/calls?limit=1")).status_code == 200
