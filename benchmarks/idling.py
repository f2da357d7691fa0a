"""Idling: what the whole stack takes while nobody asks anything of it, and how long it takes to be ready."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.processes import cpu_seconds, proportional_mib
from benchmarks.report import Entry, short, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting
from relevo_contracts import SERVICES
from relevo_deploy.embedded.stack import Stack

QUIET_SECONDS = 2.0
LOOKS = 5
PROCESSES = (*SERVICES, "desk", "nats", "mongo")


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``idle``."""
    starts: list[float] = []
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        for number in range(size.starts):
            stack = Stack(Path(folder) / str(number))
            began = time.perf_counter()
            async with stack:
                starts.append(time.perf_counter() - began)
                setting.report(f"ready after {starts[-1]:.1f} s")
                if number == size.starts - 1:
                    return [_entry(starts, await _idled(stack, size.idle_seconds))]
    raise ValueError("the stack is started at least once")


async def _idled(stack: Stack, seconds: float) -> dict[str, Any]:
    """MiB of each process, several times; its processor time for a minute."""
    await asyncio.sleep(QUIET_SECONDS)
    pids = {name: pid for name in PROCESSES if (pid := stack.pid(name))}
    began, before = time.perf_counter(), {name: cpu_seconds(pid) for name, pid in pids.items()}
    memory: dict[str, list[float]] = {name: [] for name in pids}
    for _ in range(LOOKS):
        await asyncio.sleep(seconds / LOOKS)
        for name, pid in pids.items():
            memory[name].append(proportional_mib(pid))
    minutes = (time.perf_counter() - began) / 60
    cpu = {name: (cpu_seconds(pid) - before[name]) / minutes for name, pid in pids.items()}
    return {"mib": memory, "cpu_seconds_per_minute": cpu}


def _entry(starts: list[float], idled: dict[str, Any]) -> Entry:
    memory, cpu = idled["mib"], idled["cpu_seconds_per_minute"]
    return Entry(
        "idle",
        f"memory of the whole stack doing nothing: {len(SERVICES)} services, desk, NATS, MongoDB",
        f"{short(sum(cpu.values()))} s of processor time a minute, ready after {short(median(starts))} s",
        [sum(looks) for looks in zip(*memory.values(), strict=True)],
        unit="MiB",
        conditions={"every_process_runs": set(memory) == set(PROCESSES)},
        measured={
            "start_to_ready_seconds": spread(starts),
            "cpu_seconds_per_minute": {**cpu, "all": sum(cpu.values())},
            "mib": {name: spread(looks) for name, looks in memory.items()},
        },
    )
