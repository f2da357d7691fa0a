"""The selection: proposed, previewed, reproduced, applied; offers answered, let expire, replaced (rules 3 to 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from relevo_demo.api import Misbehaved, together, until
from relevo_demo.story.call import Applied
from relevo_demo.story.cast import Application, Participant, Stage

DECLINING_OF_THIRTY = 4
SILENT_OF_THIRTY = 2
MOST_ROUNDS = 40


class Selected(NamedTuple):
    """What the selection leaves. ``seating`` is as it stood when every seat was taken."""

    selection: Mapping[str, Any]
    reproduced: bool
    participants: tuple[Participant, ...]
    declined: int
    expired: int
    seating: Mapping[str, Any]


async def select(stage: Stage, applied: Applied) -> Selected:
    """Fill the seats with those who deserve them most under the published rules."""
    by_id = {each.application_id: each for each in applied.standing}
    edition, token = stage.edition, await stage.coordinator()
    await stage.at(edition.selected_at)
    with stage.told.phase("selection: proposed, reproduced, applied", 3) as advance:
        path, form = f"/calls/{stage.call_id}/selections", {"seats": edition.seats, "waitlist": edition.seats}
        proposed = await stage.api.post("intake", path, form, token=token)
        if proposed["state"] != "proposed":
            raise Misbehaved(f"the selection of call {stage.call_id} is {proposed['state']}: {proposed['concessions']}")
        advance()
        own = f"/selections/{proposed['selection_id']}"
        again = await stage.api.get("intake", f"{own}/reproduction", token=token)
        advance()
        until_day = edition.at(edition.first_on - timedelta(days=3), 18).isoformat()
        applied_selection = await stage.api.post("intake", f"{own}/apply", {"refill_until": until_day}, token=token)
    accepted, declined = await _answers(stage, by_id)
    seating = await _seating(stage)
    expired = sum(1 for each in seating["offers"] if each["state"] == "expired")
    same = again["inputs_match"] is True and again["outcomes_match"] is True
    return Selected(applied_selection, same, accepted, declined, expired, seating)


async def _answers(stage: Stage, by_id: Mapping[str, Application]) -> tuple[tuple[Participant, ...], int]:
    """Round after round, a day apart, until every seat is taken."""
    first = await _open_offers(stage)
    declining, silent = _characters([by_id[each] for each in first])
    participants: list[Participant] = []
    declined, now = 0, stage.edition.selected_at
    with stage.told.phase("offers accepted, declined, expired", stage.edition.seats) as advance:
        for _ in range(MOST_ROUNDS):
            now += timedelta(days=1)
            await stage.at(now)
            offers = await _open_offers(stage)
            for application_id in sorted(offers.keys() & declining, key=lambda id: by_id[id].person.number):
                await _answer(stage, by_id[application_id], offers[application_id], "decline")
                declined += 1
            taking = [by_id[each] for each in offers if each not in declining and each not in silent]
            participants += await together(taking, lambda one, of=offers: _accept(stage, one, of), advance)  # type: ignore[misc]
            if len(participants) == stage.edition.seats:
                return tuple(sorted(participants, key=lambda each: each.person.number)), declined
            await _expiries(stage, now)
    raise Misbehaved(f"after {MOST_ROUNDS} days {len(participants)} of {stage.edition.seats} seats are taken")


def _characters(offered: Sequence[Application]) -> tuple[set[str], set[str]]:
    """Who will decline, and who will not answer at all."""
    ordered = [each.application_id for each in sorted(offered, key=lambda each: each.person.number)
               if not each.person.canaries]  # fmt: skip
    declining = max(1, DECLINING_OF_THIRTY * len(offered) // 30)
    silent = max(1, SILENT_OF_THIRTY * len(offered) // 30)
    return set(ordered[2::5][:declining]), set(ordered[4::7][:silent]) - set(ordered[2::5][:declining])


async def _accept(stage: Stage, one: Application, offers: Mapping[str, str]) -> Participant:
    taken = await _answer(stage, one, offers[one.application_id], "accept")
    return Participant(one.person, one.application_id, one.receipt, taken["participant_id"])


async def _answer(stage: Stage, one: Application, offer_id: str, answer: str) -> Any:
    """As an applicant does: look where it stands, then answer."""
    seen = await stage.api.get("intake", f"/applications/{one.application_id}/offer", receipt=one.receipt)
    if seen["standing"] != "offered" or seen["offer"]["offer_id"] != offer_id:
        raise Misbehaved(f"application {one.application_id} does not see the offer that the seating holds for it")
    return await stage.api.post("intake", f"/offers/{offer_id}/{answer}", receipt=one.receipt)


async def _seating(stage: Stage) -> Mapping[str, Any]:
    token = await stage.coordinator()
    found: Mapping[str, Any] = await stage.api.get("intake", f"/calls/{stage.call_id}/seating", token=token)
    return found


async def _open_offers(stage: Stage) -> dict[str, str]:
    offers = (await _seating(stage))["offers"]
    return {each["application_id"]: each["offer_id"] for each in offers if each["state"] == "offered"}


async def _expiries(stage: Stage, now: datetime) -> None:
    """Wait until what has expired by now has made room for others."""

    async def settled() -> bool:
        seating = await _seating(stage)
        overdue = [
            each for each in seating["offers"]
            if each["state"] == "offered" and datetime.fromisoformat(each["expires_at"]) <= now
        ]  # fmt: skip
        return not overdue and (seating["free"] == 0 or not seating["waitlist"])

    await until("the expiry of offers and their replacement", settled)
