"""The overview on a real mongod and a real nats-server: two replicas, repeats, and made anew from the first event."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from relevo_contracts import BY_MODEL, SERVICES, encode
from relevo_contracts.intake import ApplicationReviewed, ApplicationSubmitted, ApplicationWithdrawn
from relevo_contracts.multiplier_tracking import MultiplierReachCounted
from relevo_portal.consumers import SUBSCRIPTIONS
from relevo_portal.main import SERVICE
from relevo_portal.settings import PortalSettings
from relevo_testkit.serving import Served, serving
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.counting import EDITION, Publishing, id_of
else:
    from services.portal.tests.counting import EDITION, Publishing, id_of

PEOPLE = 40


@pytest.fixture
def settings(surroundings: Surroundings) -> PortalSettings:
    urls = {f"{name}_url": f"http://127.0.0.1:9/{name}" for name in SERVICES}
    return surroundings.settings(PortalSettings, public_url="http://localhost:8105", **urls)


async def durables(streams: Streams) -> None:
    for each in SUBSCRIPTIONS:
        await streams.durable(each.stream, each.durable, [BY_MODEL[event].subject for event in each.handlers])


@pytest_asyncio.fixture
async def counted(streams: Streams) -> AsyncIterator[Streams]:
    await streams.of(*SERVICES)
    await durables(streams)
    yield streams


async def overview(served: Served) -> Any:
    bearer = served.tokens.bearer("carla", "coordinator")
    return (await served.http.get(f"/editions/{EDITION}/overview", headers=bearer)).json()


async def all_counted(streams: Streams) -> bool:
    return not sum([await streams.pending(each.stream, each.durable) for each in SUBSCRIPTIONS])


def an_edition() -> Publishing:
    publish, chance = Publishing(), random.Random(2019)
    for number in range(PEOPLE):
        application_id = id_of("application", number)
        publish(ApplicationSubmitted, application_id=application_id, later=number % 3)
        for reviews in range(1, 1 + number % 3):
            publish(ApplicationReviewed, application_id=application_id, reviews=reviews, later=4)
        if number % 5 == 0:
            publish(ApplicationWithdrawn, application_id=application_id, later=5)
    publish(MultiplierReachCounted, people_reached=20)
    publish.events += chance.sample(publish.events, 30)
    return publish


async def test_replicas_count_each_event_once_and_a_rebuild_gives_the_same(
    settings: PortalSettings, counted: Streams
) -> None:
    published = an_edition()
    async with serving(settings, SERVICE) as one, serving(settings, SERVICE) as another:
        await one.until_ready()
        for number, each in enumerate(published.events):
            wire = encode(each)
            headers = {**wire.headers, "Nats-Msg-Id": f"{number}"}  # after the duplicate window, the same again
            await counted.publish(wire._replace(headers=headers))
        await until(lambda: all_counted(counted))
        live = await overview(one)
        assert live == await overview(another)
        total = live["total"]
        assert (total["applied"], total["withdrawn"], total["people_reached"]) == (PEOPLE, PEOPLE // 5, 20)
        assert total["reviewed"] == sum(number % 3 > 0 for number in range(PEOPLE))
        assert sum(each["applied"] for each in live["days"]) == PEOPLE

        for subscription in SUBSCRIPTIONS:
            await counted.jetstream.delete_consumer(subscription.stream, subscription.durable)
        operator = one.tokens.bearer("olga", "operator")
        body = {"read_model": "overview"}
        headers = {**operator, "Idempotency-Key": "rebuild-0123456789abcdef"}
        answer = await one.http.post("/operations/rebuild", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert (await overview(one))["days"] == []
        await durables(counted)
        await until(lambda: all_counted(counted))
        assert await overview(another) == live


async def test_it_is_not_ready_while_a_durable_of_its_overview_is_missing(
    settings: PortalSettings, counted: Streams
) -> None:
    async with serving(settings, SERVICE) as served:
        await served.until_ready()
        gone = SUBSCRIPTIONS[0]
        await counted.jetstream.delete_consumer(gone.stream, gone.durable)
        found = await served.readiness()
        assert (found["ready"], gone.durable in found["failing"]["bus"]) == (False, True)
        operator = served.tokens.bearer("olga", "operator")
        status = (await served.http.get("/operations/status", headers=operator)).json()
        assert next((each["durable"], each["exists"]) for each in status["durables"]) == (gone.durable, False)
        assert status["read_models"] == [{"name": "overview", "durables": [each.durable for each in SUBSCRIPTIONS]}]
