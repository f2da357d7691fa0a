"""A whole service as a process, on a real nats-server and a real mongod."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from relevo_chassis.ids import new_id
from relevo_servers import MongoServer, NatsServer, free_port
from relevo_testkit.serving import ServiceProcess
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings, key_file
from relevo_testkit.waiting import until

STREAM, DURABLE = "EVENTS_INTAKE", "intake_intake"
PROGRAM = Path(__file__).with_name("service_sample.py")


@pytest.fixture
async def service(surroundings: Surroundings, streams: Streams) -> AsyncIterator[ServiceProcess]:
    await streams.of("intake")
    environment = surroundings.environment(http_port=free_port())
    made = ServiceProcess([str(PROGRAM)], environment, surroundings.folder / "output")
    yield made
    await made.close()


async def move(service: ServiceProcess, number: int, key: str) -> httpx.Response:
    return await service.http.post(f"/seats/{number}", headers={"Idempotency-Key": key})


def seen(service: ServiceProcess, number: int, expected: int) -> Callable[[], Any]:
    async def all_seen() -> bool:
        found = (await service.http.get(f"/seats/{number}")).json()
        return bool(found == {"moves": expected, "heard": expected, "due": 1})

    return all_seen


async def test_a_request_becomes_a_state_an_event_and_an_effect_and_the_end_is_clean(
    service: ServiceProcess, streams: Streams
) -> None:
    await streams.durable(STREAM, DURABLE)
    service.start()
    await service.until_ready()
    keys = [new_id() for _ in range(20)]
    answers = await asyncio.gather(*(move(service, 1, key) for key in keys))
    assert {answer.status_code for answer in answers} == {201}
    repeats = await asyncio.gather(*(move(service, 1, key) for key in keys))
    assert [answer.content for answer in repeats] == [answer.content for answer in answers]
    await until(seen(service, 1, 20))
    metrics = (await service.http.get("/metrics")).text
    assert 'relevo_events_handled_total{durable="intake_intake"} 20.0' in metrics
    assert 'route="/seats/{number}"' in metrics
    assert (await service.http.get("/openapi.json")).json()["openapi"].startswith("3.1")
    assert (await service.http.get("/docs")).status_code == 404
    await service.stop()
    assert service.exit_code == 0
    assert await streams.pending(STREAM, DURABLE) == 0
    assert len(await streams.stored(STREAM)) == 20
    assert "Traceback" not in service.output


async def test_what_was_answered_survives_a_kill_and_a_repeat_gets_the_same_answer(
    service: ServiceProcess, streams: Streams
) -> None:
    await streams.durable(STREAM, DURABLE)
    service.start()
    await service.until_ready()
    keys = [new_id() for _ in range(30)]
    answers = await asyncio.gather(*(move(service, 2, key) for key in keys))
    await service.kill()
    service.start()
    await service.until_ready()
    repeats = await asyncio.gather(*(move(service, 2, key) for key in keys))
    assert [answer.content for answer in repeats] == [answer.content for answer in answers]
    await until(seen(service, 2, 30))


async def test_a_missing_durable_shows_in_readiness_until_the_operator_makes_it(
    service: ServiceProcess, streams: Streams
) -> None:
    service.start()

    async def says_so() -> bool:
        return DURABLE in (await service.readiness())["failing"].get("bus", "")

    await until(says_so, 30)
    assert (await move(service, 3, new_id())).status_code == 201
    await streams.durable(STREAM, DURABLE)
    await service.until_ready()
    await until(seen(service, 3, 1))


async def test_requests_in_hand_are_answered_before_the_end(service: ServiceProcess, streams: Streams) -> None:
    await streams.durable(STREAM, DURABLE)
    service.start()
    await service.until_ready()
    asked = [asyncio.create_task(move(service, 4, new_id())) for _ in range(50)]
    await until(lambda: any(task.done() for task in asked))
    await service.stop()
    assert service.exit_code == 0
    done = await asyncio.gather(*asked, return_exceptions=True)
    answered = [answer for answer in done if isinstance(answer, httpx.Response) and answer.status_code == 201]
    service.start()
    await service.until_ready()
    moves = (await service.http.get("/seats/4")).json()["moves"]
    assert len(answered) <= moves <= 50


async def test_another_service_key_refuses_to_start_with_78(
    service: ServiceProcess, surroundings: Surroundings, streams: Streams
) -> None:
    await streams.durable(STREAM, DURABLE)
    service.start()
    await service.until_ready()
    await service.stop()
    key_file(surroundings.values["service_key_file"])
    service.start()
    assert await asyncio.wait_for(service.exited(), 30) == 78
    assert "WrongServiceKey" in service.output


async def test_nats_away_leaves_the_service_serving_and_it_catches_up(
    service: ServiceProcess, tmp_path: Path, mongo_server: MongoServer
) -> None:
    own = NatsServer(tmp_path / "own-nats", port=free_port())
    service.environment = {**(service.environment or {}), "RELEVO_NATS_URL": own.url}
    service.start()

    async def serving() -> bool:
        return "bus" in (await service.readiness())["failing"] and (await move(service, 5, new_id())).status_code == 201

    await until(serving, 30)
    await own.start()
    try:
        streams = await Streams.connected(own.url)
        await streams.make(STREAM, ["events.intake.>"])
        await streams.durable(STREAM, DURABLE)
        await service.until_ready()
        await own.stop()
        assert (await move(service, 6, new_id())).status_code == 201

        async def degraded() -> bool:
            return "nats" in (await service.readiness())["degraded"]

        await until(degraded)
        assert (await service.readiness())["ready"]
        await own.start()
        await until(seen(service, 6, 1), 30)
        await streams.client.close()
    finally:
        await service.stop()
        await own.stop()
