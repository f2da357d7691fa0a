"""A measured process of its own: it does one job after the other, so that what is warm stays warm between rounds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.place import Place

ANSWER_BYTES_MAX = 64 * 1024 * 1024


class JobFailed(RuntimeError):
    """A worker could not do a job; the text is what it said."""


class Worker:
    """The measuring side's hold on a worker."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def do(self, job: str, place: Place, /, **arguments: Any) -> dict[str, Any]:
        """Have a job of ``benchmarks.jobs`` done and return its figures. Raises ``JobFailed``."""
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise JobFailed("the worker was started without pipes")
        to.write(json.dumps({"job": job, "place": asdict(place), "given": arguments}).encode() + b"\n")
        await to.drain()
        line = await back.readline()
        if not line:
            raise JobFailed(f"{job}: the worker ended with {await self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise JobFailed(f"{job}: {answer['failed']}")
        return answer


@asynccontextmanager
async def worker(log: Path) -> AsyncIterator[Worker]:
    """A worker that ends with its block. What it prints goes to the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.jobs", stdin=PIPE, stdout=PIPE, stderr=output, limit=ANSWER_BYTES_MAX
        )
    try:
        yield Worker(process)
    except BaseException:
        _kill(process)  # whatever it is at is of no use any more
        raise
    finally:
        if process.stdin:
            process.stdin.close()  # it ends by itself when nobody can ask any more
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            _kill(process)
            await process.wait()


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended by itself
        process.kill()
