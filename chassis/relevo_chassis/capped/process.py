"""Giving files to such a process, one after another."""

from __future__ import annotations

import asyncio
import json
import sys

from relevo_chassis.capped.failed import Busy, Failed
from relevo_chassis.capped.inside import Made


class Capped:
    """Has one file after another made anew, so that no number of them takes more than one's memory and time.

    ``module`` is run as a program; it calls ``inside.make``. What it answers is to be believed no more than what was
    sent.
    """

    def __init__(self, module: str, *, memory_bytes: int, cpu_seconds: int, seconds: float, most_waiting: int) -> None:
        self._module, self._bounds = module, (str(memory_bytes), str(cpu_seconds))
        self._seconds, self._most_waiting = seconds, most_waiting
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def made(self, content: bytes, *arguments: str) -> Made:
        """What was made, once the process has ended.

        Raises ``Busy`` when ``most_waiting`` wait already, and ``Failed``: with the code that the process gave, or
        ``too_costly`` when it took more than it was given.
        """
        if self._waiting >= self._most_waiting:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                status, answer = await self._in_process(content, arguments)
        finally:
            self._waiting -= 1
        if status > 0:
            raise RuntimeError(f"{self._module} fails whatever it is given")
        if status < 0:
            raise Failed("too_costly")
        head, _, new = answer.partition(b"\n")
        values = json.loads(head)
        if "failed" in values:
            raise Failed(values["failed"])
        return Made(new, values)

    async def _in_process(self, content: bytes, arguments: tuple[str, ...]) -> tuple[int, bytes]:
        """How the process ended, and what it answered. It has ended when this returns, whatever it was doing."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-m", self._module, *self._bounds, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(self._seconds):
                answer, _ = await process.communicate(content)
        except TimeoutError:
            raise Failed("too_costly") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, answer
