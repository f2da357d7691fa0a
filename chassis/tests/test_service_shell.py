"""A whole service as a process, on a real nats-server and a real mongod."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_servers import MongoServer, NatsServer, free_port
from relevo_testkit.streams import Streams
from relevo_testkit.waiting import until

STREAM, DURABLE = "EVENTS_INTAKE", "intake_intake"
PROGRAM = Path(__file__).with_name("service_sample.py")


class Running:
    """The service's process, with what it is told."""

    def __init__(self, environment: dict[str, str], output: Path) -> None:
        self.environment = environment
        self.output = output
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{environment['RELEVO_HTTP_PORT']}", trust_env=False)
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> asyncio.subprocess.Process:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RELEVO_")}
        with self.output.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, PROGRAM, env=inherited | self.environment, stdout=output, stderr=output
            )
        return self.process

    async def end(self, sent: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(sent)
        return await asyncio.wait_for(self.process.wait(), 30)

    async def ready(self) -> dict[str, Any]:
        try:
            response = await self.http.get("/readyz")
        except httpx.TransportError:
            return {"ready": False, "failing": {"http": "not there yet"}, "degraded": {}}
        found: dict[str, Any] = response.json()
        assert (response.status_code == 200) == found["ready"]
        return found

    async def until_ready(self) -> None:
        async def is_ready() -> bool:
            return bool((await self.ready())["ready"])

        await until(is_ready, 30)

    async def post(self, number: int, key: str) -> httpx.Response:
        return await self.http.post(f"/seats/{number}", headers={"Idempotency-Key": key})


def write_key(path: Path) -> None:
    path.write_text(base64.b64encode(os.urandom(32)).decode())
    path.chmod(0o600)


@pytest.fixture
async def service(
    tmp_path: Path, mongo_server: MongoServer, nats_server: NatsServer, mongo_database: str, streams: Streams
) -> AsyncIterator[Running]:
    await streams.make(STREAM, ["events.intake.>"])
    key = tmp_path / "key"
    write_key(key)
    made = Running(
        {
            "RELEVO_ENVIRONMENT": "development",
            "RELEVO_MONGO_URL": mongo_server.url,
            "RELEVO_MONGO_DATABASE": mongo_database,
            "RELEVO_NATS_URL": nats_server.url,
            "RELEVO_SERVICE_KEY_FILE": str(key),
            "RELEVO_OIDC_ISSUER": "http://127.0.0.1:9",
            "RELEVO_HTTP_PORT": str(free_port()),
        },
        tmp_path / "output",
    )
    yield made
    if made.process is not None:
        await made.end(signal.SIGKILL)
    await made.http.aclose()
    store = Store.connected(mongo_server.url, mongo_database)
    await store.drop_database()
    store.close()


def seen(service: Running, number: int, expected: int) -> Callable[[], Any]:
    async def all_seen() -> bool:
        found = (await service.http.get(f"/seats/{number}")).json()
        return bool(found == {"moves": expected, "heard": expected, "due": 1})

    return all_seen


async def test_a_request_becomes_a_state_an_event_and_an_effect_and_the_end_is_clean(
    service: Running, streams: Streams
) -> None:
    await streams.durable(STREAM, DURABLE)
    await service.start()
    await service.until_ready()
    keys = [new_id() for _ in range(20)]
    answers = await asyncio.gather(*(service.post(1, key) for key in keys))
    assert {answer.status_code for answer in answers} == {201}
    repeats = await asyncio.gather(*(service.post(1, key) for key in keys))
    assert [answer.content for answer in repeats] == [answer.content for answer in answers]
    await until(seen(service, 1, 20))
    metrics = (await service.http.get("/metrics")).text
    assert 'relevo_events_handled_total{durable="intake_intake"} 20.0' in metrics
    assert 'route="/seats/{number}"' in metrics
    assert (await service.http.get("/openapi.json")).json()["openapi"].startswith("3.1")
    assert (await service.http.get("/docs")).status_code == 404
    assert await service.end() == 0
    assert await streams.pending(STREAM, DURABLE) == 0
    assert len(await streams.stored(STREAM)) == 20
    assert "Traceback" not in service.output.read_text()


async def test_what_was_answered_survives_a_kill_and_a_repeat_gets_the_same_answer(
    service: Running, streams: Streams
) -> None:
    await streams.durable(STREAM, DURABLE)
    await service.start()
    await service.until_ready()
    keys = [new_id() for _ in range(30)]
    answers = await asyncio.gather(*(service.post(2, key) for key in keys))
    await service.end(signal.SIGKILL)
    await service.start()
    await service.until_ready()
    repeats = await asyncio.gather(*(service.post(2, key) for key in keys))
    assert [answer.content for answer in repeats] == [answer.content for answer in answers]
    await until(seen(service, 2, 30))


async def test_a_missing_durable_shows_in_readiness_until_the_operator_makes_it(
    service: Running, streams: Streams
) -> None:
    await service.start()

    async def says_so() -> bool:
        return DURABLE in (await service.ready())["failing"].get("bus", "")

    await until(says_so, 30)
    assert (await service.post(3, new_id())).status_code == 201
    await streams.durable(STREAM, DURABLE)
    await service.until_ready()
    await until(seen(service, 3, 1))


async def test_requests_in_hand_are_answered_before_the_end(service: Running, streams: Streams) -> None:
    await streams.durable(STREAM, DURABLE)
    await service.start()
    await service.until_ready()
    asked = [asyncio.create_task(service.post(4, new_id())) for _ in range(50)]
    await until(lambda: any(task.done() for task in asked))
    assert await service.end() == 0
    done = await asyncio.gather(*asked, return_exceptions=True)
    answered = [answer for answer in done if isinstance(answer, httpx.Response) and answer.status_code == 201]
    await service.start()
    await service.until_ready()
    moves = (await service.http.get("/seats/4")).json()["moves"]
    assert len(answered) <= moves <= 50


async def test_another_service_key_refuses_to_start_with_78(service: Running, streams: Streams) -> None:
    await streams.durable(STREAM, DURABLE)
    await service.start()
    await service.until_ready()
    await service.end()
    write_key(Path(service.environment["RELEVO_SERVICE_KEY_FILE"]))
    process = await service.start()
    assert await asyncio.wait_for(process.wait(), 30) == 78
    assert "WrongServiceKey" in service.output.read_text()


async def test_nats_away_leaves_the_service_serving_and_it_catches_up(
    service: Running, tmp_path: Path, mongo_server: MongoServer
) -> None:
    own = NatsServer(tmp_path / "own-nats", port=free_port())
    service.environment["RELEVO_NATS_URL"] = own.url
    await service.start()

    async def serving() -> bool:
        return "bus" in (await service.ready())["failing"] and (await service.post(5, new_id())).status_code == 201

    await until(serving, 30)
    await own.start()
    try:
        streams = await Streams.connected(own.url)
        await streams.make(STREAM, ["events.intake.>"])
        await streams.durable(STREAM, DURABLE)
        await service.until_ready()
        await own.stop()
        assert (await service.post(6, new_id())).status_code == 201

        async def degraded() -> bool:
            return "nats" in (await service.ready())["degraded"]

        await until(degraded)
        assert (await service.ready())["ready"]
        await own.start()
        await until(seen(service, 6, 1), 30)
        await streams.client.close()
    finally:
        await service.end()
        await own.stop()
