"""A request is a trace of its own unless somebody trusted sent it, and nothing personal leaves with its spans."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relevo_chassis.given import logs
from relevo_chassis.given.asking import InAsking
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.http.addresses import Proxied, networks
from relevo_chassis.http.once import answer_json
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.service.assembly import NO_TELEMETRY, assembled
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.movers import NOW, Movers, id_of
from relevo_testkit.spans import Kept, kept, parent_of, place_of
from relevo_testkit.stand import stand

ELSEWHERE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
CANARY = "berta-caceres"
MOVERS = Movers(ParticipantEnrolled)
router = Routes()


@router.get("/people/{name}")
async def seen(name: str) -> str:
    return name


@router.get("/broken/{name}")
async def broken(name: str) -> str:
    raise RuntimeError(name)


async def moved(commits: Any, number: int, asked: Any) -> Any:
    change = MOVERS.move(number, asked.cause_id)
    return await commits.commit(asked.change(change.refs, change.decide))


@router.post("/seats/{number}", openapi_extra=NOT_ONCE)
async def move(number: int, asking: InAsking) -> Any:
    return await asking.answer(moved, asking.shell.committer, number, by=CANARY, respond=answer_json)


@pytest.fixture
def spans() -> Iterator[Kept]:
    with kept() as made:
        yield made


def client_of(trusted: str, peer: str, proxies: str = "", logged: io.StringIO | None = None) -> httpx.AsyncClient:
    app = FastAPI()
    log = logs.logger("test", "info", logged or io.StringIO())
    assembled(app, [router], log=log, metrics=Metrics(), traced=networks(trusted))
    app.add_middleware(Proxied, trusted=networks(proxies))
    transport = httpx.ASGITransport(app, client=(peer, 4711), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service.local")


async def asked(client: httpx.AsyncClient, headers: Sequence[tuple[str, str]], path: str = f"/people/{CANARY}") -> None:
    async with client:
        await client.get(path, headers=[*headers])


@pytest.mark.parametrize(
    ("trusted", "peer", "goes_on"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "203.0.113.9", False),
        ("", "127.0.0.1", False),
        ("2001:db8::/32", "2001:db8::7", True),
    ],
)
async def test_a_trace_is_gone_on_with_for_those_who_are_trusted_alone(
    trusted: str, peer: str, goes_on: bool, spans: Kept
) -> None:
    await asked(client_of(trusted, peer), [("traceparent", f"{ELSEWHERE}-01")])
    span = spans.one("GET /people/{name}")
    assert parent_of(span) == (ELSEWHERE if goes_on else None)
    assert span.links == ()


async def test_who_is_trusted_is_who_holds_the_connection_and_nobody_they_speak_for(spans: Kept) -> None:
    headers = [("traceparent", f"{ELSEWHERE}-01"), ("x-forwarded-for", "10.1.2.3")]
    await asked(client_of("10.0.0.0/8", "192.0.2.1", proxies="192.0.2.1"), headers)
    await asked(client_of("192.0.2.1", "192.0.2.1", proxies="192.0.2.1"), headers)
    assert [parent_of(each) for each in spans.named("GET")] == [None, ELSEWHERE]


async def test_a_stranger_has_nothing_kept_that_would_not_be_and_links_no_two_requests() -> None:
    with kept(sampled=0.0) as spans:
        await asked(client_of("10.0.0.0/8", "203.0.113.9"), [("traceparent", f"{ELSEWHERE}-01")])
    assert spans.all == ()
    with kept() as spans:
        for _ in range(2):
            await asked(client_of("", "203.0.113.9"), [("traceparent", f"{ELSEWHERE}-01")])
    assert len({each.context.trace_id for each in spans.all if each.context} | {int(ELSEWHERE[3:35], 16)}) == 3


async def test_who_is_trusted_and_keeps_nothing_has_nothing_kept(spans: Kept) -> None:
    await asked(client_of("10.0.0.0/8", "10.1.2.3"), [("traceparent", f"{ELSEWHERE}-00")])
    assert spans.all == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    values=st.lists(st.one_of(st.binary(max_size=80), st.just(f"{ELSEWHERE}-01".encode())), max_size=3),
    state=st.binary(max_size=40),
)
async def test_whatever_the_headers_hold_the_request_is_answered(values: list[bytes], state: bytes) -> None:
    sent = [(b"traceparent", each) for each in values] + [(b"tracestate", state), (b"baggage", state)]
    with kept() as spans:
        async with client_of("10.0.0.0/8", "10.1.2.3") as client:
            assert (await client.get("/people/a", headers=sent)).status_code == 200
    span = spans.one("GET")
    assert span.context
    assert (span.context.trace_state, parent_of(span)) in [({}, None), ({}, ELSEWHERE)]


async def test_what_a_stranger_sends_goes_into_no_event_and_no_library_is_asked_to_go_on_with_it(spans: Kept) -> None:
    async with stand([router], NOW) as at:
        answer = await at.post("/seats/1", headers={"traceparent": f"{ELSEWHERE}-01", "baggage": f"who={CANARY}"})
        assert answer.status_code == 200
        [row] = await at.store.rows("outbox", {})
    assert row["headers"]["ce-traceparent"] == f"{place_of(spans.one('commit'))}-01"
    assert ELSEWHERE[3:35] not in str(row)
    assert not any(NO_TELEMETRY.values())


async def test_spans_hold_routes_and_codes_and_nothing_of_who_asked_for_what(spans: Kept) -> None:
    headers = [("authorization", f"Bearer {CANARY}"), ("user-agent", CANARY), ("baggage", f"who={CANARY}")]
    for path in (f"/people/{CANARY}?q={CANARY}", f"/broken/{CANARY}", f"/{CANARY}"):
        await asked(client_of("127.0.0.1", "127.0.0.1"), headers, path)
    exported = json.dumps([json.loads(each.to_json()) for each in spans.all])
    assert CANARY not in exported
    assert [each.name for each in spans.all] == ["GET /people/{name}", "GET /broken/{name}", "GET unmatched"]
    assert [each.status.is_ok for each in spans.all] == [True, False, True]
    assert all(not each.events for each in spans.all)


@pytest.fixture
async def lines(spans: Kept) -> AsyncIterator[Any]:
    async with stand([router], NOW) as at:
        yield at


async def test_lines_of_the_log_say_to_which_trace_and_to_which_chain_they_belong(lines: Any, spans: Kept) -> None:
    for number in (1, 2):
        assert (await lines.post(f"/seats/{number}")).status_code == 200
    logged = [json.loads(line) for line in lines.logged.getvalue().splitlines()]
    requests = [each.context.trace_id for each in spans.named("POST") if each.context]
    assert [line["trace_id"] for line in logged] == [f"{each:032x}" for each in requests]
    chains = [row["headers"]["ce-correlationid"] for row in await lines.store.rows("outbox", {})]
    assert [line["chain_id"] for line in logged] == chains
    assert len({*chains}) == 2
    assert (await lines.http.get(f"/people/{id_of(1)}")).status_code == 200
    last = json.loads(lines.logged.getvalue().splitlines()[-1])
    assert "chain_id" not in last
    assert last["trace_id"] not in {f"{each:032x}" for each in requests}
