"""The figures of a process, in a registry of their own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, disable_created_metrics

from relevo_chassis.measures import HTTP_REQUESTS, HTTP_SECONDS, TASK_FAILURES


class Metrics:
    """The process's figures, in a registry of their own: what is counted where it arises, and what Python tells."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for
        self.registry = CollectorRegistry()
        self.requests = HTTP_REQUESTS.counter(self.registry)
        self.seconds = HTTP_SECONDS.histogram(self.registry)
        self.task_failures = TASK_FAILURES.counter(self.registry)
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
