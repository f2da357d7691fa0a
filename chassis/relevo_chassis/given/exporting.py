"""Keeping spans: which are kept, and where they are sent. The one module that needs the SDK of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

SEND_SECONDS = 3


class Beginnings(Sampler):
    """Of traces that begin here, so many by lot; one that goes on with an earlier one is kept if that one was.

    So that a stream that is told again is sampled as it was the first time, and not a second time.
    """

    def __init__(self, ratio: float) -> None:
        self._by_lot = TraceIdRatioBased(ratio)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        sampler: Sampler = self._by_lot
        if links:
            sampler = ALWAYS_ON if any(link.context.trace_flags.sampled for link in links) else ALWAYS_OFF
        return sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"Beginnings{{{self._by_lot.get_description()}}}"


def provider(service: str, ratio: float, processor: SpanProcessor) -> TracerProvider:
    """Makes spans in the name of a service. Of traces that begin elsewhere it keeps those that are kept there."""
    made = TracerProvider(ParentBased(Beginnings(ratio)), Resource({"service.name": service}))
    made.add_span_processor(processor)
    return made


def sending(endpoint: str, ca_file: str | None) -> SpanProcessor:
    """Sends spans to an OTLP/HTTP endpoint, beside what the service does; when it is away they are lost."""
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, certificate_file=ca_file, timeout=SEND_SECONDS))
