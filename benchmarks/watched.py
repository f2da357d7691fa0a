"""Intake, with a watch over its event loop: the longest that it was held stands among its figures.

``relevo_bench_loop_held_seconds`` is the longest time from one turn of the loop to the next since it was last read;
``relevo_bench_loop_busy_seconds`` the most processor time that the loop's own thread used in one turn: what is left of
the first without the second, it waited for the machine or for the interpreter.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from relevo_chassis.given.settings import read_settings
from relevo_chassis.given.shell import Shell
from relevo_chassis.service.assembly import application
from relevo_chassis.service.server import run
from relevo_intake.main import SERVICE
from relevo_intake.settings import IntakeSettings

TURN_SECONDS = 0.002


class Watch(Collector):
    """Looks at the clock whenever the loop lets it."""

    def __init__(self) -> None:
        self.blocked_seconds = self.busy = 0.0

    def collect(self) -> Iterator[Metric]:
        for name, value in (("held", self.blocked_seconds), ("busy", self.busy)):
            yield GaugeMetricFamily(f"relevo_bench_loop_{name}_seconds", "Longest turn of the loop", value=value)
        self.blocked_seconds = self.busy = 0.0

    async def look(self, shell: Shell) -> None:
        shell.metrics.registry.register(self)
        clock, used = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(TURN_SECONDS)
            now, usage = time.perf_counter(), time.thread_time()
            self.blocked_seconds, self.busy = (
                max(self.blocked_seconds, now - clock - TURN_SECONDS),
                max(self.busy, usage - used),
            )
            clock, used = now, usage


if __name__ == "__main__":
    settings = read_settings(IntakeSettings)
    run(application(settings, replace(SERVICE, background=(*SERVICE.background, Watch().look))), settings)
