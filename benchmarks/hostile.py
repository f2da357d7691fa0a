"""What hostile clients cost others, and what guarding against them costs: ``python -m benchmarks.hostile``.

Intake runs with its own limits on real servers. One header of 128 MB, 1,000 connections that say nothing and 1,000 that
stop in the middle of a header come at once, and then 200 bodies of a byte a second, while one client asks for the list
of calls over and over. Then a plain request is asked of the same small application, served as services are and by
uvicorn as it comes, in turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import uvicorn
import uvloop
from fastapi import FastAPI

from benchmarks.load import run
from benchmarks.processes import cpu_seconds
from relevo_chassis.http.connections import Limits
from relevo_chassis.service.server import server_of
from relevo_deploy.embedded.stack import Stack
from relevo_servers import Process, free_port
from relevo_testkit.hostile import Siege, besieged, closed, resident_mib, response_seconds
from relevo_testkit.waiting import until

REQUESTS, CLIENTS, ROUNDS = 5_000, 32, 9
SLOW_BODIES = 200
SLOW = (
    b"POST /confirmations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"
    b"Idempotency-Key: 0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012\r\n\r\n{"
)
PLAIN = (
    b"GET /plain HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: load\r\nAuthorization: Bearer "
    + b"a" * 700
    + b"\r\n\r\n"
)


async def _sieges() -> None:
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        async with Stack(Path(folder), services=["intake"]) as stack:
            port, pid = stack.place.ports["intake"], stack.pid("intake")
            if pid is None:
                raise RuntimeError(f"intake has ended; see {stack.place.logs}")
            _report(
                "header, silent, half", await besieged(port, pid, "/calls", header_mib=128, silent=1000, halves=1000)
            )
            _report(f"{SLOW_BODIES} slow bodies", await _drip(port, pid))


def _report(name: str, siege: Siege) -> None:
    print(
        f"{name}: {siege.requests} others, longest wait {siege.longest_wait_seconds:.3f} s, memory"
        f" +{siege.grown_mib:.1f} MiB, all closed after {siege.closed_after_seconds:.1f} s,"
        f" left open {siege.left_open}",
        flush=True,
    )


async def _drip(port: int, pid: int) -> Siege:
    """Bodies of a byte a second, on a route that is open to anybody: who may not ask is refused before a body."""
    before, highest, waits, began = resident_mib(pid), 0.0, [0.0], time.monotonic()
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(SLOW_BODIES)]
    for _, writer in opened:
        writer.write(SLOW)
    closing = asyncio.gather(*(closed(reader) for reader, _ in opened))
    while not closing.done() and time.monotonic() - began < 90:
        for _, writer in opened:
            with contextlib.suppress(ConnectionError):
                writer.write(b" ")
        second = time.monotonic() + 1
        while time.monotonic() < second:
            waits.append(await response_seconds(port, "/calls"))
            highest = max(highest, resident_mib(pid))
            await asyncio.sleep(0.01)
    over, left = (
        time.monotonic() - began,
        sum(not reader.at_eof() and reader.exception() is None for reader, _ in opened),
    )
    closing.cancel()
    return Siege(len(waits) - 1, max(waits), highest - before, over, left)


async def _speed() -> None:
    """Processor time of a plain request, ours and uvicorn's own, and their ratio in each round."""
    costs: dict[str, list[float]] = {"ours": [], "uvicorn": []}
    with tempfile.TemporaryDirectory(prefix="relevo-bench-") as folder:
        served = {name: _served(name, free_port(), Path(folder)) for name in costs}
        try:
            for port, _ in served.values():
                await until(_answers(port))
            for number in range(-1, ROUNDS):
                for name in costs if number % 2 else reversed(costs):
                    port, process = served[name]
                    before = cpu_seconds(process.pid or 0)
                    await run(port, REQUESTS, CLIENTS, lambda _: PLAIN, expect=200)
                    costs[name] += [(cpu_seconds(process.pid or 0) - before) / REQUESTS] if number >= 0 else []
        finally:
            for _, process in served.values():
                await process.kill()
    ratios = [ours / theirs for ours, theirs in zip(costs["ours"], costs["uvicorn"], strict=True)]
    ours, theirs = (1e6 * median(found) for found in costs.values())
    spread = f"{median(ratios):.3f} [{min(ratios):.3f} – {max(ratios):.3f}]"
    print(f"plain requests: {ours:.0f} ÷ {theirs:.0f} µs of processor time, {spread}")


def _served(name: str, port: int, folder: Path) -> tuple[int, Process]:
    process = Process(
        [sys.executable, "-m", "benchmarks.hostile", "serve", name, str(port)], log=folder / f"{name}.log"
    )
    process.start()
    return port, process


def _answers(port: int) -> Callable[[], Awaitable[bool]]:
    async def answers() -> bool:
        try:
            return await response_seconds(port, "/plain") > 0
        except OSError:
            return False

    return answers


def _serve(name: str, port: int) -> None:
    app = FastAPI()

    @app.get("/plain")
    async def plain() -> dict[str, str]:
        return {"message": "hello"}

    if name == "ours":
        server_of(app, "127.0.0.1", port, Limits()).run()
    else:
        uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="error", http="httptools", ws="none")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve(sys.argv[2], int(sys.argv[3]))
    else:
        uvloop.run(_sieges())
        uvloop.run(_speed())
