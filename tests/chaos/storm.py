"""One storm: a load, a fault in its midst, calm, and the verdict of the checker on what is left."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.chaos import gathering
from tests.chaos.checker import Finding, check
from tests.chaos.clients import Clients
from tests.chaos.history import History, Unsettled, write
from tests.chaos.load import Edition, Load
from tests.chaos.stand import Stand

RECOVERY_SECONDS = 10.0


@dataclass(frozen=True)
class Recovery:
    """How many seconds after something was hurt all was well again, and when each step on the way was reached."""

    of: str
    seconds: float
    steps: Mapping[str, float]

    def line(self) -> dict[str, Any]:
        return {"of": self.of, "seconds": round(self.seconds, 2)} | {
            step: round(seconds, 2) for step, seconds in self.steps.items()
        }


@dataclass
class Storm:
    """What a fault has at hand while it is on, and what it has to leave word of."""

    stand: Stand
    load: Load
    edition: Edition
    history: History
    chance: random.Random
    mark: gathering.Mark
    short: bool
    kills: int = 0
    recoveries: list[Recovery] = field(default_factory=list)
    planted: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rest_seconds: float = gathering.REST_SECONDS

    def recovered(self, of: str, since: float, **reached: float) -> None:
        """All is well again now after what happened at ``since``; these and ``reached`` are monotonic instants."""
        steps = {step: instant - since for step, instant in reached.items()}
        self.recoveries.append(Recovery(of, time.monotonic() - since, steps))


Fault = Callable[[Storm], Awaitable[None]]


@dataclass(frozen=True)
class Report:
    """A storm's line of the report."""

    name: str
    acknowledged: int
    kills: int
    lost: int
    duplicated_effects: int
    out_of_order: int
    ok: bool
    seconds: float
    recoveries: tuple[Recovery, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    skipped: str = ""

    @property
    def recovery_seconds_max(self) -> float:
        return max((each.seconds for each in self.recoveries), default=0.0)

    def line(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("name", "acknowledged", "kills", "lost", "duplicated_effects", "out_of_order")
        }
        found["recovery_seconds_max"] = round(self.recovery_seconds_max, 2)
        found |= {"ok": self.ok, "seconds": round(self.seconds, 1)}
        found["recoveries"] = [each.line() for each in self.recoveries]
        if self.notes:
            found["notes"] = list(self.notes)
        if self.skipped:
            found["skipped"] = self.skipped
        if self.findings:
            found["findings"] = [each._asdict() for each in self.findings[:20]]
        return found


async def rage(
    stand: Stand, name: str, fault: Fault, *, seed: int, short: bool, folder: Path, rate: float = 5.0
) -> Report:
    """Put the load on, let the fault happen, let everything come to rest, and judge."""
    began, chance, history = time.monotonic(), random.Random(f"{seed} {name}"), History()
    clients = Clients(stand, history, chance)
    load = Load(stand, clients, chance, participants_per_second=rate, applicants_per_second=rate)
    since = await gathering.mark(stand)
    try:
        edition = await load.prepared()
        storm = Storm(stand, load, edition, history, chance, since, short)
        going = asyncio.create_task(load.run(edition))
        try:
            await asyncio.sleep(0.5 if short else 1.0)
            await fault(storm)
        except asyncio.CancelledError:
            going.cancel()
            raise
        finally:
            load.stop()
            await asyncio.gather(going, return_exceptions=True)
        going.result()
        await revived(stand)
        history.extend(await gathering.come_to_rest(stand, storm.rest_seconds))
        history.extend(Unsettled(what=each) for each in load.stuck)
        history.extend(await gathering.gathered(stand, storm.mark, storm.planted))
    finally:
        await clients.close()
    write(history, folder / f"{name}.jsonl")
    findings = check(history)
    return judged(name, storm, findings, time.monotonic() - began)


def judged(name: str, storm: Storm, findings: list[Finding], seconds: float) -> Report:
    harms = Counter[Literal["lost", "duplicated", "out_of_order", "broken"]](each.harm for each in findings)
    in_time = all(each.seconds <= RECOVERY_SECONDS for each in storm.recoveries)
    return Report(
        name=name,
        acknowledged=storm.history.acknowledged,
        kills=storm.kills,
        lost=harms["lost"],
        duplicated_effects=harms["duplicated"],
        out_of_order=harms["out_of_order"],
        ok=not findings and in_time and storm.history.acknowledged > 0,
        seconds=seconds,
        recoveries=tuple(storm.recoveries),
        notes=tuple(storm.notes),
        findings=tuple(findings),
    )


async def revived(stand: Stand) -> None:
    """Whatever a fault left ended is started, and all of it is ready."""
    for replica in stand.all_replicas:
        if not replica.alive:
            replica.start()
    await asyncio.gather(*(replica.ready() for replica in stand.all_replicas))
