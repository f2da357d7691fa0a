"""The figures of the delivery, read from its parts whenever somebody scrapes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import ALARM_SECONDS, ConsumerFigures, Consumers
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.relay import Relay
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.bus import Bus
from relevo_chassis.given.pressure import Bounded
from relevo_chassis.measures import (
    COMMITS_WAITING,
    DEADLINES_DONE,
    DEADLINES_FAILING,
    EVENTS_BACK,
    EVENTS_CONTRADICTED,
    EVENTS_EARLY,
    EVENTS_EARLY_SECONDS,
    EVENTS_FAILED,
    EVENTS_HANDLED,
    EVENTS_PARKED,
    EVENTS_SURPLUS,
    LEASE_OWNED,
    OUTBOX_OLDEST,
    OUTBOX_UNSENT,
    PUBLISH_FAILURES,
    PUBLISHED,
    Measure,
)
from relevo_chassis.operations.health import Check
from relevo_chassis.people.keys import KEY_BYTES, KeyServiceAway, KeyWrapper

KEY_SECONDS = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class DeliveryFigures(Collector):
    """What committer, relay, sweeper and consumers did so far, and what waits."""

    committer: Committer
    bounded: Bounded
    relay: Relay
    sweeper: Sweeper
    consumers: Consumers
    leases: Mapping[str, Lease]

    def collect(self) -> Iterator[Metric]:
        yield COMMITS_WAITING.of(self.committer.waiting)
        yield from self.committer.seconds.collect()
        yield from self.committer.sizes.collect()
        yield OUTBOX_UNSENT.of(self.bounded.unsent)
        yield OUTBOX_OLDEST.of(self.bounded.oldest_seconds)
        yield PUBLISHED.of(self.relay.figures.published)
        yield PUBLISH_FAILURES.of(self.relay.figures.failures)
        yield from self.relay.figures.seconds.collect()
        yield LEASE_OWNED.by({name: lease.owned for name, lease in self.leases.items()})
        yield DEADLINES_DONE.of(self.sweeper.figures.done)
        yield DEADLINES_FAILING.of(len(self.sweeper.figures.failures))
        for measure, figure in _OF_A_CONSUMER.items():
            yield measure.by({each.subscription.durable: figure(each.figures) for each in self.consumers.each})


_OF_A_CONSUMER: Mapping[Measure, Callable[[ConsumerFigures], float]] = {
    EVENTS_HANDLED: lambda figures: figures.handled,
    EVENTS_BACK: lambda figures: figures.held_back,
    EVENTS_FAILED: lambda figures: figures.failed,
    EVENTS_PARKED: lambda figures: figures.parked,
    EVENTS_SURPLUS: lambda figures: figures.surplus,
    EVENTS_CONTRADICTED: lambda figures: figures.contradicted,
    EVENTS_EARLY: lambda figures: len(figures.waiting),
    EVENTS_EARLY_SECONDS: lambda figures: figures.longest_waiting_seconds,
}


class Progress:
    """Whether what waits on each durable is taken, by whichever replica."""

    def __init__(self, consumers: Consumers, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._consumers = consumers
        self._monotonic = monotonic
        self._waiting: dict[str, tuple[int, float]] = {}

    async def stuck(self) -> list[str]:
        """The durables on which something has waited for a minute while nothing was delivered."""
        now = self._monotonic()
        for durable, info in (await self._consumers.durables()).items():
            if not info.pending:
                self._waiting.pop(durable, None)
            elif self._waiting.get(durable, (-1, now))[0] != info.delivered:
                self._waiting[durable] = (info.delivered, now)
        return [durable for durable, (_, since) in self._waiting.items() if now - since > ALARM_SECONDS]


def needed_checks(store: Store, bus: Bus, figures: DeliveryFigures) -> dict[str, Check]:
    """Without these the service cannot keep what it promises."""
    progress = Progress(bus.consumers)

    async def database() -> str | None:
        await store.ping()
        return None

    async def tasks() -> str | None:
        parts = {"committer": figures.committer.alive, "sweeper": figures.sweeper.alive}
        if bus.joined:
            parts |= {"relay": figures.relay.alive, "consumers": figures.consumers.alive}
        dead = [name for name, alive in parts.items() if not alive]
        return f"stopped: {', '.join(dead)}; restart the service" if dead else None

    async def durables() -> str | None:
        if bus.waits_for:
            return bus.waits_for
        missing = await bus.consumers.missing() if bus.connected else []
        return f"missing or not to be seen: {', '.join(missing)}; apply the topology" if missing else None

    async def consumers() -> str | None:
        stuck = await progress.stuck() if bus.connected else []
        return f"events wait on {', '.join(stuck)} and none is taken; see the log, restart" if stuck else None

    async def outbox() -> str | None:
        age = figures.bounded.oldest_seconds
        waits = f"{figures.bounded.unsent} events wait, the oldest for {age:.0f} s; check NATS and the relay's lease"
        return waits if age > ALARM_SECONDS else None

    return {"mongodb": database, "tasks": tasks, "bus": durables, "consumers": consumers, "outbox": outbox}


def key_check(wrapper: KeyWrapper, monotonic: Callable[[], float] = time.monotonic) -> Check:
    """Whether the service's key is there; asked anew after ten seconds."""
    checked_at = [float("-inf")]

    async def keys() -> str | None:
        if monotonic() - checked_at[0] > KEY_SECONDS:
            try:
                await wrapper.wrap([("readiness", bytes(KEY_BYTES))])
            except KeyServiceAway:
                return "the key service is away; nobody's data can be sealed or opened until it is back"
            checked_at[0] = monotonic()
        return None

    return keys


def wanted_checks(bus: Bus, figures: DeliveryFigures) -> dict[str, Check]:
    """Without these the service still serves, and catches up later."""

    async def connection() -> str | None:
        return None if bus.connected else "NATS is away; what must be told waits in the outbox"

    async def order() -> str | None:
        early = [c for c in figures.consumers.each if c.figures.longest_waiting_seconds > ALARM_SECONDS]
        names = ", ".join(consumer.subscription.durable for consumer in early)
        return f"events of {names} wait for a predecessor; look for a gap or a parked event" if early else None

    return {"nats": connection, "order": order}
