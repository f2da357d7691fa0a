"""The figures of a process, in a registry of their own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The process's figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._own: dict[str, Gauge] = {}
        self.requests = Counter(
            "relevo_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "relevo_http_request_seconds", "Time to answer", ("method", "route"), registry=self.registry
        )

    def gauge(self, name: str, about: str) -> Gauge:
        """A figure of the service's own that goes up and down; the same one whenever it is asked for."""
        if name not in self._own:
            self._own[name] = Gauge(name, about, registry=self.registry)
        return self._own[name]
