"""Where an event began in a trace: read as the W3C says, whatever the header holds, and never a reason to refuse it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from relevo_contracts import Envelope, decode, derived_id, encode
from relevo_contracts.asyncapi import example as example_of
from relevo_contracts.intake import ParticipantEnrolled
from relevo_contracts.traceparent import HEADER, traceparent_of, well_formed

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"
ID, AT = derived_id("traced"), datetime(2019, 11, 2, 10, 30, tzinfo=UTC)
EVENT = example_of(ParticipantEnrolled)


def envelope(traceparent: str | None) -> Envelope:
    return Envelope(ID, 1, AT, ID, ID, EVENT, traceparent=traceparent)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.one_of(st.text("0123456789abcdef", min_size=length, max_size=length), st.just("0" * length))


likely = st.builds(
    "-".join,
    st.tuples(
        st.one_of(digits(2), st.sampled_from(["00", "01", "ff", "FF", "0"])),
        st.one_of(digits(32), digits(31), st.just(TRACE.upper())),
        st.one_of(digits(16), digits(17)),
        st.one_of(digits(2), st.sampled_from(["1", "zz", "01-more", "01-", "00 "])),
    ),
)


@given(text=st.one_of(likely, st.text(), st.text("0123456789abcdef-", max_size=60)))
@example(text=GOOD)
@example(text=f"cc-{TRACE}-{SPAN}-01-what-comes-later")
@example(text=f"00-{TRACE}-{SPAN}-01-more")
@example(text=f"00-{TRACE}-{SPAN}-01\n")
@example(text=f"00-{TRACE}-{SPAN}-ff")
def test_whatever_a_header_holds_it_is_read_as_others_read_it_or_not_at_all(text: str) -> None:
    found = well_formed(text)
    context = trace.get_current_span(TraceContextTextMapPropagator().extract({"traceparent": text})).get_span_context()
    if found is None:
        assert not context.is_valid or text != text.strip() or not text.isprintable() or not text.isascii()
    else:
        assert found == f"00-{context.trace_id:032x}-{context.span_id:016x}-0{context.trace_flags & 1}"
        assert well_formed(found) == found


@given(value=st.one_of(st.none(), st.integers(), st.binary(), st.lists(st.text()), st.text(), likely))
def test_an_event_is_read_whatever_its_traceparent_is(value: Any) -> None:
    wire = encode(envelope(None))
    read = decode({**wire.headers, HEADER: value}, wire.body, subject=wire.subject)
    assert replace(read, traceparent=None) == envelope(None)
    assert read.traceparent == well_formed(value)


def test_an_event_tells_where_it_began_and_one_that_does_not_know_says_nothing() -> None:
    wire = encode(envelope(GOOD))
    assert wire.headers[HEADER] == GOOD
    assert decode(wire.headers, wire.body) == envelope(GOOD)
    assert decode({name.upper(): value for name, value in wire.headers.items()}, wire.body).traceparent == GOOD
    assert HEADER not in encode(envelope(None)).headers
    assert traceparent_of(None) is None


@pytest.mark.parametrize("text", ["", "Berta", GOOD.upper(), f"{GOOD}-more", f"00-{'0' * 32}-{SPAN}-01"])
def test_what_is_no_traceparent_is_not_written(text: str) -> None:
    with pytest.raises(ValueError, match="traceparent") as refused:
        envelope(text)
    assert "Berta" not in str(refused.value)
