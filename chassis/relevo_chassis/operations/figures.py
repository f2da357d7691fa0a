"""The figures of the delivery, read from its parts whenever somebody scrapes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import ALARM_SECONDS, Consumers
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_chassis.delivery.relay import Relay
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.bus import Bus
from relevo_chassis.given.pressure import Bounded
from relevo_chassis.operations.health import Check
from relevo_chassis.people.keys import KEY_BYTES, KeyServiceAway, KeyWrapper

KEY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class DeliveryFigures(Collector):
    """What committer, relay, sweeper and consumers did so far, and what waits."""

    committer: Committer
    bounded: Bounded
    relay: Relay
    sweeper: Sweeper
    consumers: Consumers

    def collect(self) -> Iterator[Metric]:
        yield _gauge("relevo_commits_waiting", "Changes that wait for their group", self.committer.waiting)
        yield _gauge("relevo_outbox_unsent", "Events that wait to be told", self.bounded.unsent)
        yield _gauge("relevo_outbox_oldest_seconds", "Age of the oldest of them", self.bounded.oldest_seconds)
        yield _counter("relevo_relay_published", "Events told", self.relay.figures.published)
        yield _counter("relevo_relay_failures", "Times the server did not acknowledge", self.relay.figures.failures)
        yield _counter("relevo_deadlines_done", "Deadlines that took effect", self.sweeper.figures.done)
        yield _gauge("relevo_deadlines_failing", "Deadlines that keep failing", len(self.sweeper.figures.failures))
        for name, about in (
            ("handled", "Events that took effect"),
            ("held_back", "Times an event was held back"),
            ("failed", "Times a handler failed"),
            ("parked", "Events set aside"),
            ("surplus", "Events with fields that are not known here"),
            ("contradicted", "Events that came again with another body"),
        ):
            family = CounterMetricFamily(f"relevo_events_{name}", about, labels=["durable"])
            for consumer in self.consumers.each:
                family.add_metric([consumer.subscription.durable], getattr(consumer.figures, name))
            yield family
        early = GaugeMetricFamily("relevo_events_held_seconds", "Longest wait for a predecessor", labels=["durable"])
        for consumer in self.consumers.each:
            early.add_metric([consumer.subscription.durable], consumer.figures.longest_waiting_seconds)
        yield early


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(name, about, value=value)


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
