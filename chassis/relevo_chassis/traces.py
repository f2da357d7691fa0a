"""Distributed traces: W3C trace context as a line of text, and spans that hold codes and ids and nothing else.

Everything here is made with the API of OpenTelemetry. Without an exporter (``given/telemetry.py``) no span is kept, and
what came with a trace still passes it on. Spans are begun here and nowhere else, so that this is the one place that
says what may leave the house with them: their names are routes, types and kinds, their attributes stand in ``ALLOWED``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from structlog.contextvars import bind_contextvars, bound_contextvars

from relevo_contracts.traceparent import well_formed

TRACER = trace.get_tracer("relevo")
ALLOWED = frozenset(
    {
        *("http.request.method", "http.route", "http.response.status_code", "peer.service", "error.type"),
        *("messaging.system", "messaging.destination.name", "messaging.consumer.group.name"),
        *("messaging.message.id", "messaging.message.conversation_id", "relevo.deliveries", "relevo.outcome"),
    }
)
"""What a span may say of itself, by OpenTelemetry's own names where it has them."""
_PLAIN = re.compile(r"[A-Za-z0-9_.:{}/-]{1,200}")
_NAME = re.compile(r"[A-Za-z0-9_.:{}/ -]{1,200}")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)

Value = str | int | None


def current() -> str | None:
    """The traceparent of the step that is being taken, if it belongs to a trace."""
    return traceparent(trace.get_current_span())


def traceparent(span: Span) -> str | None:
    """That of a span: what comes of it names it as its parent."""
    context = span.get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-0{context.trace_flags & 1}"


def trace_id(traceparent: str | None) -> str | None:
    """The id of the trace, for lines of the log."""
    return traceparent[3:35] if traceparent else None


def is_sampled(traceparent: str | None) -> bool:
    """Whether its spans are kept somewhere."""
    return traceparent is not None and traceparent[-1] == "1"


def begun(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    parent: str | None = None,
    link: str | None = None,
    attributes: Mapping[str, Value] | None = None,
) -> Span:
    """A span that whoever asked for it ends: a step of its parent's trace, or without one the first of another.

    ``link`` is a step that this one comes from without being part of it, such as one that is taken up again later.
    """
    context = _context(parent) if parent else Context()
    links = [Link(_span_context(link))] if link else []
    return TRACER.start_span(named(name), context, kind, allowed(attributes or {}), links)


def close(span: Span, outcome: str | None = None, *, failed: bool = False) -> None:
    """The end of a span; ``outcome`` is a code, or the name of a class of exceptions."""
    if outcome:
        note(span, {"error.type" if failed else "relevo.outcome": outcome})
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    span.end()


def note(span: Span, attributes: Mapping[str, Value]) -> None:
    """Say more of a span; what is not allowed is left out."""
    span.set_attributes(allowed(attributes))


@contextmanager
def within(span: Span) -> Iterator[Span]:
    """Take a step: what is done meanwhile is part of it. Its end says the class of what was raised, and no text."""
    try:
        with trace.use_span(span, record_exception=False, set_status_on_exception=False):
            yield span
    except BaseException as failure:
        close(span, type(failure).__name__, failed=True)
        raise
    close(span)


def named(name: str) -> str:
    """The name of a span, if it is made of what codes and routes are made of."""
    return name if _NAME.fullmatch(name) else "other"


@contextmanager
def about(**ids: str | None) -> Iterator[None]:
    """What every line that is logged meanwhile, wherever it is, is about: ids."""
    with bound_contextvars(**ids):
        yield


def also_about(**ids: str | None) -> None:
    """The same, from here to the end of the ``about`` or of the task around it."""
    bind_contextvars(**ids)


@contextmanager
def resumed(name: str, origin: str | None, *, chain_id: str | None = None) -> Iterator[None]:
    """Take up what was left for later: the first step of a trace of its own, linked to the one that left it."""
    span = begun(name, link=well_formed(origin))
    with within(span), about(trace_id=trace_id(traceparent(span)), chain_id=chain_id):
        yield


@contextmanager
def asking(method: str, service: str) -> Iterator[dict[str, str]]:
    """Ask another service of the house: a step, if a trace is gone through, and the headers that pass it on there.

    They are for services of the house alone: nobody else is told which requests are one.
    """
    around = current()
    if not is_sampled(around):
        yield {"traceparent": around} if around else {}
        return
    attributes = {"http.request.method": method, "peer.service": service}
    with within(begun(f"{method} {service}", SpanKind.CLIENT, parent=around, attributes=attributes)) as span:
        yield {"traceparent": str(traceparent(span))}


def allowed(attributes: Mapping[str, Value]) -> dict[str, str | int]:
    """Those that a span may have: by name, and by what a code, a route or an id looks like."""
    return {
        name: value
        for name, value in attributes.items()
        if name in ALLOWED and (isinstance(value, int) or (isinstance(value, str) and _PLAIN.fullmatch(value)))
    }


def _context(traceparent: str) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(_span_context(traceparent)), Context())


def _span_context(traceparent: str) -> SpanContext:
    flags = _SAMPLED if is_sampled(traceparent) else TraceFlags(TraceFlags.DEFAULT)
    return SpanContext(int(traceparent[3:35], 16), int(traceparent[36:52], 16), is_remote=True, trace_flags=flags)
