"""Who decided what about a call and its people, on which version (rule 22)."""

from __future__ import annotations

from typing import Any

from relevo_testkit.stand import Stand, known_as

ONE, TWO = known_as("coordinator-1"), known_as("coordinator-2")


async def decided(intake: Stand, path: str) -> list[tuple[str, str]]:
    staff = intake.tokens.bearer("coordinator-1", "coordinator")
    page = await intake.http.get(f"{path}/decisions?limit=200", headers=staff)
    assert page.status_code == 200, page.text
    return [(each["code"], each["by"]) for each in page.json()["items"]]


async def test_rule_22_who_opened_changed_and_closed_a_call_is_kept_in_it_and_on_record(
    intake: Stand, call_id: str
) -> None:
    path, other = f"/calls/{call_id}", intake.tokens.bearer("coordinator-2", "coordinator")
    figures = await intake.http.get(f"{path}/figures", headers=other)
    assert (figures.json()["closed_by"], figures.json()["closed_by_whom"]) == (None, None)
    tagged = {**other, "If-Match": figures.headers["etag"]}
    for _ in range(2):
        answer = await intake.http.put(f"{path}/requirements", json={"offer_days": 3}, headers=tagged)
        assert answer.status_code == 200, answer.text
        tagged["If-Match"] = answer.headers["etag"]
    await intake.post(f"{path}/late-codes", {"expires_at": "2019-12-01T00:00:00Z"}, headers=other)
    closed = (await intake.post(f"{path}/close", headers=other)).json()
    assert (closed["closed_by"], closed["closed_by_whom"]) == ("hand", TWO)
    assert await decided(intake, path) == [
        ("call_closed_by_hand", TWO),
        ("late_code_issued", TWO),
        ("requirements_changed", TWO),
        ("call_opened", ONE),
    ]
    public = (await intake.http.get(path)).json()
    assert "coordinator" not in str(public)


async def test_rule_22_the_decision_on_a_contact_and_an_erasure_by_staff_are_on_record(
    intake: Stand, call_id: str, application_form: Any
) -> None:
    staff = intake.tokens.bearer("coordinator-2", "coordinator")
    path = f"/calls/{call_id}/applications"
    mine, _ = [(await intake.post(path, application_form())).json() for _ in range(2)]
    application_id, receipt = mine["application_id"], {"Relevo-Receipt": mine["receipt_code"]}
    [person_id, _] = [row["state"]["person_id"] for row in intake.store.collections["application"].values()]
    assert await decided(intake, f"/applications/{application_id}") == []
    await intake.post(f"/applications/{application_id}/withdraw", headers=receipt)
    assert await decided(intake, f"/applications/{application_id}") == []
    for _ in range(2):
        assert (await intake.post(f"/persons/{person_id}/erase", headers=staff)).status_code == 200
    assert ("person_erased", TWO) in await decided(intake, f"/calls/{call_id}")
    assert [code for code, _ in await decided(intake, f"/calls/{call_id}")].count("person_erased") == 1


async def test_rule_22_what_applicants_do_themselves_is_no_decision_of_staff_and_not_for_them_to_read(
    intake: Stand, call_id: str, application_form: Any
) -> None:
    mine = (await intake.post(f"/calls/{call_id}/applications", application_form())).json()
    receipt = {"Relevo-Receipt": mine["receipt_code"]}
    at = f"/applications/{mine['application_id']}"
    assert (await intake.post(f"{at}/erase", headers=receipt)).status_code == 200
    assert await decided(intake, f"/calls/{call_id}") == [("call_opened", ONE)]
    assert (await intake.http.get(f"{at}/decisions", headers=receipt)).status_code == 401
    reviewer = intake.tokens.bearer("reviewer-1", "reviewer")
    assert (await intake.http.get(f"{at}/decisions", headers=reviewer)).status_code == 403
    assert (await intake.http.get(f"/applications/{'f' * 32}/decisions", headers=reviewer)).status_code == 403
