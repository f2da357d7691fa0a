"""A letter that does not arrive is seen by staff and by its applicant, and never with the address (rule 20)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.store import Store
from relevo_intake.letters.arrival import Arrival, arrivals, remarks
from relevo_intake.letters.queue import LETTERS
from relevo_testkit.records import decisions_of
from relevo_testkit.stand import Stand

Form = Callable[..., dict[str, Any]]
THEN = datetime(2026, 1, 1, tzinfo=UTC)
REFUSED = {"state": "failed", "because": "refused", "code": 550, "failed_at": THEN}
GAVE_UP = {"state": "failed", "because": "gave_up", "code": 450, "failed_at": THEN, "attempts": 30}
DELAYED = {"state": "queued", "attempts": 3}


def coordinator(intake: Stand) -> dict[str, str]:
    return intake.tokens.bearer("coordinator-1", "coordinator")


async def applied(intake: Stand, call_id: str, form: dict[str, Any]) -> dict[str, Any]:
    answer = await intake.post(f"/calls/{call_id}/applications", form)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def person_of(intake: Stand, receipt: dict[str, Any]) -> str:
    return str(intake.store.collections["application"][receipt["application_id"]]["state"]["person_id"])


def becomes(intake: Stand, receipt: dict[str, Any], values: dict[str, Any]) -> str:
    """What the sender would have written to the one letter of this applicant; returns the letter's id."""
    [row] = [
        row for row in intake.store.collections[LETTERS].values() if row["person_id"] == person_of(intake, receipt)
    ]
    row.update(values)
    return str(row["_id"])


@pytest.mark.parametrize(
    ("values", "arrival"),
    [
        ({}, "arriving"),
        ({"state": "sent", "sent_at": THEN}, "arriving"),
        ({"outages": 9}, "arriving"),
        (DELAYED, "delayed"),
        (REFUSED, "failing"),
        (GAVE_UP, "failing"),
    ],
)
async def test_rule_20_staff_and_applicant_see_whether_letters_arrive(
    intake: Stand, call_id: str, application_form: Form, values: dict[str, Any], arrival: Arrival
) -> None:
    mine = await applied(intake, call_id, application_form())
    other = await applied(intake, call_id, application_form(contact="eva@correo.org"))
    becomes(intake, mine, values)
    listed = (await intake.http.get(f"/calls/{call_id}/applications", headers=coordinator(intake))).json()["items"]
    assert {each["application_id"]: each["letters"] for each in listed} == {
        mine["application_id"]: arrival,
        other["application_id"]: "arriving",
    }
    own = await intake.http.get(
        f"/applications/{mine['application_id']}", headers={"Relevo-Receipt": mine["receipt_code"]}
    )
    assert own.json()["letters"] == arrival


async def test_rule_20_a_later_letter_that_arrived_says_that_letters_arrive_again(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    mine = await applied(intake, call_id, application_form())
    person_id = person_of(intake, mine)
    becomes(intake, mine, REFUSED)
    later = {"_id": "f" * 32, "person_id": person_id, "kind": "offer", "attempts": 0, "state": "sent"}
    intake.store.collections[LETTERS]["f" * 32] = {**later, "sent_at": THEN - timedelta(days=1)}
    assert await arrivals(intake.shell.store, [person_id]) == {person_id: "failing"}
    intake.store.collections[LETTERS]["f" * 32]["sent_at"] = THEN + timedelta(days=1)
    assert await arrivals(intake.shell.store, [person_id]) == {}


async def test_rule_20_undelivered_letters_are_listed_with_their_reason_and_without_the_address(
    intake: Stand, call_id: str, call_form: dict[str, Any], application_form: Form
) -> None:
    staff = coordinator(intake)
    elsewhere = {**call_form, "call_id": "4" * 32}
    await intake.post("/calls", elsewhere, headers=staff)
    receipts = [
        await applied(intake, call_id, application_form(contact=f"a{number}@correo.org")) for number in range(3)
    ]
    foreign = await applied(intake, "4" * 32, application_form())
    failed = [becomes(intake, each, values) for each, values in zip(receipts, (REFUSED, GAVE_UP), strict=False)]
    becomes(intake, foreign, REFUSED)
    listed, after = [], ""
    for _ in range(9):
        answer = await intake.http.get(f"/calls/{call_id}/undelivered-letters?limit=1{after}", headers=staff)
        listed += answer.json()["items"]
        if answer.json()["next"] is None:
            break
        after = f"&after={answer.json()['next']}"
    assert [each["letter_id"] for each in listed] == sorted(failed)
    assert {(each["because"], each["code"]) for each in listed} == {("refused", 550), ("gave_up", 450)}
    assert "@" not in json.dumps(listed)
    assert "correo" not in json.dumps(listed)


async def test_rule_20_a_coordinator_may_have_undelivered_letters_sent_again(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    mine = await applied(intake, call_id, application_form())
    letter_id = becomes(intake, mine, GAVE_UP)
    path = f"/applications/{mine['application_id']}/undelivered-letters/send"
    answer = await intake.post(path, headers=coordinator(intake))
    assert (answer.status_code, answer.json()["letters"]) == (200, 1)
    row = intake.store.collections[LETTERS][letter_id]
    assert (row["state"], row["attempts"], "because" in row) == ("queued", 0, False)
    assert (await intake.post(path, headers=coordinator(intake))).json()["letters"] == 0
    assert [each["code"] for each in decisions_of(intake.store)] == ["call_opened", "letters_sent_again"]


async def test_rule_20_operators_are_told_how_many_letters_failed_and_wait(mongo_store: Store) -> None:
    await mongo_store.prepare([LETTERS], {})
    others: list[dict[str, Any]] = [
        {"state": "sent", "attempts": 2},
        {"state": "dropped", "because": "not_true_any_more"},
        {"state": "dropped", "because": "no_contact"},
    ]
    for number, values in enumerate((REFUSED, GAVE_UP, DELAYED, *others)):
        await mongo_store.insert(LETTERS, {"_id": str(number), "person_id": "p", "attempts": 0, **values})
    assert [each.count for each in await remarks(mongo_store)] == [2, 1, 1]
