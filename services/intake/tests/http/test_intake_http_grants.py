"""Who of the staff may do what in which edition: granted by a head coordinator, on record, and told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from relevo_chassis.http.granted import account_id_of
from relevo_contracts.intake import GrantChanged
from relevo_testkit.records import decisions_of
from relevo_testkit.stand import PEOPLE_ISSUER, Stand, known_as

EDITION, ANOTHER = "2" * 32, "3" * 32
PATH = f"/editions/{EDITION}/grants"


def head(at: Stand, name: str = "helena") -> dict[str, str]:
    return at.tokens.bearer(name, "head_coordinator")


async def grant(at: Stand, account: str, *roles: str, path: str = PATH, by: dict[str, str] | None = None) -> Any:
    return await at.post(path, {"account": account, "roles": roles}, headers=by or head(at))


def events(at: Stand) -> list[GrantChanged]:
    rows = [row for row in at.store.collections["outbox"].values() if row["lane"].startswith("grant/")]
    return [GrantChanged.model_validate_json(row["body"]) for row in rows]


def recorded(at: Stand) -> list[str]:
    """By whom roles were granted."""
    return [each["by"] for each in decisions_of(at.store) if each["code"] == "roles_granted"]


async def test_a_role_in_one_edition_is_granted_told_and_on_record(intake: Stand) -> None:
    answer = await grant(intake, "ana", "reviewer", "coordinator")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "account": known_as("ana"),
        "roles": ["coordinator", "reviewer"],
        "granted_at": "2019-09-13T09:00:00Z",
        "granted_by": known_as("helena"),
    }
    [event] = events(intake)
    assert (event.account_id, event.edition_id) == (account_id_of(known_as("ana")), EDITION)
    assert event.roles == ("coordinator", "reviewer")
    assert "ana" not in event.model_dump_json()
    assert recorded(intake) == [known_as("helena")]
    listed = await intake.http.get(PATH, headers=head(intake))
    assert listed.json()["items"] == [answer.json()]


async def test_whoever_was_granted_a_role_opens_a_call_of_that_edition_and_of_no_other(
    intake: Stand, call_form: dict[str, Any]
) -> None:
    ana = intake.tokens.bearer("ana")

    async def opened(edition_id: str, call_id: str) -> httpx.Response:
        return await intake.post("/calls", {**call_form, "edition_id": edition_id, "call_id": call_id}, headers=ana)

    assert (await opened(EDITION, "4" * 32)).status_code == 403
    await grant(intake, "ana", "coordinator")
    assert (await opened(EDITION, "4" * 32)).status_code == 201
    assert (await opened(ANOTHER, "5" * 32)).status_code == 403
    figures = await intake.http.get(f"/calls/{'4' * 32}/figures", headers=ana)
    assert figures.status_code == 200
    await grant(intake, "ana")
    assert (await intake.http.get(f"/calls/{'4' * 32}/figures", headers=ana)).status_code == 403


async def test_everybody_of_the_staff_sees_what_they_may_do(intake: Stand) -> None:
    await grant(intake, "ana", "travel")
    await grant(intake, "ana", "press", path=f"/editions/{ANOTHER}/grants")
    own = await intake.http.get("/me/grants", headers=intake.tokens.bearer("ana", "faculty"))
    assert own.json() == {"everywhere": ["faculty"], "editions": {EDITION: ["travel"], ANOTHER: ["press"]}}
    assert (await intake.http.get("/me/grants", headers=intake.tokens.bearer("nobody"))).status_code == 403


async def test_the_same_said_again_is_told_once(intake: Stand) -> None:
    first, again = await grant(intake, "ana", "expert"), await grant(intake, "ana", "expert", by=head(intake, "hugo"))
    assert again.json() == first.json()
    nothing = await grant(intake, "bea")
    assert (nothing.status_code, nothing.json()["roles"]) == (200, [])
    assert len(events(intake)) == 1
    assert len(recorded(intake)) == 1
    assert [each["account"] for each in (await intake.http.get(PATH, headers=head(intake))).json()["items"]] == [
        known_as("ana")
    ]


async def test_nobody_grants_to_themselves(intake: Stand) -> None:
    for account in ("helena", known_as("helena")):
        answer = await grant(intake, account, "coordinator")
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "nobody-gives-to-themselves")
    assert events(intake) == []


@pytest.mark.parametrize("role", ["operator", "auditor", "head_coordinator", "service", "applicant", "other", ""])
async def test_what_is_not_to_be_granted_in_one_edition_is_refused(intake: Stand, role: str) -> None:
    answer = await grant(intake, "ana", role)
    assert answer.status_code == 422
    assert events(intake) == []


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"account": "ana", "roles": ["press", "press"]}, 422),
        ({"account": f"{PEOPLE_ISSUER}|ana", "roles": ["press"]}, 422),
        ({"account": "https://elsewhere.example|ana", "roles": ["press"]}, 422),
        ({"account": "", "roles": ["press"]}, 422),
        ({"account": "ana maría", "roles": ["press"]}, 422),
        ({"account": "ana"}, 422),
        ({"account": "ana", "roles": "press"}, 422),
        ({"account": "ana", "roles": ["press"], "edition_id": ANOTHER}, 422),
    ],
)
async def test_a_form_that_is_wrong_grants_nothing(intake: Stand, form: dict[str, Any], status: int) -> None:
    answer = await intake.post(PATH, form, headers=head(intake))
    assert answer.status_code == status
    assert events(intake) == []


async def test_only_a_head_coordinator_grants_and_auditors_see_it(intake: Stand) -> None:
    for role in ("coordinator", "auditor", "operator", "reviewer"):
        assert (await grant(intake, "ana", "press", by=intake.tokens.bearer("x", role))).status_code == 403
    await grant(intake, "x", "coordinator", "travel")
    assert (await grant(intake, "ana", "press", by=intake.tokens.bearer("x"))).status_code == 403
    assert (await intake.http.get(PATH, headers=intake.tokens.bearer("x", "auditor"))).status_code == 200
    assert (await intake.http.get(PATH, headers=intake.tokens.bearer("x"))).status_code == 403
