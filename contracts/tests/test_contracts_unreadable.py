"""Whatever the bus brings, a reader gets an envelope or ``Unreadable``, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relevo_contracts import CONTRACTS, Contract, Envelope, Unreadable, Wire, decode, decode_head, derived_id, encode
from relevo_contracts.asyncapi import example
from relevo_contracts.envelope import MAX_ATTRIBUTE_CHARACTERS, MAX_BODY_BYTES

CANARY = "Berta"


def wire_of(contract: Contract) -> Wire:
    return encode(
        Envelope(
            id=derived_id("event"),
            sequence=7,
            time=datetime(2019, 11, 2, 10, 30, tzinfo=UTC),
            cause_id=derived_id("cause"),
            chain_id=derived_id("chain"),
            event=example(contract.model),
        )
    )


WIRES = [wire_of(each) for each in CONTRACTS]
[WIRE] = [wire for wire in WIRES if wire.headers["ce-type"] == "relevo.intake.CallOpened.v1"]
NAMES = sorted(WIRE.headers)
texts = st.text(max_size=20) | st.text(st.characters(categories=["Cs", "Cc", "Nd"]), max_size=5)
junk_names = st.sampled_from([*NAMES, *(name.upper() for name in NAMES), "ce-", "ce-traceparent"]) | texts
junk_values = texts | st.sampled_from([*WIRE.headers.values(), "%ff", '"', "0", "9" * 16, "0001-01-01T00:00:00+14:00"])
odd_values = junk_values | st.none() | st.integers() | st.binary(max_size=5) | st.lists(junk_values, max_size=2)
atoms = st.none() | st.booleans() | st.integers() | st.floats() | texts | junk_values
documents = st.recursive(atoms, lambda each: st.lists(each, max_size=3) | st.dictionaries(texts, each, max_size=3))


def dumped(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8", "surrogatepass")


@st.composite
def messages(draw: st.DrawFn) -> tuple[Mapping[str, object] | None, bytes]:
    """A right message in which as much as you like is wrong."""
    wire = draw(st.sampled_from(WIRES))
    fields = json.loads(wire.body)
    changed = {**fields, **draw(st.dictionaries(st.sampled_from(sorted(fields)) | texts, documents, max_size=2))}
    left_out = draw(st.sets(st.sampled_from(NAMES), max_size=1))
    kept = {name: value for name, value in wire.headers.items() if name not in left_out}
    headers = draw(
        st.just(kept)
        | st.dictionaries(junk_names, odd_values, max_size=2).map(lambda more: {**kept, **more})
        | st.dictionaries(junk_names, odd_values, max_size=4)
        | st.none()
    )
    return headers, draw(st.just(wire.body) | st.just(dumped(changed)) | documents.map(dumped) | st.binary(max_size=50))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(message=messages())
def test_any_bytes_and_any_headers_give_an_envelope_or_are_unreadable(
    message: tuple[Mapping[str, object] | None, bytes],
) -> None:
    try:
        envelope = decode(*message)
    except Unreadable:
        return
    again = encode(envelope)
    assert decode(again.headers, again.body, subject=again.subject).event == envelope.event


@pytest.mark.parametrize("headers", [None, {}])
def test_a_message_without_headers_is_no_event(headers: dict[str, str] | None) -> None:
    """nats-py hands on ``None`` for a message that was published without any."""
    with pytest.raises(Unreadable) as refused:
        decode(headers, WIRE.body)
    assert refused.value.code == "not_a_cloud_event"


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("CE-ID", derived_id("another"), "attribute_repeated"),
        ("ce-id", [derived_id("event"), derived_id("another")], "attribute_repeated"),
        ("ce-sequence", 7, "attribute_malformed"),
        ("ce-type", b"relevo.intake.CallOpened.v1", "attribute_malformed"),
        ("ce-type", "a" * (MAX_ATTRIBUTE_CHARACTERS + 1), "attribute_too_long"),
        ("ce-time", "%" * 10**6, "attribute_too_long"),
        ("ce-source", f"{CANARY}%ff", "attribute_malformed"),
    ],
)
def test_an_attribute_that_is_given_twice_or_is_no_text_or_has_no_end_is_named_and_not_repeated(
    header: str, value: object, code: str
) -> None:
    with pytest.raises(Unreadable, match=header[3:].lower()) as refused:
        decode({**WIRE.headers, header: value}, WIRE.body)
    assert refused.value.code == code
    assert CANARY not in str(refused.value)


def test_attributes_that_are_not_known_here_are_passed_over_whatever_they_hold() -> None:
    more = {
        "ce-traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        "ce-theirs": "%ff",
        "ce-long": "a" * 10**5,
        "ce-list": ["a"],
    }
    assert decode_head({**WIRE.headers, **more}) == decode_head(WIRE.headers)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        dumped({**json.loads(WIRE.body), "opens_at": "0001-01-01T00:00:00+14:00"}),
        dumped({**json.loads(WIRE.body), "opens_at": "9999-12-31T23:59:59-12:00"}),
        dumped({**json.loads(WIRE.body), "opens_at": "1572690600"}),
        dumped({**json.loads(WIRE.body), "opens_at": 1572690600}),
        WIRE.body[:-1] + b', "seats": ' + b"9" * 5000 + b"}",
        WIRE.body[:-1] + b', "published_later": ' + b"9" * 5000 + b"}",
        WIRE.body[:-1] + b', "published_later": ' + b"[" * 5000 + b"}",
    ],
    ids=[
        "no UTF-8",
        "before all time",
        "after all time",
        "seconds as a text",
        "seconds",
        "a number without end",
        "one not known",
        "too deep",
    ],
)
def test_a_body_that_no_clock_or_number_can_hold_is_malformed(body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(WIRE.headers, body)
    assert refused.value.code == "body_malformed"


def test_what_is_too_large_is_not_read() -> None:
    with pytest.raises(Unreadable) as refused:
        decode(WIRE.headers, b"\xff" * (MAX_BODY_BYTES + 1))
    assert refused.value.code == "body_too_large"
