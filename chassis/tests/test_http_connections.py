"""What may arrive on a connection, how much of it, and for how long one waits for it: on a server that runs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from relevo_chassis.http.connections import Connections, Limits
from relevo_servers import free_port
from relevo_servers.process import Process
from relevo_testkit.hostile import HOST, besieged, closed, crowd, response_seconds
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

PROGRAM = Path(__file__).with_name("service_served.py")
GET = b"GET /headers HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"POST /bodies HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


SHORT = {"head_seconds": 1, "idle_seconds": 2, "linger_seconds": 0.5}


def served_at(port: int, folder: Path, **limits: float) -> Process:
    process = Process([sys.executable, str(PROGRAM), str(port), json.dumps(limits)], log=folder / "served.log")
    process.start()
    return process


@asynccontextmanager
async def served(folder: Path, **limits: float) -> AsyncIterator[tuple[int, int]]:
    """Port and process id of a server with these limits."""
    process = served_at(port := free_port(), folder, **limits)
    try:
        await until(lambda: _answers(port), 30)
        assert process.pid is not None
        yield port, process.pid
    finally:
        await process.kill()


async def _answers(port: int) -> bool:
    try:
        await response_seconds(port, "/livez")
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    process = served_at(port := free_port(), tmp_path_factory.mktemp("served"), **SHORT)
    asyncio.run(until(lambda: _answers(port), 30))
    yield port
    asyncio.run(process.kill())


async def answers_to(port: int, raw: bytes, seconds: float = 10) -> list[tuple[int, Any]]:
    """Status and body of each answer, until the server ends the connection or says no more."""
    reader, writer = await asyncio.open_connection(HOST, port)
    answers: list[tuple[int, Any]] = []
    writer.write(raw)
    try:
        async with asyncio.timeout(seconds):
            while True:
                async with asyncio.timeout(0.3 if answers else seconds):
                    head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
                answers.append((int(head[9:12]), json.loads(await reader.readexactly(length))))
    except (asyncio.IncompleteReadError, TimeoutError):
        return answers
    finally:
        writer.close()


def request(*lines: bytes, line: bytes = b"GET /headers HTTP/1.1", host: bytes = b"Host: localhost") -> bytes:
    return b"\r\n".join([line, host, *lines, b"", b""])


@pytest.mark.parametrize(
    ("raw", "status", "kind"),
    [
        (request(b"X: " + b"a" * 15_000), 200, ""),
        (request(b"X: " + b"a" * 16_400), 431, "head-too-large"),
        (request(*[b"X: " + b"a" * 1_000] * 17), 431, "head-too-large"),
        (request(b"X" * 16_400 + b": a"), 431, "head-too-large"),
        (request(*[b"X: a"] * 99), 200, ""),
        (request(*[b"X: a"] * 100), 431, "head-too-large"),
        (request(line=b"GET /headers?" + b"a" * 8_000 + b" HTTP/1.1"), 422, "not-well-formed"),
        (request(line=b"GET /headers?" + b"a" * 8_200 + b" HTTP/1.1"), 414, "line-too-long"),
        (CHUNKED + b"2\r\n{}\r\n0\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431, "head-too-large"),
        (CHUNKED + b"2;x=" + b"a" * 40_000 + b"\r\n{}\r\n0\r\n\r\n", 431, "head-too-large"),
    ],
    ids=lambda value: str(value)[:12],
)
async def test_what_surrounds_a_body_is_bounded_in_size_and_number(
    port: int, raw: bytes, status: int, kind: str
) -> None:
    [(found, body)] = await answers_to(port, raw)
    assert found == status
    assert not kind or body["type"] == f"urn:relevo:problem:{kind}"


@pytest.mark.parametrize(
    "raw",
    [
        request(host=b"X: a"),
        request(host=b"Host:"),
        request(host=b"Host: a b"),
        request(host=b"Host: http://a"),
        request(b"Host: localhost"),
        request(host=b"Host : localhost"),
        request(host=b"Host: localhost\nX: b"),
        request(host=b"Host: localhost\rX: b"),
        request(b"X: a\x00b"),
        request(b"X: a", b" b"),
        GET.replace(b"\r\n", b"\n"),
        request(line=b"GET /h\xc3\xa9 HTTP/1.1"),
        request(line=b"GET http://localhost HTTP/1.1"),
        request(line=b"CONNECT localhost:80 HTTP/1.1"),
        request(line=b"GET /headers HTTP/9.9"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 4,
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\n") + b"0\r\n\r\n" + GET,
        CHUNKED.replace(b"Transfer-", b"Content-Length: 4\r\nTransfer-") + b"0\r\n\r\n" + GET,
        CHUNKED.replace(b"chunked", b"chunked, identity") + b"0\r\n\r\n" + GET,
        CHUNKED.replace(b"chunked", b"gzip, chunked") + b"2\r\n{}\r\n0\r\n\r\n",
        CHUNKED.replace(b"chunked", b"xchunked") + b"2\r\n{}\r\n0\r\n\r\n",
        CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"2\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n" + GET,
        CHUNKED + b"2\r\n{}XX0\r\n\r\n" + GET,
        CHUNKED + b"2\n{}\n0\n\n" + GET,
        CHUNKED.replace(b"Transfer-Encoding: chunked", b"Content-Length: 2, 2") + b"{}",
        CHUNKED.replace(b"Transfer-Encoding: chunked", b"Content-Length: +2") + b"{}",
        CHUNKED.replace(b"Transfer-Encoding: chunked", b"Content-Length: 2\r\nContent-Length: 2") + b"{}",
    ],
    ids=lambda raw: repr(raw[:40]),
)
async def test_what_two_servers_might_read_in_two_ways_is_refused_and_nothing_after_it_is_read(
    port: int, raw: bytes
) -> None:
    assert [(status, body["status"]) for status, body in await answers_to(port, raw)] == [(400, 400)]


async def test_trailers_never_become_headers(port: int) -> None:
    raw = CHUNKED + b"2\r\n{}\r\n0\r\nAuthorization: Bearer a\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n"
    [(status, body)] = await answers_to(port, raw)
    assert (status, body["size"]) == (200, 2)
    assert "authorization" not in body["headers"]
    assert "x-forwarded-for" not in body["headers"]


async def test_an_offer_to_speak_another_protocol_is_passed_over(port: int) -> None:
    raw = request(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQ")
    assert [status for status, _ in await answers_to(port, raw)] == [200]


async def test_pipelined_requests_are_all_answered_in_their_order_however_many(port: int) -> None:
    raw = b"".join(request(b"X-Number: %d" % number) for number in range(3_000))
    answers = await answers_to(port, raw, 30)
    assert [body["x-number"] for _, body in answers] == [str(number) for number in range(3_000)]


async def test_what_was_asked_before_a_broken_request_is_answered_and_then_all_ends(port: int) -> None:
    answers = await answers_to(port, GET + GET + request(b"X: " + b"a" * 20_000))
    assert [status for status, _ in answers] == [200, 200]


async def ends_after(port: int, raw: bytes) -> tuple[float, bytes]:
    reader, writer = await asyncio.open_connection(HOST, port)
    began = time.monotonic()
    writer.write(raw)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return time.monotonic() - began, answer


@pytest.mark.parametrize("raw", [b"", b"\r\n" * 4, b"GET /headers HTTP/1.1\r\nHost: a\r\nX"], ids=repr)
async def test_a_connection_without_a_whole_header_is_closed(port: int, raw: bytes) -> None:
    seconds, answer = await ends_after(port, raw)
    assert 0.9 < seconds < 4
    assert answer == b"" if not raw.strip() else answer.startswith(b"HTTP/1.1 408 ")


async def test_a_connection_that_asks_nothing_more_is_closed(port: int) -> None:
    seconds, answer = await ends_after(port, GET)
    assert 1.9 < seconds < 5
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_the_second_header_of_a_connection_is_bounded_like_the_first(port: int) -> None:
    seconds, answer = await ends_after(port, GET + b"GET /headers HT")
    assert 0.9 < seconds < 4
    assert answer.count(b"HTTP/1.1 200 ") == answer.count(b"HTTP/1.1 408 ") == 1


async def test_blank_lines_keep_no_idle_connection_open(port: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(GET)
    over, began = asyncio.create_task(closed(reader)), time.monotonic()
    while not over.done() and time.monotonic() - began < 10:
        writer.write(b"\r\n")
        await asyncio.sleep(0.3)
    assert time.monotonic() - began < 5
    writer.close()


async def test_a_header_in_small_pieces_over_a_poor_line_is_taken(port: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    for start in range(0, len(GET), 4):
        writer.write(GET[start : start + 4])
        await asyncio.sleep(0.05)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_whoever_does_not_read_the_answer_is_dropped_and_a_slow_reader_gets_all_of_it(tmp_path: Path) -> None:
    async with served(tmp_path, unread_seconds=1, unread_least=100_000) as (port, _):
        slow, writer = await asyncio.open_connection(HOST, port, limit=1 << 16)
        deaf, other = await asyncio.open_connection(HOST, port, limit=1 << 16)
        for each in (writer, other):
            each.write(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        size, began = 0, time.monotonic()
        while piece := await slow.read(1 << 20):
            size += len(piece)
            await asyncio.sleep(max(0, began + size / (5 << 20) - time.monotonic()))
        assert size > 16 << 20
        assert time.monotonic() - began > 3
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await deaf.readexactly(16 << 20)
        for each in (writer, other):
            each.close()


async def test_health_answers_while_every_place_is_taken_by_requests_in_hand(tmp_path: Path) -> None:
    async with served(tmp_path, connections=20, reserved=4) as (port, _), crowd(port, 20, _slow_request()) as waiting:
        await until(lambda: _is_full(port))
        for _ in range(10):
            assert await response_seconds(port, "/readyz") < 1
        for reader in waiting:
            assert not reader.at_eof()


def _slow_request() -> bytes:
    return b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n"


async def _is_full(port: int) -> bool:
    """Whether others are told to come again, when and why."""
    [(status, body)] = await answers_to(port, GET)
    return status == 503 and body["type"] == "urn:relevo:problem:full"


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HTTP/1.1\r\n", CHUNKED + b"2\r\n", GET],
    ids=["silent", "half a header", "half a body", "idle"],
)
async def test_who_has_waited_longest_makes_room(tmp_path: Path, sent: bytes) -> None:
    async with served(tmp_path, connections=30) as (port, _), crowd(port, 100, sent):
        for _ in range(20):
            assert await response_seconds(port, "/headers") < 1


async def test_a_small_siege_keeps_nobody_waiting_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with served(tmp_path, connections=200, head_seconds=2) as (port, pid):
        siege = await besieged(port, pid, "/headers", header_mib=16, silent=150, halves=150)
        assert siege.requests > 20
        assert siege.longest_wait_seconds < 1
        assert siege.grown_mib < 50
        assert siege.closed_after_seconds < 8
        assert siege.left_open == 0
        metrics = (await _body(port, "/metrics")).decode()
        assert 'relevo_http_connections_ended_total{why="431"} 1.0' in metrics
        assert 'relevo_http_connections_ended_total{why="room"}' in metrics


async def _body(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    found = await reader.read()
    writer.close()
    return found


class Seen:
    """A client that notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.waits = 0

    def __getattr__(self, name: str) -> Callable[[], Any]:
        return (lambda: self.waits) if name == "unsent" else lambda: self.done.append(name)


def test_places_are_taken_from_the_told_the_unfinished_the_idle_and_those_with_half_a_body_in_this_order() -> None:
    now = [0.0]
    kept = Connections(Limits(connections=5, reserved=1), lambda: now[0])
    refused, head, idle, body, busy = clients = [Seen() for _ in range(5)]
    for client in clients:
        kept.admit(client)
    for client, place in ((body, kept.bodies), (idle, kept.idle), (refused, kept.lingering), (busy, None)):
        kept.move(client, place)
    for expected in (refused, head, idle, body):
        new = Seen()
        kept.admit(new)
        kept.move(new, None)
        assert expected.done == ["abort"]
    first, second = Seen(), Seen()
    kept.admit(first)
    kept.admit(second)
    assert (busy.done, first.done, second.done) == ([], ["reserve", "abort"], ["reserve"])


async def test_a_service_that_may_open_too_few_descriptors_says_so_and_does_not_start(tmp_path: Path) -> None:
    surroundings = Surroundings.of(
        tmp_path, mongo_url="mongodb://127.0.0.1:9", mongo_database="a", nats_url="nats://127.0.0.1:9"
    )
    process = Process(
        ["sh", "-c", f"ulimit -n 300; exec {sys.executable} {PROGRAM.with_name('service_sample.py')}"],
        log=tmp_path / "log",
        environment={**os.environ, **surroundings.environment()},
    )
    process.start()
    assert await asyncio.wait_for(process.exited(), 30) == 78
    assert "RELEVO_HTTP_CONNECTIONS: 1000 connections need 1288 descriptors" in process.log.read_text()
