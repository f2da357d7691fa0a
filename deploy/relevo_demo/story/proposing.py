"""The selection: proposed, outdated, proposed anew, adjusted by hand, reproduced, applied (rules 3, 17 and 22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from relevo_demo.api import Misbehaved
from relevo_demo.story.cast import Application, Stage
from relevo_demo.story.details import withdraw

Selection = Mapping[str, Any]
Applications = Mapping[str, Application]


class Decided(NamedTuple):
    """What was applied; ``by_hand`` is the application that a coordinator put among those who are offered a seat."""

    selection: Selection
    reproduced: bool
    by_hand: str


async def decide(stage: Stage, by_id: Applications, waitlist: int) -> Decided:
    """From the first proposal to the one that is applied."""
    with stage.progress.phase("selection: outdated, proposed anew, applied", 5) as advance:
        form = {"seats": stage.edition.seats, "waitlist": waitlist}
        first = await _proposed(stage, f"/calls/{stage.call_id}/selections", form)
        advance()
        await _somebody_leaves(stage, by_id, first)
        await _must_be_outdated(stage, first)
        second = await _proposed(stage, f"/selections/{first['selection_id']}/propose-anew")
        advance()
        third, by_hand = await _adjusted(stage, by_id, second)
        advance()
        path, token = f"/selections/{third['selection_id']}", await stage.coordinator()
        again = await stage.api.get("intake", f"{path}/reproduction", token=token)
        advance()
        applied = await stage.api.post("intake", f"{path}/apply", _until(stage), token=token)
    return Decided(applied, again["inputs_match"] is True and again["outcomes_match"] is True, by_hand)


async def outcomes(stage: Stage, selection: Selection, decided: str) -> list[Any]:
    """Those decided so, in the order of merit."""
    path = f"/selections/{selection['selection_id']}/outcomes"
    return [each async for each in stage.api.every("intake", path, await stage.coordinator(), decided=decided)]


async def _proposed(stage: Stage, path: str, body: Any = None) -> Selection:
    found: Selection = await stage.api.post("intake", path, body, token=await stage.coordinator())
    if found["state"] != "proposed":
        raise Misbehaved(f"the selection of call {stage.call_id} is {found['state']}: {found['concessions']}")
    return found


async def _somebody_leaves(stage: Stage, by_id: Applications, first: Selection) -> None:
    """Who would have been offered a seat takes the application back while the proposal lies on the table."""
    offered = [by_id[each["application_id"]] for each in await outcomes(stage, first, "offered")]
    leaver = next(each for each in reversed(offered) if not each.person.part)
    await withdraw(stage, leaver)


async def _must_be_outdated(stage: Stage, first: Selection) -> None:
    path, token = f"/selections/{first['selection_id']}/apply", await stage.coordinator()
    refused = await stage.api.call("POST", "intake", path, _until(stage), token=token, expected=(200, 409))
    if refused.status_code != 409 or not refused.json()["type"].endswith("selection-is-outdated"):
        raise Misbehaved(f"selection {first['selection_id']} is applied although somebody has left since (rule 17)")
    stage.done("selections_outdated")


async def _adjusted(stage: Stage, by_id: Applications, second: Selection) -> tuple[Selection, str]:
    """The first of the waitlist is to have a seat, for a reason that the figures do not know."""
    chosen = by_id[(await outcomes(stage, second, "waitlisted"))[0]["application_id"]]
    reason = stage.with_canary(chosen.person, "adjustment", "Nobody else works along the whole river.")
    one = {"application_id": chosen.application_id, "to": "inside", "reason": reason}
    third = await _proposed(stage, f"/selections/{second['selection_id']}/adjust", {"adjustments": [one]})
    if chosen.application_id not in {each["application_id"] for each in await outcomes(stage, third, "offered")}:
        raise Misbehaved(f"application {chosen.application_id} was put among the offered by hand, and is not")
    stage.done("adjusted_by_hand")
    return third, chosen.application_id


def _until(stage: Stage) -> dict[str, str]:
    """After which day no seat is offered any more."""
    edition = stage.edition
    return {"refill_until": edition.at(edition.first_on - timedelta(days=3), 18).isoformat()}
