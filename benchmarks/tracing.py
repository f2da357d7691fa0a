"""What tracing costs at the share of traces that is kept by default: processor time of a submission and of an event."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.consuming import ANSWERS, MOVES, consume, took_effect_once
from benchmarks.events import ENROLLED, envelope
from benchmarks.load import run
from benchmarks.place import Place
from benchmarks.processes import cpu_seconds
from benchmarks.report import Entry, Goal, in_turn, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting, Stage, staged
from benchmarks.submitting import CLIENTS, intake_program, opened_call, submission
from benchmarks.worker import Worker
from relevo_chassis import traces
from relevo_chassis.delivery.outbox import COMMITTED_AT
from relevo_chassis.given.exporting import provider, sending
from relevo_contracts import Wire, encode
from relevo_deploy.embedded.stack import Stack
from relevo_servers import LOOPBACK

SAMPLED = 0.01
STREAM = "BENCH_TRACING"
JOBS = {"plain": "consume", "traced": "consume_traced"}
_LATER_MS = 3_600_000
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"
_made: list[str] = []
"""Where this process sends its spans, once it does."""


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``tracing_submit`` and ``tracing_consume``."""
    async with _collector() as (url, requests):
        submitted = await _submissions(setting, size, url)
        consumed = await _events(setting, size, url)
    conditions = {"spans_were_sent": len(requests) > 0}
    texts = {
        "tracing_submit": f"intake's processor time of a submission, {SAMPLED:.0%} of traces kept and sent ÷ without",
        "tracing_consume": f"a consumer's processor time of an event, {SAMPLED:.0%} of traces kept and sent ÷ without",
    }
    return [
        Entry(
            name,
            texts[name],
            sides(costs["traced"], costs["plain"], "µs"),
            ratios(costs["traced"], costs["plain"]),
            Goal(1.05, at_least=False),
            conditions=conditions,
            measured={f"{side}_cpu_microseconds": spread(found) for side, found in costs.items()},
        )
        for name, costs in (("tracing_submit", submitted), ("tracing_consume", consumed))
    ]


async def _submissions(setting: Setting, size: Size, url: str) -> dict[str, list[float]]:
    """Two stacks; intake of the one sleeps while the other is measured."""
    settings = {"plain": {}, "traced": {"TRACING_ENDPOINT": url, "TRACING_SAMPLED": str(SAMPLED)}}
    costs: dict[str, list[float]] = {side: [] for side in settings}
    async with AsyncExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="relevo-", ignore_cleanup_errors=True)))
        stacks, calls = dict[str, Stack](), dict[str, str]()
        for side, more in settings.items():
            stacks[side] = await opened.enter_async_context(_stack(folder / side, more))
            calls[side] = await opened_call(stacks[side])
        for number in range(-1, size.rounds):
            for side in in_turn(number, list(stacks)):
                requests, call_id = size.submissions if number >= 0 else size.submissions // 4, calls[side]
                with _asleep(stacks["plain" if side == "traced" else "traced"]):
                    before = cpu_seconds(_pid(stacks[side]))
                    await run(stacks[side].place.ports["intake"], requests, CLIENTS, partial(submission, call_id))
                    cost = 1e6 * (cpu_seconds(_pid(stacks[side])) - before) / requests
                if number >= 0:
                    costs[side].append(cost)
                    setting.report(f"round {number + 1}/{size.rounds}: {side} {cost:,.0f} µs a submission")
    return costs


def _stack(folder: Path, more: dict[str, str]) -> Stack:
    program = intake_program()
    traced = replace(program, settings=lambda place: {**program.settings(place), **more})
    return Stack(folder, services=["intake"], programs=[traced])


@contextmanager
def _asleep(stack: Stack) -> Iterator[None]:
    pid = _pid(stack)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _pid(stack: Stack) -> int:
    pid = stack.pid("intake")
    if pid is None:
        raise RuntimeError(f"intake has ended; see {stack.place.logs}")
    return pid


async def _events(setting: Setting, size: Size, url: str) -> dict[str, list[float]]:
    """One event in a hundred says in which trace it was decided, which is kept."""
    costs: dict[str, list[float]] = {side: [] for side in JOBS}
    async with staged(setting) as stage, stage.workers(*JOBS.values()) as workers:
        for number in range(-1, size.rounds):
            for side in in_turn(number, list(JOBS)):
                cost = await _round(stage, workers[JOBS[side]], f"{side}_{number + 1}", size.events, url)
                if number >= 0:
                    costs[side].append(cost)
                    setting.report(f"round {number + 1}/{size.rounds}: {side} {cost:,.0f} µs an event")
    return costs


async def _round(stage: Stage, worker: Worker, durable: str, events: int, url: str) -> float:
    """The stream is made anew, so that its server takes the same events for new ones."""
    place, job = stage.place(), JOBS[durable.partition("_")[0]]
    more = {"url": url} if job == JOBS["traced"] else {}
    async with stage.streams(**{STREAM: ENROLLED}, **ANSWERS):
        await stage.publish(wires(range(events), traced=bool(more)))
        await stage.durable(STREAM, durable)
        did = await worker.do(job, place, stream=STREAM, durable=durable, events=events, **more)
    if not await took_effect_once(place, events=events, moves=MOVES, published=events):
        raise RuntimeError("an event has not its effect once")
    await stage.drop(place)
    return float(1e6 * did["cpu_seconds"] / events)


def wires(numbers: Iterable[int], *, traced: bool) -> Iterator[Wire]:
    """The messages of these numbers; those of traces are never late, however long they wait for their round."""
    numbers = list(numbers)
    committed_at = str(time.time_ns() // 10**6 + _LATER_MS)
    for number in numbers:
        each = envelope(number, len(numbers) // MOVES)
        if not traced or number % int(1 / SAMPLED):
            yield encode(each)
            continue
        wire = encode(replace(each, traceparent=f"00-{each.id}-{each.id[:16]}-01"))
        yield Wire(wire.subject, {**wire.headers, COMMITTED_AT: committed_at}, wire.body)


async def consume_traced(place: Place, *, url: str, **order: Any) -> dict[str, Any]:
    """The same as ``consume``, in a process that sends what is kept."""
    if not _made:
        traces.TRACER = provider("bench", SAMPLED, sending(url, None)).get_tracer("relevo")
        _made.append(url)
    return await consume(place, **order)


@asynccontextmanager
async def _collector() -> AsyncIterator[tuple[str, list[int]]]:
    """Takes what is sent and keeps nothing but how large it was."""
    requests: list[int] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
                size = int(lines.get(b"content-length", b"0"))
                await reader.readexactly(size)
                requests.append(size)
                writer.write(_ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()  # whoever sent has gone

    server = await asyncio.start_server(receive, LOOPBACK, 0)
    async with server:
        yield f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}/v1/traces", requests
