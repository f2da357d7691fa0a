"""A person chooses letters, few letters or none; staff do not choose for them (rule 20)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from relevo_contracts.intake import ApplicantDetailsCorrected
from relevo_testkit.stand import Stand

Choosing = Any
Form = Callable[..., dict[str, Any]]


async def test_rule_20_a_person_chooses_how_many_letters_and_staff_do_not(choosing: Choosing) -> None:
    mine = next(iter(choosing.receipts))
    path, receipt = f"/applications/{mine}/details", choosing.receipt(mine)
    assert (await choosing.ask(path, **receipt))["letters"] == "all"
    assert (await choosing.post(path, {"letters": "few"}, receipt))["letters"] == "few"
    own = await choosing.ask(path, **receipt)
    assert (own["letters"], own["corrections"][-1]["details"]) == ("few", ["letters"])
    by_staff = {"letters": "none", "reason": "Pidió que no se le escriba."}
    refused = await choosing.on.post(f"/applications/{mine}/corrections", by_staff, headers=choosing.coordinator)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "body.letters")


@pytest.mark.parametrize("chosen", ["all", "few", "none"])
async def test_rule_20_how_many_letters_is_said_with_the_application(
    intake: Stand, call_id: str, application_form: Form, chosen: str
) -> None:
    answer = await intake.post(f"/calls/{call_id}/applications", application_form(letters=chosen))
    receipt = {"Relevo-Receipt": answer.json()["receipt_code"]}
    path = f"/applications/{answer.json()['application_id']}/details"
    assert (await intake.http.get(path, headers=receipt)).json()["letters"] == chosen


async def test_rule_20_how_many_letters_somebody_wants_is_told_to_no_other_service(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    mine, offer = next(iter((await choosing.offered()).items()))
    receipt = choosing.receipt(mine)
    await choosing.post(f"/offers/{offer}/accept", None, receipt)
    await choosing.post(f"/applications/{mine}/details", {"letters": "none"}, receipt)
    assert choosing.events(ApplicantDetailsCorrected) == []
    await choosing.post(f"/applications/{mine}/details", {"letters": "few", "display": "named"}, receipt)
    assert len(choosing.events(ApplicantDetailsCorrected)) == 1
