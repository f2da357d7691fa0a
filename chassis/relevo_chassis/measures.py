"""What a process measures of itself: each by its name, kind, meaning and labels. ``/metrics`` holds nothing else.

Names are as one asks Prometheus for them, in base units. What a label may be is a closed set (``LABELS``): no id,
nothing of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

LABELS: Mapping[str, str] = {
    "check": "a check of `/readyz`",
    "command": "a command of `relevo`: `verify`, `readings`, `retention`, `backup`, `backup-keys`, `status`",
    "durable": "a durable of the service, as the topology names it",
    "generation": "a generation of Python's garbage: 0, 1, 2",
    "lease": "what one replica at a time does: `relay`, `sweeper`, `records`",
    "method": "a method of HTTP, or `OTHER`",
    "needed": "`yes`: without it the service is not ready; `no`: without it the service is degraded",
    "record": "`readings`, `decisions`",
    "route": "the template of a route, never a path, or `unmatched`",
    "sample": "what is looked at every few seconds: "
    + "`checks`, `clock`, `deadlines`, `durables`, `own`, `parked`, `records`",
    "service": "the service",
    "status": "a status of HTTP",
    "stream": "a stream, as the topology names it",
    "task": "a background task, as the code names it",
    "version": "the version of its package",
    "why": "why a connection was ended: a status, or `head`, `idle`, `reserved`, `room`, `told`, `unread`",
}
"""Every label there is, and what its values are among."""
_UNITS = {"seconds": "seconds", "bytes": "bytes", "info": "1", "ratio": "share of 1", "total": "count"}
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measure(NamedTuple):
    """Something that is measured. A process has it once; Prometheus adds ``service`` and ``instance``."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    about: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = _QUICK

    @property
    def unit(self) -> str:
        """Of its values: ``seconds``, ``bytes``, ``1`` of what only says that something is so, or ``count``."""
        parts = self.name.removesuffix("_total").split("_")
        return _UNITS.get(parts[-1], "count")

    def of(self, value: float) -> Metric:
        """As it is now, where it has no labels."""
        if self.kind == "counter":
            return CounterMetricFamily(self.name, self.about, value=value)
        return GaugeMetricFamily(self.name, self.about, value=value)

    def by(self, values: Mapping[str, float] | Mapping[tuple[str, str], float]) -> Metric:
        """As it is now, for each value of its label, or of its labels."""
        family = (CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily)(
            self.name, self.about, labels=self.labels
        )
        for key, value in values.items():
            family.add_metric([key] if isinstance(key, str) else list(key), value)
        return family

    def gauge(self, registry: CollectorRegistry) -> Gauge:
        """One that is set where it arises."""
        return Gauge(self.name, self.about, self.labels, registry=registry)

    def counter(self, registry: CollectorRegistry) -> Counter:
        """One that is counted up where it arises."""
        return Counter(self.name, self.about, self.labels, registry=registry)

    def histogram(self, registry: CollectorRegistry | None = None) -> Histogram:
        """One that is observed where it arises; without a registry whoever owns it collects it."""
        return Histogram(self.name, self.about, self.labels, buckets=self.buckets, registry=registry)


HTTP_REQUESTS = Measure(
    "relevo_http_requests_total", "counter", "Requests answered", labels=("method", "route", "status")
)
HTTP_SECONDS = Measure(
    "relevo_http_request_seconds",
    "histogram",
    "Time to answer",
    labels=("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
HTTP_CONNECTIONS = Measure("relevo_http_connections", "gauge", "Connections that are open")
HTTP_CONNECTIONS_CLOSED = Measure(
    "relevo_http_connections_ended_total", "counter", "Connections that were ended", ("why",)
)

COMMITS_WAITING = Measure("relevo_commits_waiting", "gauge", "Changes that wait for their group")
COMMIT_SECONDS = Measure(
    "relevo_commit_seconds", "histogram", "Time from when changes are handed over until what became of them is known"
)
COMMIT_CHANGES = Measure(
    "relevo_commit_changes",
    "histogram",
    "Changes written in one transaction",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
OUTBOX_UNSENT = Measure("relevo_outbox_unsent", "gauge", "Events that wait to be published")
OUTBOX_OLDEST = Measure("relevo_outbox_oldest_seconds", "gauge", "Age of the oldest of them")
PUBLISHED = Measure("relevo_relay_published_total", "counter", "Events that the bus acknowledged")
PUBLISH_FAILURES = Measure(
    "relevo_relay_failures_total", "counter", "Times that the bus or the store did not acknowledge"
)
PUBLISH_SECONDS = Measure(
    "relevo_relay_publish_seconds", "histogram", "Time from when a batch is sent until all that becomes of it is known"
)
LEASE_OWNED = Measure("relevo_lease_owned", "gauge", "1 while this replica does what one at a time does", ("lease",))

DURABLE_PENDING = Measure(
    "relevo_durable_pending", "gauge", "Events in the stream that were not delivered yet, to no replica", ("durable",)
)
DURABLE_ACK_PENDING = Measure(
    "relevo_durable_ack_pending",
    "gauge",
    "Events that were delivered and not acknowledged, by any replica",
    ("durable",),
)
DURABLE_EXISTS = Measure("relevo_durable_exists", "gauge", "0 when the bus does not know the durable", ("durable",))
EVENTS_HANDLED = Measure("relevo_events_handled_total", "counter", "Events that took effect", ("durable",))
EVENTS_BACK = Measure("relevo_events_held_back_total", "counter", "Times an event was held back", ("durable",))
EVENTS_FAILED = Measure("relevo_events_failed_total", "counter", "Times a handler failed", ("durable",))
EVENTS_PARKED = Measure("relevo_events_parked_total", "counter", "Events that this replica set aside", ("durable",))
EVENTS_SURPLUS = Measure(
    "relevo_events_surplus_total", "counter", "Events with fields that are not known here", ("durable",)
)
EVENTS_CONTRADICTED = Measure(
    "relevo_events_contradicted_total", "counter", "Events that came again with another body", ("durable",)
)
EVENTS_EARLY = Measure(
    "relevo_events_early", "gauge", "Events that wait here for one before them, or for what they need", ("durable",)
)
EVENTS_EARLY_SECONDS = Measure("relevo_events_held_seconds", "gauge", "Longest wait of them", ("durable",))
PARKED = Measure("relevo_parked_events", "gauge", "Events that are set aside now, by any replica", ("durable",))

DEADLINES_DONE = Measure("relevo_deadlines_done_total", "counter", "Deadlines that took effect")
DEADLINES_FAILING = Measure("relevo_deadlines_failing", "gauge", "Deadlines that keep failing")
DEADLINES_OVERDUE = Measure("relevo_deadlines_overdue", "gauge", "Deadlines that are due and have not taken effect")
DEADLINES_OLDEST = Measure(
    "relevo_deadlines_oldest_seconds", "gauge", "For how long the first of them has been due, in domain time"
)
RECORD_WAITS = Measure(
    "relevo_record_waits_seconds", "gauge", "Longest wait for a seal, of what this replica put on record"
)
RECORD_UNSEALED = Measure(
    "relevo_record_unsealed", "gauge", "Entries on record that wait for their seal, of any replica"
)
RECORD_MISSED = Measure(
    "relevo_record_missed_total", "counter", "Entries and checkpoints that were gone", labels=("record",)
)

READY = Measure("relevo_ready", "gauge", "1 while a check of readiness passes", ("check", "needed"))
ERASURES_WAITING = Measure(
    "relevo_erasures_waiting", "gauge", "1 from the start until every erasure is done again, and nothing is consumed"
)
CLOCK_AHEAD = Measure(
    "relevo_clock_ahead_seconds", "gauge", "By how much this machine's clock is ahead of that of MongoDB's primary"
)
SAMPLE_AGE = Measure(
    "relevo_sample_age_seconds", "gauge", "How long ago this was looked at; until then what it says stands", ("sample",)
)
LOOP_LAG = Measure("relevo_loop_lag_seconds", "histogram", "How much later than it should the event loop goes on")
TASK_FAILURES = Measure(
    "relevo_task_failures_total", "counter", "Times a background task failed and was started again", ("task",)
)
BUILD = Measure("relevo_build_info", "gauge", "1; which service of which version this is", ("service", "version"))

OF_THE_PROCESS = (
    Measure("process_cpu_seconds_total", "counter", "Processor time, of user and system"),
    Measure("process_resident_memory_bytes", "gauge", "Resident memory"),
    Measure("process_virtual_memory_bytes", "gauge", "Virtual memory"),
    Measure("process_start_time_seconds", "gauge", "When the process was started, in seconds since 1970"),
    Measure("process_open_fds", "gauge", "Descriptors that are open"),
    Measure("process_max_fds", "gauge", "Descriptors that may be open"),
    Measure("python_gc_collections_total", "counter", "Searches for cycles of garbage", ("generation",)),
    Measure("python_gc_objects_collected_total", "counter", "Objects found in cycles", ("generation",)),
    Measure("python_gc_objects_uncollectable_total", "counter", "Objects that could not be freed", ("generation",)),
)
"""What prometheus_client says of any process."""
COMMAND_EXITED = Measure(
    "relevo_command_ended_timestamp_seconds", "gauge", "When a command ended last, in seconds since 1970", ("command",)
)
COMMAND_EXIT_CODE = Measure(
    "relevo_command_exit_code", "gauge", "How it ended: 0 is well, 1 is wrong, 2 cannot be told", ("command",)
)
STREAM_FULL = Measure(
    "relevo_stream_full_ratio", "gauge", "Share of a stream's limits that is used; 0 where it has none", ("stream",)
)
OF_COMMANDS = (COMMAND_EXITED, COMMAND_EXIT_CODE, STREAM_FULL)
"""What `relevo` writes into files for the node exporter."""
EVERY_SERVICE: tuple[Measure, ...] = (
    *(HTTP_REQUESTS, HTTP_SECONDS, HTTP_CONNECTIONS, HTTP_CONNECTIONS_CLOSED),
    *(COMMITS_WAITING, COMMIT_SECONDS, COMMIT_CHANGES, OUTBOX_UNSENT, OUTBOX_OLDEST),
    *(PUBLISHED, PUBLISH_FAILURES, PUBLISH_SECONDS, LEASE_OWNED),
    *(DURABLE_PENDING, DURABLE_ACK_PENDING, DURABLE_EXISTS, EVENTS_HANDLED, EVENTS_BACK, EVENTS_FAILED),
    *(EVENTS_PARKED, EVENTS_SURPLUS, EVENTS_CONTRADICTED, EVENTS_EARLY, EVENTS_EARLY_SECONDS, PARKED),
    *(DEADLINES_DONE, DEADLINES_FAILING, DEADLINES_OVERDUE, DEADLINES_OLDEST),
    *(RECORD_WAITS, RECORD_UNSEALED, RECORD_MISSED),
    *(READY, ERASURES_WAITING, CLOCK_AHEAD, SAMPLE_AGE, LOOP_LAG, TASK_FAILURES, BUILD),
    *OF_THE_PROCESS,
)
"""What every service measures; its own are ``Service.measures``."""
