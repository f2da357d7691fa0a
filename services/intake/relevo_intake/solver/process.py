"""Deciding a selection in a process of its own, so that nobody else waits for it and it can be given up at any time.

The interpreter's lock would show: sorting, hashing and modelling a hundred thousand candidates hold it for seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from relevo_intake.domain.selection.deciding import Candidate, Conclusion, Line, ShareCounts, Terms
from relevo_intake.domain.selection.problem import Relaxation

MOST_BYTES = 2**30
MOST_SECONDS = 120
LONGEST_LINE = 2**21

NotDecidedBecause = Literal["not_proven", "too_large", "took_too_long", "failed"]


class NotDecided(Exception):
    """The process ended without a decision."""

    def __init__(self, why: NotDecidedBecause) -> None:
        super().__init__(why)
        self.why: NotDecidedBecause = why


class SolverProcess:
    """A decision that is being made elsewhere: give it candidates, then the terms, then read what was decided."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a process without pipes")
        self._to, self._from = process.stdin, process.stdout
        self.has_exited = False

    async def send(self, candidates: Sequence[Candidate]) -> None:
        await self._write(candidates)

    async def conclusion(self, terms: Terms) -> Conclusion:
        """What came out, in counts and hashes. Raises ``NotDecided``."""
        await self._write(terms._asdict())
        self._to.close()
        try:
            async with asyncio.timeout(MOST_SECONDS):
                answer = await self._read()
        except TimeoutError:
            raise NotDecided("took_too_long") from None
        if not isinstance(answer, Mapping) or "conclusion" not in answer:
            raise _broken(answer)
        return _conclusion(answer["conclusion"])

    async def lines(self) -> AsyncIterator[list[Line]]:
        """What was decided about each, some at a time; ends early when the process does."""
        while (answer := await self._read()) is not None:
            yield [Line(Candidate(*each[:_WIDTH]), *each[_WIDTH:]) for each in answer]

    async def _write(self, value: Any) -> None:
        try:
            self._to.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")
            await self._to.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise _broken(await self._read()) from None

    async def _read(self) -> Any:
        line = await self._from.readline()
        self.has_exited = not line.endswith(b"\n")
        return None if self.has_exited else json.loads(line)


@asynccontextmanager
async def solver_process(
    *, most_bytes: int = MOST_BYTES, most_seconds: int = MOST_SECONDS
) -> AsyncIterator[SolverProcess]:
    """A process that decides; it has ended when the block has, whatever it was doing."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "relevo_intake.solver",
        str(most_bytes),
        str(most_seconds),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"OPENBLAS_NUM_THREADS": "1"},
        limit=LONGEST_LINE,
    )
    deciding = SolverProcess(process)
    try:
        yield deciding
    finally:
        if not deciding.has_exited and process.returncode is None:
            process.kill()
        await process.wait()


def _broken(answer: Any) -> NotDecided:
    return NotDecided(answer.get("failed", "failed") if isinstance(answer, Mapping) else "failed")


def _conclusion(answer: Mapping[str, Any]) -> Conclusion:
    return Conclusion(
        **{
            **answer,
            "relaxations": [Relaxation(*each) for each in answer["relaxations"]],
            "shares": [ShareCounts(*each) for each in answer["shares"]],
        }
    )


_WIDTH = len(Candidate._fields)
