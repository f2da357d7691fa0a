"""Problems, health, logs and what surrounds a request."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import pytest
import structlog
from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.given import logs
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.http.etag import etag_of, if_match, must_match
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.problems import title_of, type_of
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.ids import new_id
from relevo_chassis.operations.health import Check, health_router
from relevo_chassis.people.keys import KeyServiceAway
from relevo_chassis.people.vault import PersonErased, ServiceKey
from relevo_testkit.stand import Stand, stand

NOW = datetime(2019, 9, 12, tzinfo=UTC)
CANARY = "Berta Canary"
KEY = ServiceKey(bytes(range(32)))


class Thing(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    seats: dict[str, int] = {}


class DoorIsClosed(Refusal):
    """The door is closed.

    Come back tomorrow.
    """


router = Routes()


@router.get("/closed/{id}")
@refuses(DoorIsClosed)
async def closed(id: str) -> None:
    raise DoorIsClosed("locked", "door {door_id} is locked; knock", door_id=id, opens_in=3)


@router.get("/broken/{name}")
async def broken(name: str) -> None:
    raise RuntimeError(f"could not read {name}") from ValueError(name)


@router.get("/streamed")
async def streamed() -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        raise RuntimeError(CANARY)

    return StreamingResponse(pieces(), media_type="application/json")


@router.get("/erased")
@refuses(PersonErased)
async def erased() -> None:
    raise PersonErased("a" * 32)


@router.get("/keyless")
async def keyless() -> None:
    raise KeyServiceAway("away")


@router.put("/things/{id}")
async def put(tag: Annotated[str, Depends(if_match)]) -> str:
    must_match(tag, Thing(name="a"))
    return tag


@router.get("/things")
@refuses(BadCursor)
async def things(limit: Limit = 2, after: After = None) -> Page[int]:
    cursors = Cursors(KEY, "things")
    start = int(cursors.after(after) or 0)
    return cursors.page(list(range(start + 1, 6))[: limit + 1], limit, str)


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([router], NOW) as made:
        yield made


async def test_a_broken_rule_is_told_with_its_type_title_detail_and_facts(at: Stand) -> None:
    response = await at.http.get("/closed/7")
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json() == {
        "type": "urn:relevo:problem:door-is-closed",
        "title": "The door is closed.",
        "status": 409,
        "detail": "door 7 is locked; knock",
        "because": "locked",
        "door_id": "7",
        "opens_in": 3,
    }


def test_types_are_the_rules_names_in_lower_case_with_hyphens() -> None:
    assert type_of(DoorIsClosed) == "urn:relevo:problem:door-is-closed"
    assert title_of(DoorIsClosed) == "The door is closed."


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/things", 405), ("GET", "/erased", 410), ("GET", "/keyless", 503)],
)
async def test_every_refusal_is_a_problem(at: Stand, method: str, path: str, status: int) -> None:
    response = await at.http.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status


async def test_what_breaks_is_answered_with_an_id_that_is_in_the_log_and_nothing_else(at: Stand) -> None:
    response = await at.http.get(f"/broken/{CANARY}")
    assert response.status_code == 500
    fault_id = response.json()["fault_id"]
    assert CANARY not in response.text
    lines = [json.loads(line) for line in at.logged.getvalue().splitlines()]
    [fault] = [line for line in lines if line.get("fault_id") == fault_id]
    assert fault["exception"] == "builtins.RuntimeError from builtins.ValueError"
    assert fault["route"] == "/broken/{name}"
    assert any("test_http_answers.py" in step for step in fault["trace"])
    assert CANARY not in at.logged.getvalue()
    assert "Canary" not in at.logged.getvalue()


async def test_an_answer_that_breaks_off_ends_the_connection_and_tells_nothing(at: Stand) -> None:
    response = await at.http.get("/streamed")
    assert CANARY not in response.text
    assert CANARY not in at.logged.getvalue()
    assert "a request broke" in at.logged.getvalue()


async def test_requests_are_logged_and_counted_by_route_and_never_by_path(at: Stand) -> None:
    await at.http.get(f"/closed/{CANARY}", headers={"User-Agent": CANARY, "X-Forwarded-For": CANARY})
    await at.http.get(f"/{CANARY}")
    await at.http.request("CANARY", "/things")
    lines = [json.loads(line) for line in at.logged.getvalue().splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/closed/{id}", 409),
        ("GET", "unmatched", 404),
        ("OTHER", "/things", 405),
    ]
    assert "Canary" not in at.logged.getvalue()
    metrics = at.shell.metrics
    sample = metrics.registry.get_sample_value(
        "relevo_http_requests_total", {"method": "GET", "route": "/closed/{id}", "status": "409"}
    )
    assert sample == 1


async def test_the_template_of_an_included_router_is_whole() -> None:
    outer, seen = Routes(prefix="/v1"), Routes(prefix="/inner")

    @seen.get("/{id}")
    async def inner(id: str) -> str:
        return id

    outer.include_router(seen)
    async with stand([outer], NOW) as at:
        await at.http.get(f"/v1/inner/{new_id()}")
        assert json.loads(at.logged.getvalue())["route"] == "/v1/inner/{id}"


def ready(needed: dict[str, Check], wanted: dict[str, Check]) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(health_router(needed, wanted, Metrics()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.local")


async def fine() -> None:
    return None


async def failing() -> str:
    return "down; start it"


async def breaking() -> str:
    raise RuntimeError(CANARY)


async def hanging() -> str:
    await asyncio.Event().wait()
    return ""


async def test_ready_when_every_needed_check_passes() -> None:
    async with ready({"store": fine}, {"bus": failing}) as http:
        response = await http.get("/readyz")
        assert response.status_code == 200
        assert response.json()["degraded"] == {"bus": "down; start it"}
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/metrics")).status_code == 200


async def test_unready_when_one_fails_breaks_or_hangs_and_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relevo_chassis.operations.health.CHECK_SECONDS", 0.01)
    async with ready({"a": fine, "b": failing, "c": breaking, "d": hanging}, {}) as http:
        response = await http.get("/readyz")
        assert response.status_code == 503
        assert sorted(response.json()["failing"]) == ["b", "c", "d"]
        assert CANARY not in response.text


async def test_who_asks_whether_requests_are_taken_leaves_out_what_they_can_do_without() -> None:
    async with ready({"mongodb": fine, "outbox": failing, "bus": failing}, {}) as http:
        response = await http.get("/readyz?without=bus,consumers,outbox")
        assert response.status_code == 200
        assert response.json()["checked"] == ["mongodb"]
        assert (await http.get("/readyz?without=bus")).status_code == 503
        assert (await http.get("/readyz?without=")).status_code == 503


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_logs_hold_only_fields_of_the_list_and_ids(capsys: pytest.CaptureFixture[str], root_logger: Any) -> None:
    log = logs.configure("service-a")
    log.info(
        "something happened", name=CANARY, durable="a_b", person_id=CANARY, call_id="a" * 32, headers={"x": CANARY}
    )
    try:
        raise ValueError(CANARY)
    except ValueError:
        log.exception("it broke")
    structlog.get_logger("somewhere").warning("elsewhere", failure="KeyError", body=CANARY)
    logging.getLogger("library").warning("cannot reach %s", CANARY)
    logging.getLogger("library").warning(f"cannot reach {CANARY}")
    logging.getLogger("library").error(ValueError(CANARY))
    logging.getLogger("library").info("not heard")
    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    assert "Canary" not in out
    assert len(lines) == 6
    assert lines[0] | {"at": ""} == {
        "at": "",
        "level": "info",
        "service": "service-a",
        "event": "something happened",
        "durable": "a_b",
        "call_id": "a" * 32,
    }
    assert lines[1]["exception"] == "builtins.ValueError"
    assert lines[2]["failure"] == "KeyError"
    assert lines[3]["template"] == "cannot reach %s"
    assert "template" not in lines[4]
    assert lines[5]["exception"] == "builtins.ValueError"


def test_a_logger_keeps_to_its_level() -> None:
    out = io.StringIO()
    logs.logger("a", "error", out).info("quiet")
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 428),
        ([("If-Match", "W/" + etag_of(Thing(name="a")))], 400),
        ([("If-Match", "*")], 400),
        ([("If-Match", '""')], 400),
        ([("If-Match", etag_of(Thing(name="a"))), ("If-Match", '"b"')], 400),
        ([("If-Match", etag_of(Thing(name="b")))], 412),
        ([("If-Match", etag_of(Thing(name="a")))], 200),
    ],
)
async def test_a_change_needs_the_tag_of_what_was_seen(at: Stand, headers: list[tuple[str, str]], status: int) -> None:
    assert (await at.http.put("/things/1", headers=headers)).status_code == status


def test_equal_states_have_equal_tags_whatever_the_order_of_their_maps() -> None:
    one, other = Thing(name="é", seats={"a": 1, "b": 2}), Thing(name="é", seats={"b": 2, "a": 1})
    assert etag_of(one) == etag_of(other) == etag_of(Thing.model_validate_json(one.model_dump_json()))
    assert etag_of(one) != etag_of(Thing(name="é", seats={"a": 1, "b": 3}))


async def test_pages_lead_through_the_whole_list_once(at: Stand) -> None:
    seen: list[int] = []
    after: dict[str, str] = {}
    while True:
        page = (await at.http.get("/things", params=after)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("cursor", ["", "3", "AAAA", "é", "x" * 400, "=", "Li4v"])
async def test_a_cursor_that_was_not_given_is_refused(at: Stand, cursor: str) -> None:
    response = await at.http.get("/things", params={"after": cursor})
    assert response.status_code == 400
    assert response.json()["type"] == "urn:relevo:problem:bad-cursor"


def test_a_cursor_of_another_list_or_service_is_refused() -> None:
    cursor = Cursors(KEY, "things").page([1, 2], 1, str).next
    for other in (Cursors(KEY, "letters"), Cursors(KEY, "things", "x"), Cursors(ServiceKey(bytes(32)), "things")):
        with pytest.raises(BadCursor):
            other.after(cursor)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "many", "1e3"])
async def test_a_limit_that_cannot_be_is_refused(at: Stand, limit: str) -> None:
    assert (await at.http.get("/things", params={"limit": limit})).status_code == 422


async def test_an_answer_that_says_nothing_of_caches_is_kept_by_none(at: Stand) -> None:
    response = await at.http.get("/things")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
