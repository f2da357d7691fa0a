"""A storm over webhooks: both replicas, the bus and the endpoint are killed while calls are opened and extended.

It wants a stand of its own: what came before the subscription is replayed, and all of it has to be of this storm.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from tests.chaos.clients import GIVE_UP_SECONDS
from tests.chaos.faults import kill_at, kill_now, kill_server
from tests.chaos.history import Effect, HandedOn, Subscribed, Unsettled
from tests.chaos.program import WITHIN_COMMIT
from tests.chaos.stand import DOMAIN_TIME
from tests.chaos.storm import Fault, Storm

from relevo_chassis.ids import new_id
from relevo_contracts import SERVICES
from relevo_deploy.deployed import WEBHOOKS
from relevo_testkit.endpoint import Endpoint, receiving
from relevo_testkit.waiting import until

EXTENSIONS = 4
"""Of each call: its events have an order that can be broken."""
CALLS_AT_A_TIME = 3
PAUSE_SECONDS = (0.1, 0.5)
"""Between two commands of a call: with more, what runs on two cores leaves nothing for one that starts."""
POINTS = ("before_commit", WITHIN_COMMIT, "after_commit", "before_ack")
"""Those that a service passes which publishes nothing."""
ENDPOINT_AWAY_SECONDS = 2.0
HANDED_ON_SECONDS = 90.0


def kills_of_webhooks(rounds: int) -> Fault:
    """Each round: a point, either replica anywhere, the endpoint and the bus. A fifth of all fails besides."""

    async def fault(storm: Storm) -> None:
        async with receiving(storm.chance.randint(0, 2**16)) as endpoint:
            await _subscribed(storm, endpoint)
            over = asyncio.Event()
            opening = [asyncio.create_task(_calls(storm, over)) for _ in range(CALLS_AT_A_TIME)]
            try:
                for turn in range(rounds):
                    await kill_at(storm, WEBHOOKS, POINTS[turn % len(POINTS)])
                    for replica in storm.stand.replicas[WEBHOOKS]:
                        await kill_now(storm, replica)
                    await endpoint.stop()
                    await asyncio.sleep(ENDPOINT_AWAY_SECONDS)
                    await endpoint.start()
                    await kill_server(storm, storm.stand.nats[0])
            finally:
                over.set()
                await asyncio.gather(*opening)
            await _handed_on(storm)
        storm.history.extend(_of(endpoint))
        storm.notes.append(
            f"{len(endpoint.came)} requests for {len(endpoint.effects)} events, {endpoint.refused} refused"
        )

    return fault


async def _subscribed(storm: Storm, endpoint: Endpoint) -> None:
    """As an operator does, with what came before."""
    stand = storm.stand
    bearer = {"Authorization": f"Bearer {stand.token('operator', ['operator'], WEBHOOKS)}"}

    async def post(path: str, content: object = None) -> Any:
        url = f"{stand.one(WEBHOOKS).url}{path}"
        answer = await stand.http.post(url, json=content, headers={**bearer, "Idempotency-Key": new_id()})
        return answer.raise_for_status().json()

    added = await post("/subscriptions", {"partner": "Observatory", "url": endpoint.url})
    endpoint.secret = added["secret"]
    path = f"/subscriptions/{added['subscription']['subscription_id']}"
    await post(f"{path}/check")
    await post(f"{path}/replay", {"from_number": 1})
    storm.history.add(Subscribed(services=tuple(each for each in SERVICES if each in stand.services)))


async def _calls(storm: Storm, over: asyncio.Event) -> None:
    """Open one call after the other, and extend each some times."""
    clients, staff = storm.load.clients, storm.load.staff("intake")
    while not over.is_set():
        call_id, ends = new_id(), DOMAIN_TIME + timedelta(days=300)
        opens = {"opens_at": (DOMAIN_TIME - timedelta(days=1)).isoformat(), "closes_at": ends.isoformat()}
        form = {"call_id": call_id, "edition_id": new_id(), "seats": 30, **opens}
        opened = (Effect(type="CallOpened", where={"call_id": call_id}),)
        await clients.command("open call", "intake", "/calls", form, opened, headers=staff, firmly=True)
        for number in range(1, EXTENSIONS + 1):
            later = {"closes_at": (ends + timedelta(days=number)).isoformat()}
            extended = (
                Effect(type="CallExtended", where={"call_id": call_id, "closes_at": f"{later['closes_at'][:19]}Z"}),
            )
            tagged = {**staff, "If-Match": await _tag(storm, call_id)}
            path = f"/calls/{call_id}/extend"
            await asyncio.sleep(storm.chance.uniform(*PAUSE_SECONDS))
            await clients.command("extend call", "intake", path, later, extended, headers=tagged, firmly=True)


async def _tag(storm: Storm, call_id: str) -> str:
    async with asyncio.timeout(GIVE_UP_SECONDS):
        while True:
            try:
                found = await storm.stand.http.get(f"{storm.stand.one('intake').url}/calls/{call_id}")
                return str(found.raise_for_status().headers["etag"])
            except httpx.HTTPError:
                await asyncio.sleep(0.2)


async def _handed_on(storm: Storm) -> None:
    """Wait until all that was told has come in and nothing is left to send. What failed is not waited for for hours."""
    database = storm.stand.database
    deliveries = database[WEBHOOKS]["deliveries"]
    failed = {"state": "waiting", "attempts": {"$gt": 0}}

    async def all_in() -> bool:
        return not (await database["intake"]["outbox"].count_documents({"sent": False}) or await _coming(storm))

    async def all_out() -> bool:
        await deliveries.update_many(failed, {"$set": {"next_at": datetime.now(UTC)}})
        return not await deliveries.count_documents({"state": {"$in": ["waiting", "parked"]}})

    try:
        await until(all_in, HANDED_ON_SECONDS)
        await until(all_out, HANDED_ON_SECONDS)
    except TimeoutError:
        storm.history.add(Unsettled(what="not all events that were told were handed on by webhooks"))


async def _coming(storm: Storm) -> int:
    """What the durables of webhooks still bring."""
    found = 0
    for each in storm.stand.topology.consumers:
        if each.name.startswith(f"{WEBHOOKS}_"):
            info = await storm.stand.operator.jetstream().consumer_info(each.stream, each.name)
            found += (info.num_pending or 0) + (info.num_ack_pending or 0)
    return found


def _of(endpoint: Endpoint) -> list[HandedOn]:
    return [
        HandedOn(place=place, webhook_id=id, **effect._asdict())
        for place, (id, effect) in enumerate(endpoint.effects.items())
    ]
