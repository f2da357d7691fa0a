"""Which day page and papers tell: that of the action at the edition's place, the same for all, to the day alone."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from relevo_certification.calendar import day_of
from relevo_certification.credential.sealed_name import decoded

LATE_IN_WASHINGTON = datetime(2020, 3, 1, 2, 30, tzinfo=UTC)
"""Half past nine in the evening of 29 February there."""


async def dates_of(house: Any, person: str, holder: int) -> dict[str, Any]:
    """Every date that page and papers tell."""
    link, get = await house.link(person), house.stand.http.get
    credential = (await get(f"{link}/credential.json")).json()
    claims = json.loads(decoded((await get(f"{link}/credential.jwt")).text.split(".")[1]))
    own = await get("/me/certificate/certificate.pdf", headers=house.holder(holder))
    pdf = PdfReader(io.BytesIO(own.content))
    assert pdf.metadata is not None
    return {
        "page": (await get(f"{link}?lang=es")).text.partition("Expedido el</dt><dd>")[2].partition("</dd>")[0],
        "json": (await get(f"/verifications/{link[3:]}")).json()["issued_on"],
        "credential": (credential["validFrom"], credential["proof"][0]["created"]),
        "jwt": (claims["validFrom"], claims["nbf"]),
        "paper": " ".join(pdf.pages[0].extract_text().split()).partition("Expedido el ")[2][:22],
        "pdf": (str(pdf.metadata.creation_date), str(pdf.metadata.modification_date)),
    }


async def test_dates_on_page_and_papers_are_those_of_the_editions_place(house: Any) -> None:
    house.stand.clock.at = LATE_IN_WASHINGTON
    person = await house.issued(0, "Persona")
    found = await dates_of(house, person, 0)
    begins = int(datetime(2020, 2, 29, 5, tzinfo=UTC).timestamp())
    assert (found["page"], found["json"]) == ("29 de febrero de 2020", "2020-02-29")
    assert found["credential"] == ("2020-02-29T05:00:00Z",) * 2
    assert found["jwt"] == ("2020-02-29T05:00:00Z", begins)
    assert found["paper"].startswith("29 de febrero de 2020")
    credential = (await house.stand.http.get(f"{await house.link(person)}/credential.json")).json()
    subject = credential["credentialSubject"]
    assert subject["activityStartDate"] == "2019-12-09T05:00:00Z"
    assert subject["activityEndDate"] == "2019-12-14T04:59:59Z"
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    assert (await house.verification(person))["revoked_on"] == "2020-02-29"


async def test_nothing_stands_out_by_its_second_and_a_corrected_one_not_by_its_day(house: Any) -> None:
    people = [await house.ready(number, f"Persona {number}") for number in range(3)]
    await house.issue()
    before = [await dates_of(house, person, number) for number, person in enumerate(people)]
    assert before[0] == before[1] == before[2]
    house.stand.clock.at += timedelta(days=9, hours=3, minutes=7, seconds=11)
    body = {"because": "name_corrected", "name": "Otra"}
    await house.stand.post(f"/certificates/{people[0]}/supersede", body, headers=house.coordinator)
    path = "/me/certificate/choose-display"
    await house.stand.post(path, {"display": "unnamed"}, headers=house.holder(1))
    after = [await dates_of(house, person, number) for number, person in enumerate(people)]
    assert after == before


@pytest.mark.parametrize("zone", ["localtime", "Factory", "Washington", "", "UTC+5", "../etc/passwd"])
async def test_an_editions_time_zone_is_one_in_which_people_live(house: Any, making: Any, zone: str) -> None:
    body = {**making.facts().model_dump(mode="json"), "time_zone": zone}
    answer = await house.stand.http.put(f"/editions/{'d' * 32}", json=body, headers=house.coordinator)
    assert (answer.status_code, "time zone" in answer.text) == (422, True)
    assert day_of(making.facts(time_zone="America/Lima"), LATE_IN_WASHINGTON).isoformat() == "2020-02-29"


async def test_facts_without_the_places_time_zone_are_refused(house: Any, making: Any) -> None:
    body = making.facts().model_dump(mode="json")
    del body["time_zone"]
    answer = await house.stand.http.put(f"/editions/{'d' * 32}", json=body, headers=house.coordinator)
    assert answer.status_code == 422
