"""OpenTelemetry: spans around requests, which cost nothing until an exporter is set up."""

from __future__ import annotations

import importlib
from typing import Any

from opentelemetry import trace

TRACER = trace.get_tracer("relevo_chassis")


class TracingNotInstalled(Exception):
    """A tracing endpoint is set but the exporter is missing; install relevo-chassis with its extra ``otlp``."""


def configure(service: str, endpoint: str | None) -> None:
    """Export spans to an OTLP/HTTP endpoint when one is set. Raises ``TracingNotInstalled``."""
    if endpoint is None:
        return
    try:
        exporter: Any = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        resources: Any = importlib.import_module("opentelemetry.sdk.resources")
        sdk: Any = importlib.import_module("opentelemetry.sdk.trace")
        export: Any = importlib.import_module("opentelemetry.sdk.trace.export")
    except ImportError as error:
        raise TracingNotInstalled(TracingNotInstalled.__doc__) from error
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": service}))
    provider.add_span_processor(export.BatchSpanProcessor(exporter.OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
