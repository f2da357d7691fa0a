"""Submitting to two replicas of intake, beside one: accepted submissions per second through HTTP."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.load import Load, run
from benchmarks.processes import cpu_seconds
from benchmarks.report import Entry, Goal, in_turn, percentile, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting
from benchmarks.submitting import CLIENTS, START_SECONDS, count, intake_program, opened_call, submission
from relevo_deploy.embedded.stack import Stack
from relevo_servers import Process, free_port
from relevo_testkit.waiting import until

SIDES = {"one": 1, "two": 2}


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``submit_replicas``."""
    seen: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        async with Stack(Path(folder), services=["intake"], programs=[intake_program()]) as stack:
            call_id = await opened_call(stack)
            accepted = 0
            for number in range(size.rounds):
                for side in in_turn(number, tuple(SIDES)):
                    async with _fellows(stack, setting.logs, SIDES[side] - 1) as fellows:
                        did = await _submitted(stack, call_id, fellows, size.submissions)
                    accepted += did.pop("accepted")
                    seen[side].append(did)
                    setting.report(f"round {number + 1}/{size.rounds}: {side} {did['per_second']:,.0f} submissions/s")
            kept = await count(stack, "application", {}) == accepted
    return [_entry(seen, kept)]


def _entry(seen: dict[str, list[dict[str, Any]]], kept: bool) -> Entry:
    rates = {side: [did["per_second"] for did in found] for side, found in seen.items()}
    return Entry(
        "submit_replicas",
        f"submissions/s of two replicas of intake ÷ one, {CLIENTS} clients, on the cores that the servers share",
        sides(rates["two"], rates["one"], "submissions/s"),
        ratios(rates["two"], rates["one"]),
        Goal(1.0),
        conditions={"all_accepted_are_kept": kept},
        measured={
            side: {figure: spread([did[figure] for did in found]) for figure in found[0]}
            for side, found in seen.items()
        },
    )


async def _submitted(stack: Stack, call_id: str, fellows: list[tuple[int, int]], requests: int) -> dict[str, Any]:
    """So many submissions shared out over the replicas, after a quarter as many that warm them up."""
    first = stack.pid("intake")
    if first is None:
        raise RuntimeError(f"intake has ended; see {stack.place.logs}")
    replicas = [(stack.place.ports["intake"], first), *fellows]
    await _shared_out(call_id, replicas, requests // 4)
    before = [cpu_seconds(pid) for _, pid in replicas]
    loads = await _shared_out(call_id, replicas, requests)
    used = sum(cpu_seconds(pid) for _, pid in replicas) - sum(before)
    answered, seconds = sum(load.answered for load in loads), max(load.seconds for load in loads)
    return {
        "accepted": answered + requests // 4 // len(replicas) * len(replicas),
        "per_second": answered / seconds,
        "cpu_ms_per_submission": 1_000 * used / answered,
        "p99_ms": 1_000 * percentile([each for load in loads for each in load.latencies], 0.99),
    }


async def _shared_out(call_id: str, replicas: list[tuple[int, int]], requests: int) -> list[Load]:
    share = len(replicas)
    sending = [
        run(port, requests // share, CLIENTS // share, lambda at: submission(call_id, at)) for port, _ in replicas
    ]
    return await asyncio.gather(*sending)


@asynccontextmanager
async def _fellows(stack: Stack, logs: Path, number: int) -> AsyncIterator[list[tuple[int, int]]]:
    """So many further replicas of intake on the same store and bus; yields the port and process id of each."""
    program = intake_program()
    processes = {port: _replica(stack, program.command, program.environment(stack.place), logs, port)
                 for port in (free_port() for _ in range(number))}  # fmt: skip
    for each in processes.values():
        each.start()
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            for port in processes:
                await until(lambda port=port: _ready(client, port), START_SECONDS)  # type: ignore[misc]
        yield [(port, each.pid or 0) for port, each in processes.items()]
    finally:
        await asyncio.gather(*(each.stop() for each in processes.values()))


def _replica(stack: Stack, command: tuple[str, ...], environment: Any, logs: Path, port: int) -> Process:
    variables = {**environment, "RELEVO_HTTP_PORT": str(port)}
    return Process(
        [sys.executable, *command], log=logs / "intake-2.log", environment=variables, folder=stack.place.folder
    )


async def _ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
    except httpx.HTTPError:
        return False
