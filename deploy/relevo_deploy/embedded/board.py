"""What a person sees while the stack comes up, and a log of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from relevo_deploy.deployed import PORTAL
from relevo_deploy.embedded.place import Place


class Board:
    """A line for each server while they start; afterwards only what happens by itself is printed."""

    def __init__(self, console: Console, log: Path) -> None:
        self.console = console
        self._log = log
        self._states: dict[str, tuple[str, float]] = {}
        self._live: Live | None = None

    def set_state(self, name: str, state: str) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {name}: {state}\n")
        began = time.monotonic() if state == "starting" else self._states.get(name, ("", time.monotonic()))[1]
        self._states[name] = (state, began)
        if self._live:
            self._live.update(self._lines())
        elif state != "ended":
            self.console.print(f"{name}: {state}")

    def __enter__(self) -> Self:
        self._live = Live(self._lines(), console=self.console, transient=True, refresh_per_second=8)
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def _lines(self) -> Table:
        lines = Table.grid(padding=(0, 2))
        for name, (state, began) in self._states.items():
            mark = Spinner("dots") if state == "starting" else "✓" if state == "ready" else "·"
            lines.add_row(mark, name, state, f"{time.monotonic() - began:.0f} s" if state == "starting" else "")
        return lines


def table(place: Place, services: Sequence[str], ready: Mapping[str, bool] | None = None) -> str:
    """Where a stack listens, a line for each."""
    rows = [
        *((name, place.url(name), "pages" if name == PORTAL else "/openapi.json") for name in services),
        (
            "desk",
            place.url("desk"),
            "start here; documents at /read, letters at /letters, tokens at /token, time at /clock",
        ),
        ("nats", place.nats_url, "users observer, operator; others: relevo partner add"),
        ("mongo", place.mongo_url.partition("/?")[0], "a database and a user for each service"),
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:{widths[0]}}   {address:{widths[1]}}   {what}" for name, address, what in rows]
    if ready is not None:
        marks = [("ready  " if ready[row[0]] else "NOT    ") if row[0] in ready else " " * 7 for row in rows]
        lines = [mark + line for mark, line in zip(marks, lines, strict=True)]
    return "\n".join((*lines, f"passwords in {place.secrets_folder}, logs in {place.logs}"))
