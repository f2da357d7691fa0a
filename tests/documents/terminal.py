"""A shell in which the blocks of a page are entered as they stand there, and what stands on it afterwards."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from relevo_testkit.waiting import until

ROOT = Path(__file__).resolve().parents[2]
DONE = "-- the block has ended with"


class Terminal:
    """A shell in which blocks are entered, and all that stands on it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._entered = 0
        self.text = ""

    async def read(self) -> None:
        assert self._process.stdout is not None
        while part := await self._process.stdout.read(65536):
            self.text += part.decode("utf-8", "replace")

    async def enter(self, block: str, seconds: float = 60) -> None:
        """Returns when its last command has ended, each of them well."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{block}\necho '{DONE}' $?\n".encode())
        self._entered += 1
        await until(lambda: self._process.returncode is not None or self.text.count(DONE) == self._entered, seconds)
        assert self._process.returncode is None, self.text
        assert self.text.count(f"{DONE} 0\n") == self._entered, self.text

    async def shows(self, what: str, times: int = 1) -> None:
        try:
            await until(lambda: self.text.count(what) == times, 30)
        except TimeoutError:
            pytest.fail(f"{what} is not there {times} times:\n{self.text}")


@asynccontextmanager
async def terminal(clone: Path, *needed: str) -> AsyncIterator[Terminal]:
    """In a folder that has of a clone what is needed of it. What was started in it ends with it."""
    for name in needed:
        (clone / name).symlink_to(ROOT / name)
    process = await asyncio.create_subprocess_exec(
        "/bin/bash",
        cwd=clone,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    made = Terminal(process)
    reading = asyncio.create_task(made.read())
    try:
        yield made
    finally:
        os.killpg(process.pid, 9)
        await process.wait()
        await reading
