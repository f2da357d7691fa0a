"""Selecting: how long a proposal and its reproduction take, and how long others wait meanwhile."""

from __future__ import annotations

import asyncio
import re
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from benchmarks.applicants import a_call, laid_down
from benchmarks.processes import cpu_seconds, own_mib
from benchmarks.report import Entry, Goal, Limit, percentile, short
from benchmarks.sizes import Size
from benchmarks.stage import Setting
from benchmarks.submitting import admin_url, intake_program
from relevo_deploy.embedded.stack import Stack

SEATS = 60
EVERY_SECONDS = 0.01
LONGEST_SECONDS = 300.0
GOALS = {841: 0.4, 10_000: 4.0, 100_000: 60.0}
"""How long a proposal may take, by how many have applied."""
WAIT = Goal(50, at_least=False)


@dataclass
class Waits:
    """What somebody who asks /livez every 10 ms waits, in milliseconds."""

    milliseconds: list[float] = field(default_factory=list)

    @property
    def p999(self) -> float:
        return percentile(self.milliseconds, 0.999)


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``select``, for each number of applications."""
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        async with Stack(Path(folder), services=["intake"], programs=[_watched()]) as stack:
            found = {people: await _selected(setting, stack, people, size.rounds) for people in size.selections}
    return [_entry(people, did) for people, did in found.items()]


def _entry(people: int, did: list[dict[str, Any]]) -> Entry:
    proposed = [each["proposed_seconds"] for each in did]
    worst = {name: max(each[name] for each in did) for name in ("livez_p999_ms", "loop_held_ms", "loop_busy_ms")}
    goal = next((goal for most, goal in GOALS.items() if people <= most), None)
    return Entry(
        f"select_{people}",
        f"seconds to propose a selection of {people:,} for {SEATS} seats, while /livez is asked every 10 ms",
        f"reproduced in {short(max(each['reproduced_seconds'] for each in did))} s, "
        f"others waited at most {short(max(each['livez_longest_ms'] for each in did))} ms",
        proposed,
        Goal(goal, at_least=False) if goal else None,
        "s",
        conditions={"reproduced_alike": all(each["alike"] for each in did)},
        limits={name: Limit(value, WAIT) for name, value in worst.items() if name != "loop_held_ms"},
        measured={name: [each[name] for each in did] for name in did[0]},
    )


async def _selected(setting: Setting, stack: Stack, people: int, rounds: int) -> list[dict[str, Any]]:
    call = a_call(SEATS)
    await laid_down(admin_url(stack), stack.place.secrets.service_key("intake"), call, people)
    async with stack.desk() as desk:
        token = await desk.token("bench", ["coordinator"], ["intake"])
    headers = {"Authorization": f"Bearer {token}"}
    did = []
    async with httpx.AsyncClient(
        base_url=stack.url("intake"), headers=headers, timeout=LONGEST_SECONDS, trust_env=False
    ) as client:
        await _warmed_up(client, call.call_id)
        for number in range(rounds if people < 100_000 else 1):
            did.append(await _round(stack, client, call.call_id))
            last = did[-1]
            setting.report(
                f"round {number + 1}/{rounds}: {people:,} in {last['proposed_seconds']:.2f} s, again in "
                f"{last['reproduced_seconds']:.2f} s; /livez p99.9 {last['livez_p999_ms']:.1f} ms, longest "
                f"{last['livez_longest_ms']:.1f} ms; loop held {last['loop_held_ms']:.1f} ms, "
                f"busy {last['loop_busy_ms']:.1f} ms"
            )
    return did


async def _warmed_up(client: httpx.AsyncClient, call_id: str) -> None:
    """The first request to each route makes the route, which a service that runs has done long ago."""
    for path in ("/livez", "/metrics", f"/calls/{call_id}/figures", f"/selections/{call_id}/reproduction"):
        await client.get(path)


async def _round(stack: Stack, client: httpx.AsyncClient, call_id: str) -> dict[str, Any]:
    pid = stack.pid("intake") or 0
    await _figures(client)
    before, began = cpu_seconds(pid), time.perf_counter()
    async with _others(stack.place.ports["intake"]) as waits:
        selection = await _proposed(client, call_id)
        proposed = time.perf_counter() - began
        used = cpu_seconds(pid) - before
        answer = await client.get(f"/selections/{selection['selection_id']}/reproduction")
        answer.raise_for_status()
    again, figures = answer.json(), await _figures(client)
    return {
        "proposed_seconds": proposed,
        "proposed_cpu_of_service": used,
        "reproduced_seconds": time.perf_counter() - began - proposed,
        "livez_p999_ms": waits.p999,
        "livez_longest_ms": max(waits.milliseconds),
        "livez_asked": len(waits.milliseconds),
        "loop_held_ms": 1_000 * figures["held"],
        "loop_busy_ms": 1_000 * figures["busy"],
        "service_mib": own_mib(pid),
        "alike": again["inputs_match"] is True and again["outcomes_match"] is True,
        "merit": selection["merit"],
    }


async def _proposed(client: httpx.AsyncClient, call_id: str) -> dict[str, Any]:
    answer = await client.post(
        f"/calls/{call_id}/selections", json={}, headers={"Idempotency-Key": secrets.token_hex(16)}
    )
    answer.raise_for_status()
    selection: dict[str, Any] = answer.json()
    while selection["state"] == "computing":
        await asyncio.sleep(0.1)
        selection = (await client.get(f"/selections/{selection['selection_id']}")).raise_for_status().json()
    if selection["state"] != "proposed":
        raise RuntimeError(f"the selection is {selection['state']}: {selection['given_up_because']}")
    return selection


@asynccontextmanager
async def _others(port: int) -> AsyncIterator[Waits]:
    """Somebody to whom an answer of /livez is due every 10 ms while the block runs; late is late from then on."""
    waits, over = Waits(), asyncio.Event()
    asking = asyncio.create_task(_ask(port, waits, over))
    try:
        yield waits
    finally:
        over.set()
        await asking


async def _ask(port: int, waits: Waits, over: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.perf_counter()
    while not over.is_set():
        due += EVERY_SECONDS
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"live")
        waits.milliseconds.append(1_000 * (time.perf_counter() - due))
    writer.close()


async def _figures(client: httpx.AsyncClient) -> dict[str, float]:
    """The watch's figures since they were last read."""
    text = (await client.get("/metrics")).raise_for_status().text
    return {name: float(value) for name, value in re.findall(r"^relevo_bench_loop_(\w+)_seconds (\S+)$", text, re.M)}


def _watched() -> Any:
    program = intake_program()
    settings: Callable[[Any], Any] = program.settings
    return replace(program, command=("-m", "benchmarks.watched"), settings=settings)
