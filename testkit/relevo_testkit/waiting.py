"""Waiting for what happens by itself, with an end."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def until(true: Callable[[], Any], seconds: float = 20) -> None:
    """Return as soon as the condition holds; an awaitable one is awaited. Raises ``TimeoutError``."""
    async with asyncio.timeout(seconds):
        while True:
            value = true()
            if await value if inspect.isawaitable(value) else value:
                return
            await asyncio.sleep(0.02)
