"""Failpoints: faults at named points, injected as wrappers round the parts, so that the product knows nothing of them.

The points, in the order in which one event passes them:

- ``before_commit``: decided, nothing written
- ``after_commit``: written, nobody told (neither the caller of HTTP nor the server that delivered an event)
- ``before_publish``: read from the outbox, not sent
- ``after_publish``: acknowledged by the server, the row not marked
- ``before_ack``: the effect is committed, the delivery not acknowledged
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from relevo_chassis.delivery.consume import Delivered
from relevo_chassis.delivery.publisher import Publisher
from relevo_chassis.delivery.writes import Backend, Batch, Document
from relevo_contracts import Wire

POINTS = ("before_commit", "after_commit", "before_publish", "after_publish", "before_ack")


class Fault(RuntimeError):
    """A fault that a test ordered."""


def raise_fault(point: str) -> None:
    raise Fault(point)


def kill_this_process(point: str) -> None:
    """End as a crash would: no handler runs, nothing is flushed."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Failpoints:
    """Which points are armed, and what happens at them."""

    armed: dict[str, tuple[int, Callable[[str], None]]] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(POINTS, 0))

    def arm(self, point: str, action: Callable[[str], None] = raise_fault, *, after: int = 0) -> None:
        """Act at a point once, the first time that it is reached after ``after`` more passes."""
        if point not in POINTS:
            raise ValueError(f"no failpoint {point}; there are {', '.join(POINTS)}")
        self.armed[point] = (self.passed[point] + after, action)

    def reach(self, point: str) -> None:
        due = self.armed.get(point)
        self.passed[point] += 1
        if due and self.passed[point] > due[0]:
            del self.armed[point]
            due[1](point)


class FailingBackend:
    """A store whose transactions pass ``before_commit`` and ``after_commit``."""

    def __init__(self, backend: Backend, points: Failpoints) -> None:
        self._backend = backend
        self._points = points

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        return await self._backend.fetch(wanted)

    async def write(self, batch: Batch) -> None:
        self._points.reach("before_commit")
        await self._backend.write(batch)
        self._points.reach("after_commit")


class FailingPublisher:
    """A publisher whose publications pass ``before_publish`` and ``after_publish``."""

    def __init__(self, publisher: Publisher, points: Failpoints) -> None:
        self._publisher = publisher
        self._points = points

    async def publish_together(self, wires: Sequence[Wire]) -> None:
        self._points.reach("before_publish")
        await self._publisher.publish_together(wires)
        self._points.reach("after_publish")

    async def publish(self, wire: Wire) -> None:
        self._points.reach("before_publish")
        await self._publisher.publish(wire)
        self._points.reach("after_publish")


class FailingDelivery:
    """A delivery whose acknowledgement passes ``before_ack``."""

    def __init__(self, delivered: Delivered, points: Failpoints) -> None:
        self._delivered = delivered
        self._points = points

    async def ack(self) -> None:
        self._points.reach("before_ack")
        await self._delivered.ack()

    async def nack(self, delay: float | None = None) -> None:
        await self._delivered.nack(delay)
