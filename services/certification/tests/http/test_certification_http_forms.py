"""What coordinators and holders may send in."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("wrong", "where", "code"),
    [
        ({"hours": "35"}, "hours", "not_an_integer"),
        ({"hours": True}, "hours", "not_an_integer"),
        ({"first_on": 0}, "first_on", "not_a_day"),
        ({"last_on": "2019-12-08"}, "last_on", "earlier_than"),
        ({"time_zone": "localtime"}, "time_zone", "time_zone_unknown"),
        ({"texts": {}}, "texts", "languages_missing"),
        (
            {"signatories": [{"name": "Ana", "office": {"es": "Secretaría"}}]},
            "signatories.0.office",
            "languages_missing",
        ),
        ({"signatories": [{"name": "Ana", "office": {}, "post": 1}]}, "signatories.0.post", "unknown"),
        ({"seal": "round"}, "seal", "unknown"),
    ],
)
async def test_a_field_of_the_facts_that_is_not_what_it_should_be_is_told_by_place_and_code(
    house: Any, making: Any, wrong: dict[str, Any], where: str, code: str
) -> None:
    body = {**making.facts().model_dump(mode="json"), **wrong}
    answer = await house.stand.http.put(f"/editions/{'d' * 32}", json=body, headers=house.coordinator)
    assert answer.status_code == 422
    assert [(each["where"], each["code"]) for each in answer.json()["errors"]] == [(f"body.{where}", code)]


async def test_a_name_that_is_needed_or_cannot_be_typeset_is_told_as_a_wrong_field(house: Any) -> None:
    person = await house.issued(0, "Persona")
    path = f"/certificates/{person}/supersede"
    for name, code in (({}, "name_needed"), ({"name": "Ana \U0001f98b"}, "name_cannot_be_typeset")):
        answer = await house.stand.post(path, {"because": "name_corrected", **name}, headers=house.coordinator)
        [error] = answer.json()["errors"]
        assert (error["where"], error["code"]) == ("body.name", code)


async def test_certificates_are_not_listed_and_papers_not_asked_for_by_what_is_not_known(house: Any) -> None:
    person = await house.issued(0, "Persona")
    for path in (f"/editions/{'d' * 32}/certificates?under_review=1", f"/certificates/{person}/certificate.pdf?id=1"):
        assert (await house.stand.http.get(path, headers=house.coordinator)).status_code == 422
    assert (await house.stand.http.get(f"{await house.link(person)}?fbclid=x")).status_code == 200
