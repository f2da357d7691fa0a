"""Submitting: accepted submissions per second through HTTP, beside a bare route that does one insert."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from motor.motor_asyncio import AsyncIOMotorClient

from benchmarks.load import Load, post, run
from benchmarks.report import Entry, Goal, in_turn, percentile, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting
from relevo_chassis.delivery import outbox
from relevo_deploy.embedded.programs import PROGRAMS, Program
from relevo_deploy.embedded.stack import Stack
from relevo_servers import Process, free_port
from relevo_testkit.waiting import until

CLIENTS = 64
START_SECONDS = 30
LETTERS_PER_SECOND = "20"
"""What production sends; the embedded stack sends faster."""
TEXT = "We accompany communities that defend their river, and document what happens to them. " * 6


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``submit_vs_bare_insert``."""
    loads: dict[str, list[Load]] = {"bare": [], "intake": []}
    backlogs: list[int] = []
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        async with (
            Stack(Path(folder), services=["intake"], programs=[intake_program()]) as stack,
            _bare(stack, setting.logs) as port,
        ):
            call_id = await opened_call(stack)
            for number in range(-1, size.rounds):
                for name in in_turn(number, list(loads)):
                    requests = size.submissions if number >= 0 else size.submissions // 4
                    load = await (_floor(stack, port, requests) if name == "bare" else _ours(stack, call_id, requests))
                    if number < 0:
                        continue  # warms up connections, caches and code
                    loads[name].append(load)
                    backlogs += [await count(stack, outbox.COLLECTION, outbox.UNSENT)] if name == "intake" else []
                    setting.report(f"round {number + 1}/{size.rounds}: {name} {load.rate:,.0f} submissions/s")
            accepted = size.submissions // 4 + sum(load.answered for load in loads["intake"])
            kept = await count(stack, "application", {}) == accepted
    return [_entry(loads, backlogs, kept)]


def _entry(loads: dict[str, list[Load]], backlogs: list[int], kept: bool) -> Entry:
    rates = {name: [load.rate for load in found] for name, found in loads.items()}
    latencies = [1_000 * each for load in loads["intake"] for each in load.latencies]
    within = all(backlog <= rate for backlog, rate in zip(backlogs, rates["intake"], strict=True))
    return Entry(
        "submit_vs_bare_insert",
        f"submissions/s (sealed, once-keyed, with outbox, {CLIENTS} clients) ÷ a bare route doing one insert",
        sides(rates["intake"], rates["bare"], "submissions/s"),
        ratios(rates["intake"], rates["bare"]),
        Goal(1.0),
        conditions={"backlog_within_one_second": within, "all_accepted_are_kept": kept},
        measured={
            **{f"{name}_per_second": spread(found) for name, found in rates.items()},
            "backlog": backlogs,
            "latency_ms": {"median": percentile(latencies, 0.5), "p99": percentile(latencies, 0.99)},
        },
    )


async def _ours(stack: Stack, call_id: str, requests: int) -> Load:
    """Sealed, once-keyed, with outbox, the relay running."""
    return await run(stack.place.ports["intake"], requests, CLIENTS, lambda number: submission(call_id, number))


def submission(call_id: str, number: int) -> bytes:
    """A request that submits an application, under a once-key of its own."""
    return post(f"/calls/{call_id}/applications", _application(number), {"Idempotency-Key": secrets.token_hex(16)})


async def _floor(stack: Stack, port: int, requests: int) -> Load:
    """One ``insert_one`` of the same document. The service sleeps meanwhile: its letters would cost the floor."""
    pid = stack.pid("intake")
    if pid is None:
        raise RuntimeError(f"intake has ended; see {stack.place.logs}")
    os.kill(pid, signal.SIGSTOP)
    try:
        return await run(
            port, requests, CLIENTS, lambda number: post("/calls/x/applications", _application(number), {})
        )
    finally:
        os.kill(pid, signal.SIGCONT)


async def count(stack: Stack, collection: str, where: dict[str, Any]) -> int:
    """Of intake's rows."""
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(admin_url(stack))
    count = await client["intake"][collection].count_documents(where)
    client.close()
    return int(count)


def intake_program() -> Program:
    """Intake as production runs it in what matters here."""
    program = next(each for each in PROGRAMS if each.name == "intake")
    return replace(
        program, settings=lambda place: {**program.settings(place), "LETTERS_PER_SECOND": LETTERS_PER_SECOND}
    )


def _application(number: int) -> bytes:
    return json.dumps(
        {
            "contact": f"person-{number}-{secrets.token_hex(4)}@mail.invalid",
            "name": f"Person {number}",
            "language": "es",
            "country": "GT",
            "organisation": "A river council",
            "sex": "female",
            "groups": ["indigenous"],
            "themes": ["environment"],
            "motivation": TEXT,
            "experience": TEXT,
            "multiplier_idea": TEXT,
            "consent": True,
        }
    ).encode()


async def opened_call(stack: Stack) -> str:
    """A call that takes applications now."""
    async with stack.desk() as desk:
        token = await desk.token("bench", ["coordinator"], ["intake"])
    body = {
        "edition_id": secrets.token_hex(16),
        "opens_at": "2000-01-01T00:00:00Z",
        "closes_at": "2099-01-01T00:00:00Z",
        "seats": 30,
    }
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(16)}
    async with httpx.AsyncClient(base_url=stack.url("intake"), trust_env=False) as client:
        answer = await client.post("/calls", json=body, headers=headers)
        answer.raise_for_status()
        call_id: str = answer.json()["call_id"]
        return call_id


def admin_url(stack: Stack) -> str:
    """MongoDB as its admin, for the floor and for counting."""
    password = stack.place.secrets.mongo_admin_password()
    return stack.place.mongo_url.replace("mongodb://", f"mongodb://admin:{password}@")


@asynccontextmanager
async def _bare(stack: Stack, logs: Path) -> AsyncIterator[int]:
    """The bare route in a process of its own; yields its port."""
    port = free_port()
    process = Process(
        [sys.executable, "-m", "benchmarks.bare"],
        log=logs / "bare.log",
        environment={**os.environ, "BARE_PORT": str(port), "BARE_MONGO_URL": admin_url(stack)},
    )
    process.start()
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            await until(lambda: _answers(client, port), START_SECONDS)
        yield port
    finally:
        await process.stop()


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
    except httpx.HTTPError:
        return False
