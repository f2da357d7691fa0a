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

from relevo_intake.domain.selection.deciding import Candidate, Conclusion, Line, Share, Terms
from relevo_intake.domain.selection.problem import Relaxation

MOST_BYTES = 2**30
MOST_SECONDS = 120
LONGEST_LINE = 2**21

Why = Literal["not_proven", "too_large", "took_too_long", "failed"]


class NotDecided(Exception):
    """The process ended without a decision."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class Apart:
    """A decision that is being made elsewhere: give it candidates, then the terms, then read what was decided."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a process without pipes")
        self._to, self._from = process.stdin, process.stdout
        self.has_ended = False

    async def give(self, candidates: Sequence[Candidate]) -> None:
        await self._write(candidates)

    async def conclusion(self, terms: Terms) -> Conclusion:
        """What came out, in counts and hashes. Raises ``NotDecided``."""
        await self._write(terms._asdict())
        self._to.close()
        try:
            async with asyncio.timeout(MOST_SECONDS):
                told = await self._read()
        except TimeoutError:
            raise NotDecided("took_too_long") from None
        if not isinstance(told, Mapping) or "conclusion" not in told:
            raise _broken(told)
        return _conclusion(told["conclusion"])

    async def lines(self) -> AsyncIterator[list[Line]]:
        """What was decided about each, some at a time; ends early when the process does."""
        while (told := await self._read()) is not None:
            yield [Line(Candidate(*each[:_WIDTH]), *each[_WIDTH:]) for each in told]

    async def _write(self, value: Any) -> None:
        try:
            self._to.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")
            await self._to.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise _broken(await self._read()) from None

    async def _read(self) -> Any:
        line = await self._from.readline()
        self.has_ended = not line.endswith(b"\n")
        return None if self.has_ended else json.loads(line)


@asynccontextmanager
async def apart(*, most_bytes: int = MOST_BYTES, most_seconds: int = MOST_SECONDS) -> AsyncIterator[Apart]:
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
    deciding = Apart(process)
    try:
        yield deciding
    finally:
        if not deciding.has_ended and process.returncode is None:
            process.kill()
        await process.wait()


def _broken(told: Any) -> NotDecided:
    return NotDecided(told.get("failed", "failed") if isinstance(told, Mapping) else "failed")


def _conclusion(told: Mapping[str, Any]) -> Conclusion:
    return Conclusion(
        **{
            **told,
            "relaxations": [Relaxation(*each) for each in told["relaxations"]],
            "shares": [Share(*each) for each in told["shares"]],
        }
    )


_WIDTH = len(Candidate._fields)
