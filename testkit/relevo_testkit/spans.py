"""Spans in memory: what a service would send of its traces, in the hand of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from relevo_chassis import traces
from relevo_chassis.given.exporting import provider


class Kept:
    """The spans that were kept, in the order in which they ended."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    @property
    def all(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def named(self, start: str) -> list[ReadableSpan]:
        """Those whose names start so."""
        return [span for span in self.all if span.name.startswith(start)]

    def one(self, start: str) -> ReadableSpan:
        (found,) = self.named(start)
        return found


@contextmanager
def kept(sampled: float = 1.0) -> Iterator[Kept]:
    """Keep the spans that this process makes meanwhile, of so many of its traces."""
    exporter, before = InMemorySpanExporter(), traces.TRACER
    made = provider("test", sampled, SimpleSpanProcessor(exporter))
    traces.TRACER = made.get_tracer("relevo")
    try:
        yield Kept(exporter)
    finally:
        traces.TRACER = before


def parent_of(span: ReadableSpan) -> str | None:
    """As a traceparent names it, without its flags."""
    return span.parent and f"00-{span.parent.trace_id:032x}-{span.parent.span_id:016x}"


def place_of(span: ReadableSpan) -> str:
    """The same of the span itself."""
    assert span.context
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}"


def links_of(span: ReadableSpan) -> list[str]:
    """The same of what it is linked to."""
    return [f"00-{link.context.trace_id:032x}-{link.context.span_id:016x}" for link in span.links]
