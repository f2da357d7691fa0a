"""What operators ask of a running service, on a real nats-server and a real mongod."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import httpx
import pytest
import structlog
from nats.js.api import StreamConfig

from relevo_chassis.delivery.change import Asked, Change, Commits, Kind
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.rebuild import ReadModel
from relevo_chassis.delivery.recorder import READINGS
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.logs import logger
from relevo_chassis.given.remarks import Remark
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.given.shell import Shell
from relevo_chassis.ids import new_id
from relevo_chassis.operations.sampling import Samples
from relevo_chassis.people.readings import Readings
from relevo_chassis.people.records.chain import GENESIS, entry_place
from relevo_chassis.service.made_of import Service
from relevo_contracts import Envelope, Unreadable
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.measured import figure, samples
from relevo_testkit.movers import NOW, Moved, Movers, counted, id_of
from relevo_testkit.serving import serving
from relevo_testkit.stand import FakeTokens, known_as
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

MOVERS = Movers(ParticipantEnrolled)

STREAM, DURABLE = "EVENTS_INTAKE", "intake_intake"
HEARD = Kind("heard", Moved)
POISON: set[str] = set()


def on_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    if event.participant_id in POISON:
        raise Unreadable("poisoned", "it is")
    return counted(HEARD, event, envelope)


async def remarked(_: Shell) -> list[Remark]:
    return [Remark(count=3, what="letters came back", do="see to it"), Remark(count=0, what="nothing", do="nothing")]


SERVICE = Service(
    title="A tiny service",
    version="1",
    routers=[],
    kinds=[MOVERS.kind, HEARD],
    subscriptions=[Subscription(DURABLE, STREAM, {ParticipantEnrolled: on_enrolled})],
    read_models=[ReadModel("heard", (DURABLE,), ("heard",))],
    remarks=remarked,
)


@dataclass
class Running:
    """The service in this process, with an operator's hands on it."""

    http: httpx.AsyncClient
    tokens: FakeTokens
    commits: Commits
    store: Store
    streams: Streams
    logged: io.StringIO
    samples: Samples

    def __post_init__(self) -> None:
        self.operator = self.tokens.bearer("olga", "operator")

    async def get(self, path: str) -> Any:
        answer = await self.http.get(f"/operations{path}", headers=self.operator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {**self.operator, "Idempotency-Key": key or new_id()}
        return await self.http.post(f"/operations{path}", json=body, headers=headers)

    async def move(self, number: int, times: int = 1) -> None:
        for _ in range(times):
            await self.commits.commit(MOVERS.move(number, new_id()))

    async def heard(self, number: int) -> int:
        state = await self.store.state(HEARD(id_of(number)))
        return state.moves if state else 0

    def hears(self, number: int, times: int) -> Callable[[], Any]:
        async def it_does() -> bool:
            return await self.heard(number) == times

        return it_does


@pytest.fixture
async def service(surroundings: Surroundings, mongo_store: Store, streams: Streams) -> AsyncIterator[Running]:
    POISON.clear()
    handlers = list(logging.getLogger().handlers)
    await streams.of("intake")
    await streams.durable(STREAM, DURABLE)
    async with serving(surroundings.settings(ServiceSettings, service="intake"), SERVICE) as at:
        logged = io.StringIO()
        state = at.app.state
        state.operations = replace(state.operations, log=logger("intake", "info", logged))
        await until(lambda: state.operations.bus.connected)
        yield Running(at.http, at.tokens, at.shell.committer, mongo_store, streams, logged, state.samples)
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


async def park(service: Running, number: int, moves: int) -> list[dict[str, Any]]:
    """Poison a participant and have all its events set aside; returns them in their order."""
    POISON.add(id_of(number))
    await service.move(number, moves)

    async def all_are() -> bool:
        return len(await service.get("/parked")) == moves

    await until(all_are)
    return sorted(await service.get("/parked"), key=lambda each: each["sequence"])


async def test_operations_are_for_operators_alone(service: Running) -> None:
    paths = ("/status", "/records/readings", "/parked", f"/parked/{id_of(1)}", f"/positions/{DURABLE}")
    other = service.tokens.bearer("carla", "coordinator", "service")
    for path in paths:
        assert (await service.http.get(f"/operations{path}")).status_code == 401
        assert (await service.http.get(f"/operations{path}", headers=other)).status_code == 403
    for path in (f"/parked/{id_of(1)}/retry", f"/parked/{id_of(1)}/drop", "/republish", "/rebuild"):
        answer = await service.http.post(f"/operations{path}", json={}, headers={**other, "Idempotency-Key": new_id()})
        assert answer.status_code == 403
        answer = await service.http.post(f"/operations{path}", json={}, headers=service.operator)
        assert answer.status_code == 400


async def test_status_tells_what_waits_and_what_was_set_aside(service: Running) -> None:
    await service.move(1, 3)
    await until(service.hears(1, 3))
    await park(service, 2, 2)
    status = await service.get("/status")
    assert status["ready"] is True
    assert status["connected"] is True
    [durable] = status["durables"]
    assert (durable["durable"], durable["exists"], durable["parked"], durable["handled"]) == (DURABLE, True, 2, 3)
    assert status["deadlines"] == {"waiting": 0, "overdue": 0, "oldest_seconds": 0.0, "failing": 0}
    assert status["read_models"] == [{"name": "heard", "durables": [DURABLE]}]
    assert status["remarks"] == [{"count": 3, "what": "letters came back", "do": "see to it"}]
    places = await service.get(f"/positions/{DURABLE}")
    assert places == {"durable": DURABLE, "aggregates": 2, "events": 3, "parked": 1}


async def test_status_and_metrics_agree(service: Running) -> None:
    await service.move(1, 3)
    await until(service.hears(1, 3))
    await park(service, 2, 2)
    await service.samples.look()
    page, status = (await service.http.get("/metrics")).text, await service.get("/status")
    [durable] = status["durables"]
    status_says = {
        "relevo_parked_events": durable["parked"],
        "relevo_durable_pending": durable["pending"],
        "relevo_durable_ack_pending": durable["in_hand"],
        "relevo_events_handled_total": durable["handled"],
        "relevo_events_early": durable["held"],
    }
    assert {name: figure(page, name, durable=DURABLE) for name in status_says} == status_says
    assert figure(page, "relevo_deadlines_overdue") == status["deadlines"]["overdue"]
    passing = {sample["check"]: value for sample, value in samples(page, "relevo_ready")}
    assert {name for name, value in passing.items() if not value} == {*status["failing"], *status["degraded"]}


async def test_the_record_of_readings_is_told_to_be_whole_and_where_it_is_not(service: Running) -> None:
    empty = await service.get("/records/readings")
    assert (empty["entries"], empty["segments"], empty["head"], empty["hash_then"]) == (0, 0, GENESIS, GENESIS)
    for reader in ("ana", "carla"):
        await Readings[Literal["own"]]().record(
            service.commits, Asked(reader, NOW, new_id()), "own", ["profile"], [id_of(1)]
        )
    whole = await service.get("/records/readings?then=1")
    assert (whole["entries"], whole["unsealed"], whole["broken_at"]) == (2, 0, None)
    assert (whole["segments"] > 1) or (whole["hash_then"] == whole["head"])
    assert (await service.get("/records/decisions"))["entries"] == 0
    await service.store.update_rows(READINGS, {"_id": entry_place(2)}, {"by": "nobody"})
    assert (await service.get("/records/readings"))["broken_at"] == 2


async def test_a_deleted_durable_shows_in_status(service: Running) -> None:
    await service.streams.jetstream.delete_consumer(STREAM, DURABLE)
    status = await service.get("/status")
    assert (status["ready"], status["durables"][0]["exists"]) == (False, False)
    assert DURABLE in status["failing"]["bus"]


async def test_what_was_set_aside_is_shown_without_its_body_and_retried_in_its_order(service: Running) -> None:
    first, second = await park(service, 3, 2)
    assert (first["code"], second["sequence"]) == ("poisoned", 2)
    assert first["type"] == "relevo.intake.ParticipantEnrolled.v1"
    assert await service.get(f"/parked/{first['id']}") == first
    assert "body" not in first
    refused = await service.post(f"/parked/{second['id']}/retry")
    assert (refused.status_code, refused.json()["first"]) == (409, first["id"])
    still = await service.post(f"/parked/{first['id']}/retry")
    assert (still.status_code, still.json()["type"]) == (409, "urn:relevo:problem:still-failing")
    POISON.clear()
    key = new_id()
    done = await service.post(f"/parked/{first['id']}/retry", key=key)
    assert done.json() == {"id": first["id"], "took_effect": 2}
    assert (await service.post(f"/parked/{first['id']}/retry", key=key)).content == done.content
    assert (await service.post(f"/parked/{first['id']}/retry")).status_code == 404
    assert (await service.post(f"/parked/{second['id']}/retry", key=key)).status_code == 404
    assert await service.heard(3) == 2
    await service.move(3)
    await until(service.hears(3, 3))


async def test_what_is_dropped_never_takes_effect_and_frees_what_waits_behind_it(service: Running) -> None:
    first, second = await park(service, 4, 2)
    assert (await service.post(f"/parked/{first['id']}/drop")).json() == {"id": first["id"], "dropped": True}
    POISON.clear()
    assert (await service.post(f"/parked/{second['id']}/retry")).json()["took_effect"] == 1
    assert await service.heard(4) == 1


async def test_a_lost_stream_is_told_again_in_slices_and_nothing_takes_effect_twice(service: Running) -> None:
    for number in range(5, 9):
        await service.move(number, 5)
        await until(service.hears(number, 5))
    await service.streams.jetstream.delete_stream(STREAM)
    await service.streams.jetstream.add_stream(StreamConfig(STREAM, subjects=["events.intake.>"], allow_atomic=True))
    await service.streams.durable(STREAM, DURABLE)
    republished, after = 0, 0
    while after is not None:
        answer = (await service.post("/republish", {"after": after, "limit": 7})).json()
        republished, after = republished + answer["told"], answer["next"]
    assert republished == 20

    async def all_published() -> bool:
        return not (await service.get("/status"))["outbox"]["unsent"]

    await until(all_published)
    stored = await service.streams.stored(STREAM)
    assert len(stored) == 20
    for number in range(5, 9):
        mine = [each.headers["ce-sequence"] for each in stored if id_of(number) in each.headers["ce-subject"]]
        assert mine == ["1", "2", "3", "4", "5"]
    await until(lambda: drained(service))
    assert [await service.heard(number) for number in range(5, 9)] == [5, 5, 5, 5]


async def test_one_aggregate_can_be_told_again_by_its_sequence(service: Running) -> None:
    await service.move(9, 4)
    await service.move(10, 4)
    await until(service.hears(10, 4))
    lane = {"lane": f"participant/{id_of(9)}", "first": 2, "last": 3}
    assert (await service.post("/republish", lane)).json() == {"told": 2, "next": None}
    assert (await service.post("/republish", {"lane": "participant/x"})).status_code == 422
    assert (await service.post("/republish", {"since": "2019-12-09T09:00:00"})).status_code == 422


async def test_a_read_model_is_emptied_only_when_its_durable_is_gone_and_fills_again(service: Running) -> None:
    await service.move(11, 6)
    await until(service.hears(11, 6))
    unknown = await service.post("/rebuild", {"read_model": "faces"})
    assert (unknown.status_code, unknown.json()["declared"]) == (404, ["heard"])
    assert (await service.post("/rebuild", {"read_model": "heard"})).status_code == 409
    await service.streams.jetstream.delete_consumer(STREAM, DURABLE)
    assert (await service.post("/rebuild", {"read_model": "heard"})).json() == {"read_model": "heard", "removed": 1}
    assert await service.heard(11) == 0
    assert (await service.get("/status"))["rebuilding"] == ["heard"]
    await service.streams.durable(STREAM, DURABLE)
    await until(service.hears(11, 6))
    await service.post("/rebuild/heard/done")
    assert (await service.get("/status"))["rebuilding"] == []


async def drained(service: Running) -> bool:
    return await service.streams.pending(STREAM, DURABLE) == 0


async def test_rule_22_what_an_operator_orders_is_on_record_with_who_ordered_it(service: Running) -> None:
    bodies: dict[str, Any] = {"/republish": {"lane": f"participant/{id_of(1)}"}, "/rebuild": {"read_model": "heard"}}
    for path in (f"/parked/{id_of(1)}/retry", f"/parked/{id_of(2)}/drop", *bodies, "/rebuild/heard/done"):
        key = new_id()
        assert {(await service.post(path, bodies.get(path), key)).status_code for _ in range(2)} <= {200, 404, 409}
    auditor = service.tokens.bearer("aude", "auditor")
    listed = (await service.http.get("/records/decisions", headers=auditor)).json()["items"]
    assert {each["by"] for each in listed} == {known_as("olga")}
    assert {(each["code"], each["about_id"]) for each in listed} == {
        ("event_retry_ordered", id_of(1)),
        ("event_drop_ordered", id_of(2)),
        ("events_telling_ordered", f"participant/{id_of(1)}"),
        ("read_model_emptying_ordered", "heard"),
        ("read_model_said_whole", "heard"),
    }


async def test_what_an_operator_changes_is_logged_with_who_asked(service: Running) -> None:
    await service.post(f"/parked/{id_of(1)}/drop")
    lines = [json.loads(line) for line in service.logged.getvalue().splitlines()]
    assert [(line["subject"], line["parked_id"]) for line in lines] == [(known_as("olga"), id_of(1))]
