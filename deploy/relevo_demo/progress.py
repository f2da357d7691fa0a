"""What is seen while it runs: bars on a terminal, a line for each phase elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Advance = Callable[[], None]


class Phases:
    """Phases with their seconds, in the order in which they ended."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}
        self._bars: Progress | None = None
        if console.is_terminal:
            self._bars = Progress(
                SpinnerColumn(finished_text="[green]✓"),
                TextColumn("{task.description:<44}"),
                BarColumn(bar_width=36),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console,
            )

    @contextmanager
    def running(self) -> Iterator[None]:
        if self._bars is None:
            yield
            return
        with self._bars:
            yield

    @contextmanager
    def phase(self, name: str, total: int = 1) -> Iterator[Advance]:
        """A phase of ``total`` steps; call what it gives after each."""
        began = time.monotonic()
        bars = self._bars
        task = bars.add_task(name, total=total) if bars else None

        def advance() -> None:
            if bars and task is not None:
                bars.advance(task)

        yield advance
        seconds = time.monotonic() - began
        self.seconds[name] = round(self.seconds.get(name, 0) + seconds, 2)
        if bars and task is not None:
            bars.update(task, completed=total)
        else:
            self.console.print(f"{name:<46}{total:>6}{seconds:>8.1f} s")

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False)
