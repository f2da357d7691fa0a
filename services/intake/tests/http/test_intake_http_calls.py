"""A call is corrected while it runs: closed later, opened again, said otherwise (rule 1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from relevo_contracts.intake import CallClosed, CallExtended
from relevo_intake.deadlines import DRAFT_EXPIRES
from relevo_testkit.records import decisions_of
from relevo_testkit.stand import known_as

Choosing = Any
UNTIL = {"refill_until": "2019-12-08T00:00:00Z"}


async def seen(choosing: Choosing) -> tuple[Any, dict[str, str]]:
    """The call, and the headers of a coordinator who saw it so."""
    answer = await choosing.on.http.get(f"/calls/{choosing.call_id}")
    return answer.json(), {**choosing.coordinator, "If-Match": answer.headers["etag"]}


async def extended(choosing: Choosing, closes_at: datetime, headers: dict[str, str] | None = None) -> Any:
    _, as_seen = await seen(choosing)
    form = {"closes_at": closes_at.isoformat()}
    return await choosing.on.post(f"/calls/{choosing.call_id}/extend", form, headers=headers or as_seen)


async def corrected(choosing: Choosing, form: Any, headers: dict[str, str] | None = None) -> Any:
    _, as_seen = await seen(choosing)
    return await choosing.on.http.patch(f"/calls/{choosing.call_id}", json=form, headers=headers or as_seen)


async def test_rule_1_a_call_closes_later_with_all_that_hangs_on_its_close(choosing: Choosing) -> None:
    before, _ = await seen(choosing)
    planned = datetime.fromisoformat(before["closes_at"])
    answer = await extended(choosing, planned + timedelta(days=5))
    assert (answer.status_code, answer.json()["state"], answer.json()["applications"]) == (200, "open", 24)
    choosing.on.clock.at = planned + timedelta(days=1)
    await choosing.sweep()
    assert not choosing.events(CallClosed)
    await choosing.apply(40)
    choosing.on.clock.at = planned + timedelta(days=5)
    await choosing.sweep()
    (closed,) = choosing.events(CallClosed)
    assert closed["applications"] == 30
    (event,) = choosing.events(CallExtended)
    assert event["reopened"] is False
    assert [(each["by"], each["code"]) for each in decisions_of(choosing.on.store)][-1] == (
        known_as("coo"),
        "call_extended",
    )


async def test_rule_1_a_closed_call_is_opened_again_on_record_and_closes_once_more(choosing: Choosing) -> None:
    await choosing.close()
    again = await extended(choosing, choosing.on.clock.at + timedelta(days=2))
    assert (again.status_code, again.json()["state"]) == (200, "open")
    await choosing.apply(41)
    early = await choosing.on.post(f"/calls/{choosing.call_id}/selections", {}, headers=choosing.coordinator)
    assert early.json()["type"] == "urn:relevo:problem:call-is-still-open"
    choosing.on.clock.at += timedelta(days=2)
    await choosing.sweep()
    assert [each["applications"] for each in choosing.events(CallClosed)] == [0, 30]
    (event,) = choosing.events(CallExtended)
    assert event["reopened"] is True
    assert [each["code"] for each in decisions_of(choosing.on.store)][-1] == "call_reopened"


async def test_rule_17_a_proposal_is_not_applied_while_the_call_is_open_again_and_not_after_it_took_more(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    proposed = await choosing.post(f"/calls/{choosing.call_id}/selections", {})
    await extended(choosing, choosing.on.clock.at + timedelta(days=2))
    path = f"/selections/{proposed['selection_id']}/apply"
    refused = await choosing.on.post(path, UNTIL, headers=choosing.coordinator)
    assert refused.json()["type"] == "urn:relevo:problem:call-is-still-open"
    await choosing.apply(42)
    choosing.on.clock.at += timedelta(days=2)
    await choosing.sweep()
    refused = await choosing.on.post(path, UNTIL, headers=choosing.coordinator)
    assert (refused.json()["type"], refused.json()["applications"]) == ("urn:relevo:problem:selection-is-outdated", 1)


async def test_a_call_is_not_extended_backwards_nor_opened_again_after_its_seats_were_offered(
    choosing: Choosing,
) -> None:
    earlier = await extended(choosing, choosing.on.clock.at + timedelta(days=1))
    assert (earlier.status_code, earlier.json()["type"]) == (422, "urn:relevo:problem:closes-earlier")
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    late = await extended(choosing, choosing.on.clock.at + timedelta(days=3))
    assert late.json()["type"] == "urn:relevo:problem:call-was-selected"


async def test_two_coordinators_do_not_overwrite_each_other(choosing: Choosing) -> None:
    before, as_seen = await seen(choosing)
    closes_at = datetime.fromisoformat(before["closes_at"])
    assert (await corrected(choosing, {"titles": {"es": "Tercera"}})).status_code == 200
    assert (await corrected(choosing, {"titles": {"es": "Otra"}}, as_seen)).status_code == 412
    assert (await extended(choosing, closes_at + timedelta(days=1), as_seen)).status_code == 412
    assert (await extended(choosing, closes_at + timedelta(days=1), choosing.coordinator)).status_code == 428
    assert (await corrected(choosing, {}, choosing.coordinator)).status_code == 428


async def test_what_a_call_says_is_corrected_and_what_is_left_out_stays(choosing: Choosing) -> None:
    first = (await corrected(choosing, {"titles": {"es": "Tercera"}, "texts": {"es": "Para defensoras."}})).json()
    assert (first["titles"], first["texts"]) == ({"es": "Tercera"}, {"es": "Para defensoras."})
    second = (await corrected(choosing, {"texts": {"en": "For defenders."}})).json()
    assert (second["titles"], second["texts"]) == ({"es": "Tercera"}, {"en": "For defenders."})
    now, _ = await seen(choosing)
    assert (now["texts"], now["criteria"]) == ({"en": "For defenders."}, first["criteria"])


async def test_criteria_are_corrected_until_the_first_review_and_not_after_it(choosing: Choosing) -> None:
    before, _ = await seen(choosing)
    other = {**before["criteria"], "country_cap": 2}
    assert (await corrected(choosing, {"criteria": other})).json()["criteria"]["country_cap"] == 2
    await choosing.review_all()
    refused = await corrected(choosing, {"criteria": before["criteria"]})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:criteria-are-in-use")
    assert (await corrected(choosing, {"titles": {"en": "Still"}, "criteria": other})).status_code == 200


async def test_a_draft_is_kept_for_as_long_as_the_call_says_by_then(choosing: Choosing) -> None:
    started = await choosing.post(f"/calls/{choosing.call_id}/drafts", {"motivation": "Aún no."}, {"X": "x"})
    key = f"{DRAFT_EXPIRES}/{started['draft_id']}"
    planned = choosing.on.store.collections["deadlines"][key]["due_at"]
    await extended(choosing, datetime.fromisoformat((await seen(choosing))[0]["closes_at"]) + timedelta(days=9))
    choosing.on.clock.at = planned
    await choosing.sweep()
    assert choosing.on.store.collections["deadlines"][key]["due_at"] == planned + timedelta(days=9)
    receipt = {"Relevo-Receipt": started["receipt_code"]}
    assert (await choosing.ask(f"/drafts/{started['draft_id']}", **receipt))["content"]["motivation"] == "Aún no."
    choosing.on.clock.at = planned + timedelta(days=9)
    await choosing.sweep()
    gone = await choosing.on.http.get(f"/drafts/{started['draft_id']}", headers=receipt)
    assert gone.status_code == 404
