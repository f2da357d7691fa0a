"""The door of a service, run by an nginx that is here: whom it lets in where, what it hands on, and what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.manifests.doors import NGINX, NO_NGINX, SERVICE, Door, free_ports, open_door
from tests.manifests.reach import HEALTH, OPERATIONS, PEOPLE

from relevo_chassis.http.addresses import Proxied, networks
from relevo_chassis.operations.health import FORWARDED

pytestmark = pytest.mark.skipif(not NGINX, reason=NO_NGINX)
GATEWAY = "127.0.0.1"
"""Who is at the other end of the door here, and is trusted as a gateway or the portal is."""


async def echo(request: Request) -> JSONResponse:
    body = await request.body()
    return JSONResponse(
        {
            "path": request.url.path,
            "query": request.url.query,
            "from": request.client.host if request.client else None,
            "host": request.headers["host"],
            "size": len(body),
            "forwarded": sorted(FORWARDED & {*request.headers}),
        }
    )


@asynccontextmanager
async def served(port: int) -> AsyncIterator[None]:
    """A service behind the door, which trusts the door and whoever is before it."""
    app = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])
    proxied = Proxied(app, trusted=networks("127.0.0.0/8"))
    server = uvicorn.Server(uvicorn.Config(proxied, port=port, log_config=None, lifespan="off", proxy_headers=False))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await running


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path, free_ports()) as made:
        yield made


LET_IN = {
    PEOPLE: ["/", "/calls?after=2", "/.well-known/jwks.json", "/records/readings", "/openapi.json"],
    OPERATIONS: ["/operations/status", "/operations/records/readings"],
    HEALTH: ["/livez", "/readyz?without=bus", "/metrics"],
}
OPERATORS = [
    "/operations",
    "/operations/status",
    "//operations/status",
    "/%6fperations/status",
    "/x/../operations/status",
]
KEPT_OUT = {
    PEOPLE: [*OPERATORS, "/metrics", "/livez", "/readyz", "/readyz?without=bus", "/%6detrics"],
    OPERATIONS: ["/", "/calls", "/operations", "/operations/../calls", "/metrics", "/livez"],
    HEALTH: ["/", "/calls", "/operations/status", "/livez/", "/metrics/../calls"],
}


async def test_each_port_lets_in_what_it_is_there_for_and_nothing_else(door: Door) -> None:
    async with served(door.ports[SERVICE]):
        for port, paths in LET_IN.items():
            for path in paths:
                answer = (await door.ask(port, path)).json()
                assert (answer["path"], answer["query"]) == (path.partition("?")[0], path.partition("?")[2])
        kept_out = [(port, path) for port, paths in KEPT_OUT.items() for path in paths]
        let_in = [each for each in kept_out if (await door.ask(*each)).status_code != 404]
        assert let_in == []


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        ({}, GATEWAY),
        ({"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
        ({"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}, "203.0.113.9"),
        ({"Forwarded": "for=203.0.113.9"}, "203.0.113.9"),
        ({"Forwarded": 'for="[2001:db8::7]"'}, "2001:db8::7"),
        ({"Forwarded": "for=198.51.100.1", "X-Forwarded-For": "203.0.113.9"}, "127.0.0.1"),
        ({"Forwarded": "for=203.0.113.9", "X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
    ],
)
async def test_whom_a_request_comes_from_is_who_the_gateway_says(
    door: Door, headers: Mapping[str, str], believed: str
) -> None:
    async with served(door.ports[SERVICE]):
        answer = (await door.ask(PEOPLE, "/calls", headers={"Host": "course.invalid", **headers})).json()
        assert (answer["from"], answer["host"]) == (believed, "course.invalid")


async def test_figures_are_handed_on_as_if_they_were_asked_for_without_a_proxy(door: Door) -> None:
    """A service keeps them from whatever came by way of one; this port is for those who may have them."""
    async with served(door.ports[SERVICE]):
        headers = dict.fromkeys(FORWARDED, "203.0.113.9")
        assert (await door.ask(HEALTH, "/metrics", headers=headers)).json()["forwarded"] == []
        assert (await door.ask(PEOPLE, "/calls")).json()["forwarded"] == ["x-forwarded-for"]
        for path in KEPT_OUT[PEOPLE]:
            assert (await door.ask(PEOPLE, path)).status_code == 404


async def test_what_is_sent_is_handed_on_whole_however_large(door: Door) -> None:
    async with served(door.ports[SERVICE]):
        answer = await door.ask(
            PEOPLE, "/files", "POST", bytes(20_000_000), {"Authorization": f"Bearer {'x' * 12_000}"}
        )
        assert answer.json()["size"] == 20_000_000


async def test_while_the_service_is_away_one_is_told_to_ask_again(door: Door) -> None:
    answer = await door.ask(PEOPLE, "/calls")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503
    assert (await door.ask(HEALTH, "/readyz")).status_code == 502


async def test_a_new_certificate_is_shown_without_a_restart(door: Door) -> None:
    first = await asyncio.to_thread(door.shows)
    second = door.give()
    assert await asyncio.to_thread(door.shows) == second != first


async def test_nothing_that_is_asked_is_written_down(door: Door) -> None:
    async with served(door.ports[SERVICE]):
        await door.ask(PEOPLE, "/confirm/CANARY", "POST", b"CANARY" * 500_000, {"X-Forwarded-For": "203.0.113.9"})
    await door.ask(PEOPLE, "/confirm/CANARY")
    found = [path for path in door.folder.rglob("*") if path.is_file() and b"CANARY" in path.read_bytes()]
    assert found == []
