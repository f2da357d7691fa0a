"""Conflicts of interest over HTTP: who is never assigned, and whom a coordinator looks at (rule 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from relevo_testkit.records import readings_of
from relevo_testkit.stand import Stand, known_as

Form = Callable[..., dict[str, Any]]


def coordinator(intake: Stand) -> dict[str, str]:
    return intake.tokens.bearer("coordinator-1", "coordinator")


NO_COUNTRY = ["UK", "EL", "ZZ", "XX", "XK", "EU", "AA", "SU", "gb", "GBR", "G", "", "Ｇ" + "B"]


@pytest.mark.parametrize("code", NO_COUNTRY)
async def test_a_country_is_refused_unless_its_code_is_assigned_wherever_one_is_said(
    intake: Stand, call_id: str, call_form: dict[str, Any], application_form: Form, code: str
) -> None:
    staff, path = coordinator(intake), f"/calls/{call_id}"
    criteria = {"priority_countries": ["HN", code]}
    answers = [
        await intake.post(f"{path}/applications", application_form(country=code)),
        await intake.post(f"{path}/drafts", {"country": code}),
        await intake.post(f"{path}/reviewers", {"reviewers": [{"reviewer_id": "r", "country": code}]}, headers=staff),
        await intake.post(f"{path}/applications/search", {"countries": [code]}, headers=staff),
        await intake.post("/calls", {**call_form, "call_id": "3" * 32, "criteria": criteria}, headers=staff),
    ]
    assert [each.status_code for each in answers] == [422] * 5
    assert all("ISO 3166-1" in each.json()["errors"][0]["reason"] for each in answers)


async def test_rule_2_a_reviewer_of_the_same_country_or_organisation_in_another_spelling_is_never_assigned(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    form = application_form(country="GB", organisation="Comité Cerezo, A.C.")
    mine = (await intake.post(f"/calls/{call_id}/applications", form)).json()["application_id"]
    panel = [
        {"reviewer_id": "neighbour", "country": "GB"},
        {"reviewer_id": "colleague", "country": "FR", "organisation": "COMITE CEREZO AC"},
        {"reviewer_id": "stranger", "country": "FR", "organisation": "Río Seco"},
    ]
    answer = await intake.post(f"/calls/{call_id}/reviewers", {"reviewers": panel}, headers=coordinator(intake))
    assert (answer.json()["short"], answer.json()["possible_conflicts"]) == ([mine], 0)
    assert intake.store.collections["application"][mine]["state"]["assigned"] == [known_as("stranger")]


async def test_rule_2_a_coordinator_is_shown_near_names_and_can_keep_the_two_apart(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    staff, path = coordinator(intake), f"/calls/{call_id}"
    form = application_form(organisation="Comité Cerezo México")
    mine = (await intake.post(f"{path}/applications", form)).json()["application_id"]
    await intake.post(f"{path}/applications", application_form(contact="eva@correo.org", organisation="Río Seco"))
    reviewer = {"reviewer_id": "r", "country": "FR", "organisation": "Comité Cerezo"}
    answer = await intake.post(f"{path}/reviewers", {"reviewers": [reviewer]}, headers=staff)
    assert answer.json()["possible_conflicts"] == 1
    assert "Cerezo" not in str(intake.store.collections["panel"])
    before = len(readings_of(intake.store))
    listed = (await intake.http.get(f"{path}/possible-conflicts", headers=staff)).json()
    assert listed["items"] == [
        {
            "application_id": mine,
            "reviewer_id": known_as("r"),
            "organisation": "Comité Cerezo México",
            "reviewers_organisation": "Comité Cerezo",
        }
    ]
    assert len(readings_of(intake.store)) == before + 1
    await intake.post(f"{path}/reviewers", {"reviewers": [{**reviewer, "conflicts": [mine]}]}, headers=staff)
    assert intake.store.collections["application"][mine]["state"]["assigned"] == []
    assert (await intake.http.get(f"{path}/possible-conflicts", headers=staff)).json()["items"] == []
