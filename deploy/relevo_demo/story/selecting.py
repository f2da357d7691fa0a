"""The offers: answered, let expire, handed on, made to who was not reached at first, made by hand (rules 3 to 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from relevo_demo.api import Misbehaved, together, until
from relevo_demo.story import on_pages
from relevo_demo.story.call import Applied
from relevo_demo.story.cast import Application, Participant, Stage
from relevo_demo.story.details import put_other_address_forward, withdraw
from relevo_demo.story.parts import PARTS
from relevo_demo.story.proposing import Applications, Decided, Selection, decide, outcomes

DECLINING_OF_THIRTY = 4
SILENT_OF_THIRTY = 2
MOST_ROUNDS = 40


class Selected(NamedTuple):
    """What the selection leaves. ``seating`` is as it stood when every seat was taken."""

    selection: Selection
    reproduced: bool
    participants: tuple[Participant, ...]
    declined: int
    expired: int
    seating: Mapping[str, Any]


class _Characters(NamedTuple):
    """Who will decline, who will not answer at all, and whom letters do not reach, by application."""

    declining: Collection[str]
    silent: Collection[str]
    unreached: Collection[str]

    def also_declining(self, others: Collection[str]) -> _Characters:
        return self._replace(declining={*self.declining, *others})

    def accepts(self, application_id: str) -> bool:
        return not any(application_id in each for each in self)


async def select(stage: Stage, applied: Applied) -> Selected:
    """Fill the seats with those who deserve them most under the published rules."""
    by_id = {each.application_id: each for each in applied.counting}
    await stage.at(stage.edition.selected_at)
    decided = await decide(stage, by_id, waitlist=_declining(stage) + _silent(stage) - 1)
    accepted, declined = await _answers(stage, by_id, decided)
    if missing := PARTS.keys() - {each.person.part for each in accepted}:
        raise Misbehaved(f"the story goes no further without {', '.join(sorted(missing))}, who got no seat")
    await _superseded_one_is_notified(stage, applied)
    await _turned_away_one_is_notified(stage, applied)
    seating = await _seating(stage)
    expired = sum(1 for each in seating["offers"] if each["state"] == "expired")
    return Selected(decided.selection, decided.reproduced, accepted, declined, expired, seating)


async def _answers(stage: Stage, by_id: Applications, decided: Decided) -> tuple[tuple[Participant, ...], int]:
    """Round after round, a day apart, until every seat is taken."""
    first = await _open_offers(stage)
    they = _characters(stage, [by_id[each] for each in first if each != decided.by_hand])
    participants: list[Participant] = []
    declined, now = 0, stage.edition.selected_at
    with stage.progress.phase("offers: answered, expired, made by hand", stage.edition.seats) as advance:
        for _ in range(MOST_ROUNDS):
            now += timedelta(days=1)
            await stage.at(now)
            offers = await _open_offers(stage)
            for application_id in sorted(offers.keys() & they.declining, key=lambda id: by_id[id].person.number):
                await _answer(stage, by_id[application_id], offers[application_id], "decline")
                declined += 1
            accepting = [by_id[each] for each in offers if they.accepts(each)]
            participants += await together(accepting, lambda one, of=offers: _accept(stage, one, of), advance)  # type: ignore[misc]
            if len(participants) == stage.edition.seats:
                return tuple(sorted(participants, key=lambda each: each.person.number)), declined
            they = await _reached(stage, by_id, they)
            await _expiries(stage, now)
            if declined and not stage.deeds["left_waitlist"]:
                they = they.also_declining(await _waiting_leave(stage, by_id))
            await _by_hand(stage, by_id, decided)
    raise Misbehaved(f"after {MOST_ROUNDS} days {len(participants)} of {stage.edition.seats} seats are taken")


async def _superseded_one_is_notified(stage: Stage, applied: Applied) -> None:
    """Who held the contact and confirmed both reads that the other counts (rule 1)."""
    [link] = [each for each in applied.cast.links if each.confirmed == "both"]
    one = applied.applications[link.first]
    seen = await stage.api.get("intake", f"/applications/{one.application_id}/offer", receipt=one.receipt)
    if seen["standing"] != "superseded":
        raise Misbehaved(f"application {one.application_id}, superseded by its holder's word, is {seen['standing']}")


async def _turned_away_one_is_notified(stage: Stage, applied: Applied) -> None:
    """Who gets no seat reads so where everything of theirs is read."""
    one = applied.applications[applied.cast.turned_away]
    seen = await stage.api.get("intake", f"/applications/{one.application_id}/offer", receipt=one.receipt)
    if seen["standing"] != "turned_down":
        raise Misbehaved(f"application {one.application_id}, the weakest of all, is {seen['standing']}")
    await on_pages.says(stage, one, "/mine")


def _declining(stage: Stage) -> int:
    return max(1, DECLINING_OF_THIRTY * stage.edition.seats // 30)


def _silent(stage: Stage) -> int:
    return max(1, SILENT_OF_THIRTY * stage.edition.seats // 30)


def _characters(stage: Stage, offered: Sequence[Application]) -> _Characters:
    """Nobody who has a part of their own declines, or does not answer."""
    ordered = [each.application_id for each in sorted(offered, key=lambda each: each.person.number)
               if not each.person.part]  # fmt: skip
    declining, silent = ordered[1::4][: _declining(stage)], ordered[3::8][: _silent(stage)]
    unreached = [each.application_id for each in offered if each.person.part == "unreached"]
    return _Characters(declining, silent, unreached)


async def _accept(stage: Stage, one: Application, offers: Mapping[str, str]) -> Participant:
    if one.person.way:
        return Participant(one.person, one.application_id, one.receipt, await on_pages.accept(stage, one))
    accepted = await _answer(stage, one, offers[one.application_id], "accept")
    return Participant(one.person, one.application_id, one.receipt, accepted["participant_id"])


async def _answer(stage: Stage, one: Application, offer_id: str, answer: str) -> Any:
    """As an applicant does: look where it stands, then answer."""
    seen = await stage.api.get("intake", f"/applications/{one.application_id}/offer", receipt=one.receipt)
    if seen["standing"] != "offered" or seen["offer"]["offer_id"] != offer_id:
        raise Misbehaved(f"application {one.application_id} does not see the offer that the seating holds for it")
    return await stage.api.post("intake", f"/offers/{offer_id}/{answer}", receipt=one.receipt)


async def _reached(stage: Stage, by_id: Applications, they: _Characters) -> _Characters:
    """A coordinator sees whom offers do not reach, asks them for another address, and the offer goes there."""
    for application_id in they.unreached:
        one = by_id[application_id]

        async def seen(id: str = application_id) -> bool:
            return id in (await _seating(stage))["unreached"]

        await until(f"a coordinator sees that the offer to application {application_id} did not arrive", seen)
        await put_other_address_forward(stage, one, "They told us by telephone how it is spelt.")

        async def reached(id: str = application_id) -> bool:
            return id not in (await _seating(stage))["unreached"]

        await until(f"a coordinator sees that the offer to application {application_id} has arrived", reached)
        stage.done("reached_again")
    return they._replace(unreached=())


async def _waiting_leave(stage: Stage, by_id: Applications) -> Collection[str]:
    """All who still wait have made other plans, but for one whose country has seats left under its most.

    Those of whose contact another application was superseded stay on the list, and are returned: they will decline.
    """
    seating = await _seating(stage)
    seated_ids = [each["application_id"] for each in seating["offers"] if each["state"] in ("offered", "accepted")]
    seated = Counter(by_id[each].person.country for each in seated_ids)
    waiting = [by_id[each] for each in seating["waitlist"]]
    linked = [each for each in waiting if each.person.linked]
    alone = [each for each in waiting if not each.person.linked]
    patient = min(alone, key=lambda one: seated[one.person.country])
    leaving = [each for each in alone if each is not patient]
    await together(leaving, lambda one: withdraw(stage, one), at_once=4)
    stage.done("left_waitlist", len(leaving))
    return [each.application_id for each in linked]


async def _by_hand(stage: Stage, by_id: Applications, decided: Decided) -> None:
    """A seat that is free and that nobody waits for goes to the best of those who were turned down."""
    seating = await _seating(stage)
    if not seating["free"] or seating["waitlist"]:
        return
    token = await stage.coordinator()
    offered = {each["application_id"] for each in seating["offers"]}
    turned_down = [each["application_id"] for each in await outcomes(stage, decided.selection, "turned_down")]
    for application_id in [each for each in turned_down if each not in offered][: seating["free"]]:
        path = f"/applications/{application_id}"
        cost = await stage.api.get("intake", f"{path}/seat-cost", token=token)
        reason = stage.with_canary(by_id[application_id].person, "seat", "A seat is free, and nobody waits any more.")
        await stage.api.post("intake", f"{path}/offer-seat", {"reason": reason, "despite": cost["costs"]}, token=token)
        stage.done("seats_by_hand")


async def _seating(stage: Stage) -> Mapping[str, Any]:
    token = await stage.coordinator()
    found: Mapping[str, Any] = await stage.api.get("intake", f"/calls/{stage.call_id}/seating", token=token)
    return found


async def _open_offers(stage: Stage) -> dict[str, str]:
    offers = (await _seating(stage))["offers"]
    return {each["application_id"]: each["offer_id"] for each in offers if each["state"] == "offered"}


async def _expiries(stage: Stage, now: datetime) -> None:
    """Wait until what has expired by now has made room for others."""

    async def all_replaced() -> bool:
        seating = await _seating(stage)
        overdue = [
            each for each in seating["offers"]
            if each["state"] == "offered" and datetime.fromisoformat(each["expires_at"]) <= now
        ]  # fmt: skip
        return not overdue and (seating["free"] == 0 or not seating["waitlist"])

    await until("the expiry of offers and their replacement", all_replaced)
