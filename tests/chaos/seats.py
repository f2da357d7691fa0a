"""A storm over a call from applications to accepted seats, all on intake itself: never one seat more than there are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from tests.chaos.clients import Answer
from tests.chaos.faults import kill_at, passed
from tests.chaos.history import Effect
from tests.chaos.load import PERSON
from tests.chaos.stand import DOMAIN_TIME
from tests.chaos.storm import Storm

from relevo_chassis.clock import StackClock, move
from relevo_chassis.ids import new_id

SEATS, APPLICANTS = 12, 30
REVIEWER = "reviewer-1"
INTAKE = "intake"


async def seats_under_kills(storm: Storm) -> None:
    """While intake is killed at each point, everybody accepts at once, several times; some decline, others follow."""
    call_id, receipts = await selected(storm)
    answered: set[str] = set()
    kills = asyncio.create_task(_killed_meanwhile(storm))
    for _ in range(12):
        seating = await seating_of(storm, call_id)
        open_offers = [
            each for each in seating["offers"] if each["state"] == "offered" and each["offer_id"] not in answered
        ]
        if not open_offers and kills.done():
            break
        await asyncio.gather(*(_answered(storm, each, receipts[each["application_id"]]) for each in open_offers))
        answered |= {each["offer_id"] for each in open_offers}
        await asyncio.sleep(0.5)
    await kills
    seating = await seating_of(storm, call_id)
    storm.notes.append(f"{seating['accepted']} of {seating['seats']} seats accepted, {len(answered)} offers answered")
    await passed(storm, INTAKE, time.monotonic())


async def _killed_meanwhile(storm: Storm) -> None:
    for point in ("before_commit", "after_commit", "before_publish", "after_publish"):
        await kill_at(storm, INTAKE, point)


async def _answered(storm: Storm, offer: Mapping[str, Any], receipt: str) -> None:
    """One in four declines; the others accept three times at once."""
    if storm.chance.random() < 0.25:
        path, headers = f"/offers/{offer['offer_id']}/decline", {"Relevo-Receipt": receipt}
        effects = (_of("SeatDeclined", offer_id=offer["offer_id"]),)
        await storm.load.clients.command("decline", INTAKE, path, None, effects, headers=headers, firmly=True)
        return
    once_more = [_accepted(storm, "accept once more", offer, receipt) for _ in range(2)]
    await asyncio.gather(_accepted(storm, "accept", offer, receipt, *_seat_accepted(offer)), *once_more)


async def accepted(storm: Storm, call_id: str, receipts: Mapping[str, str]) -> list[Any]:
    """Everybody who was offered a seat accepts it; what each was answered."""
    offers = (await seating_of(storm, call_id))["offers"]
    answers = await asyncio.gather(
        *(_accepted(storm, "accept", each, receipts[each["application_id"]], *_seat_accepted(each)) for each in offers)
    )
    return [each.body for each in answers if each.ok]


async def _accepted(storm: Storm, name: str, offer: Mapping[str, Any], receipt: str, *effects: Effect) -> Answer:
    path, headers = f"/offers/{offer['offer_id']}/accept", {"Relevo-Receipt": receipt}
    return await storm.load.clients.command(name, INTAKE, path, None, effects, headers=headers, firmly=True)


def _seat_accepted(offer: Mapping[str, Any]) -> tuple[Effect, ...]:
    return (
        _of("SeatAccepted", offer_id=offer["offer_id"]),
        _of("ParticipantEnrolled", application_id=offer["application_id"]),
    )


async def selected(storm: Storm) -> tuple[str, dict[str, str]]:
    """A call with its selection applied; receipt codes by application."""
    call_id, staff = new_id(), _bearer(storm, "coordinator", "coordinator")
    now = StackClock(storm.stand.place.clock_file).now()
    form = {
        "call_id": call_id,
        "edition_id": storm.edition.edition_id,
        "opens_at": (DOMAIN_TIME - timedelta(days=1)).isoformat(),
        "closes_at": (now + timedelta(days=9)).isoformat(),
        "seats": SEATS,
        "travel_grants": 0,
        "criteria": {"reviews_per_application": 1},
    }
    await _must(storm, "open call", "/calls", form, staff, _of("CallOpened", call_id=call_id))
    receipts = dict(await asyncio.gather(*(_applied(storm, call_id) for _ in range(APPLICANTS))))
    await _must(storm, "close call", f"/calls/{call_id}/close", None, staff)
    move(storm.stand.place.clock_file, StackClock(storm.stand.place.clock_file).now() + timedelta(seconds=90))
    panel = {"reviewers": [{"reviewer_id": REVIEWER, "country": "UY"}], "share": 1}
    await _must(storm, "assign", f"/calls/{call_id}/reviewers", panel, staff)
    await asyncio.gather(*(_reviewed(storm, application_id) for application_id in receipts))
    least = {"least_reviews": 1}
    proposed = await _must(storm, "propose", f"/calls/{call_id}/selections", least, staff, early=(409,))
    applied = (_of("SelectionApplied", call_id=call_id),)
    until = {"refill_until": (now + timedelta(days=30)).isoformat()}
    await _must(storm, "apply", f"/selections/{proposed['selection_id']}/apply", until, staff, *applied)
    return call_id, receipts


async def _applied(storm: Storm, call_id: str) -> tuple[str, str]:
    form = {**PERSON, "contact": f"{new_id()}@correo.org", "country": storm.chance.choice(("HN", "PE", "CL", "CO"))}
    answer = await storm.load.clients.command(
        "submit",
        INTAKE,
        f"/calls/{call_id}/applications",
        form,
        (_of("ApplicationSubmitted", call_id=call_id),),
        promised=lambda found: (_of("ApplicationSubmitted", application_id=found["application_id"]),),
        firmly=True,
    )
    return answer.body["application_id"], answer.body["receipt_code"]


async def _reviewed(storm: Storm, application_id: str) -> None:
    scores = {name: storm.chance.randint(3, 10) for name in ("experience", "motivation", "multiplier_idea")}
    reviewer = _bearer(storm, REVIEWER, "reviewer")
    effects = _of("ApplicationReviewed", application_id=application_id)
    await _must(storm, "review", f"/applications/{application_id}/reviews", {"scores": scores}, reviewer, effects)


async def seating_of(storm: Storm, call_id: str) -> Any:
    staff = _bearer(storm, "coordinator", "coordinator")
    async with asyncio.timeout(30):
        while True:
            found = await storm.load.clients.read(INTAKE, f"/calls/{call_id}/seating", staff)
            if found.ok:
                return found.body
            await asyncio.sleep(0.2)


async def _must(
    storm: Storm,
    name: str,
    path: str,
    body: Any,
    headers: Mapping[str, str],
    *effects: Effect,
    early: Collection[int] = (),
) -> Any:
    """``early`` is what is refused until the close of the call has been swept up."""
    answer: Answer = await storm.load.clients.command(
        name, INTAKE, path, body, effects, headers=headers, firmly=True, early=early
    )
    if not answer.ok:
        raise RuntimeError(f"{name}: {answer.status} {answer.body}")
    return answer.body


def _bearer(storm: Storm, subject: str, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {storm.stand.token(subject, [role], INTAKE)}"}


def _of(type: str, **where: Any) -> Effect:
    return Effect(type=type, where=where)
