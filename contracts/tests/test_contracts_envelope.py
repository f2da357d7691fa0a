"""The envelope over NATS: the CloudEvents binding's own examples, round trips, and what cannot be read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevo_contracts import CONTRACTS, Contract, Envelope, Event, Unreadable, decode, decode_head, derived_id, encode
from relevo_contracts.asyncapi import example
from relevo_contracts.envelope import MAX_BODY_BYTES, percent_decoded, percent_encoded
from relevo_contracts.intake import ParticipantEnrolled, SeatAccepted
from relevo_contracts.schemas import Schema, closed_schema, open_schema

CANARY = "Berta"
EVENT = SeatAccepted(
    offer_id=derived_id("offer"),
    application_id=derived_id("application"),
    call_id=derived_id("call"),
    edition_id=derived_id("edition"),
    accepted_at=datetime(2019, 11, 2, 10, 30, tzinfo=UTC),
)
ENVELOPE = Envelope(
    id=derived_id("event"),
    sequence=7,
    time=datetime(2019, 11, 2, 10, 30, 0, 125000, tzinfo=UTC),
    cause_id=derived_id("cause"),
    chain_id=derived_id("chain"),
    event=EVENT,
)
ids = st.integers(0, 2**128 - 1).map(lambda bits: f"{bits:032x}")
instants = st.datetimes(datetime(2019, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """What a writer may send under a closed schema."""
    if "anyOf" in schema:
        return st.one_of([values(each) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True)
    if "format" in schema:
        made = instants if schema["format"] == "date-time" else st.dates(date(2019, 1, 1), date(2040, 1, 1))
        return made.map(lambda each: each.isoformat())
    if schema["type"] == "integer":
        step = 10 if "to the nearest ten" in schema.get("description", "") else 1
        return st.integers(schema["minimum"], schema["maximum"] // step).map(lambda number: number * step)
    if schema["type"] == "array":
        return st.lists(values(schema["items"]), max_size=4)
    if schema["type"] == "object":
        return st.fixed_dictionaries({name: values(each) for name, each in schema["properties"].items()})
    return {"boolean": st.booleans(), "null": st.none()}[schema["type"]]


def events(contract: Contract) -> st.SearchStrategy[Event]:
    made = values(closed_schema(open_schema(contract.model)))
    return made.map(lambda body: contract.model.model_validate_json(json.dumps(body)))


envelopes = st.builds(
    Envelope,
    id=ids,
    sequence=st.integers(1, 2**53 - 1),
    time=instants,
    cause_id=ids,
    chain_id=ids,
    event=st.sampled_from(CONTRACTS).flatmap(events),
)


@given(envelope=envelopes)
def test_what_is_written_is_read_back_the_same(envelope: Envelope) -> None:
    wire = encode(envelope)
    assert decode(wire.headers, wire.body, subject=wire.subject) == envelope


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_percent_encoding_leaves_printable_ascii_alone_and_can_be_undone(text: str) -> None:
    encoded = percent_encoded(text)
    assert all("\x21" <= character <= "\x7e" and character != '"' for character in encoded)
    assert percent_decoded(encoded) == text


@pytest.mark.parametrize("code", range(0x21, 0x7F))
def test_of_printable_ascii_only_the_double_quote_and_percent_are_encoded(code: int) -> None:
    assert (percent_encoded(chr(code)) == chr(code)) == (chr(code) not in '"%')


def test_the_example_of_the_binding_is_encoded_as_published() -> None:
    assert percent_encoded("Euro € 😀") == "Euro%20%E2%82%AC%20%F0%9F%98%80"
    assert percent_decoded("Euro%20%E2%82%AC%20%F0%9F%98%80") == "Euro € 😀"


def test_lower_case_and_needless_encoding_are_taken() -> None:
    assert percent_decoded("%e2%82%ac%41") == "€A"


def test_quoted_values_of_older_writers_are_unquoted_before_one_round_of_decoding() -> None:
    assert percent_decoded(r'"a \"b\" c"') == 'a "b" c'
    assert percent_decoded("%2520") == "%20"


def test_bytes_that_are_not_utf_8_are_rejected() -> None:
    with pytest.raises(Unreadable) as refused:
        decode_head({**encode(ENVELOPE).headers, "ce-type": "%C0%A0"})
    assert refused.value.code == "attribute_malformed"


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("id", CANARY, "id"),
        ("cause_id", "A" * 32, "cause_id"),
        ("chain_id", "", "chain_id"),
        ("sequence", 0, "sequence"),
        ("sequence", 2**53, "sequence"),
        ("time", ENVELOPE.time.replace(tzinfo=None), "time"),
    ],
)
def test_what_no_reader_would_take_is_not_written(field: str, value: Any, named: str) -> None:
    with pytest.raises(ValueError, match=f"malformed: {named}") as refused:
        replace(ENVELOPE, **{field: value})
    assert CANARY not in str(refused.value)


def test_every_attribute_is_a_header_with_the_prefix_of_the_binding() -> None:
    wire = encode(ENVELOPE)
    assert wire.subject == "events.intake.seating.accepted.v1"
    assert wire.headers == {
        "ce-specversion": "1.0",
        "ce-id": derived_id("event"),
        "ce-source": "/relevo/intake",
        "ce-type": "relevo.intake.SeatAccepted.v1",
        "ce-subject": f"seating/{derived_id('call')}",
        "ce-time": "2019-11-02T10:30:00.125Z",
        "ce-datacontenttype": "application/json",
        "ce-dataschema": "urn:relevo:schema:SeatAccepted:v1",
        "ce-sequence": "7",
        "ce-causationid": derived_id("cause"),
        "ce-correlationid": derived_id("chain"),
        "content-type": "application/json",
        "Nats-Msg-Id": derived_id("event"),
    }
    assert json.loads(wire.body)["accepted_at"] == "2019-11-02T10:30:00Z"


def test_header_names_are_taken_in_any_case() -> None:
    wire = encode(ENVELOPE)
    assert decode({name.upper(): value for name, value in wire.headers.items()}, wire.body) == ENVELOPE


def test_the_example_message_of_the_binding_is_a_cloud_event_but_none_of_ours() -> None:
    example = {
        "ce-specversion": "1.0",
        "ce-type": "com.example.someevent",
        "ce-time": "2018-04-05T03:56:24Z",
        "ce-id": "1234-1234-1234",
        "ce-source": "/mycontext/subcontext",
        "ce-datacontenttype": "application/json",
    }
    with pytest.raises(Unreadable, match="sequence, subject") as refused:
        decode(example, b"{}")
    assert refused.value.code == "attribute_missing"


def test_a_time_with_an_offset_is_read_as_the_same_instant() -> None:
    wire = encode(ENVELOPE)
    lima = ENVELOPE.time.astimezone(timezone(timedelta(hours=-5))).isoformat()
    assert decode({**wire.headers, "ce-time": lima}, wire.body) == ENVELOPE


def test_without_cause_and_chain_an_event_is_its_own() -> None:
    wire = encode(ENVELOPE)
    bare = {name: each for name, each in wire.headers.items() if name not in ("ce-causationid", "ce-correlationid")}
    head = decode_head(bare)
    assert (head.cause_id, head.chain_id) == (ENVELOPE.id, ENVELOPE.id)


def test_the_head_is_read_when_the_body_cannot_be() -> None:
    head = decode_head(encode(ENVELOPE).headers)
    assert (head.aggregate, head.aggregate_id, head.sequence) == ("seating", EVENT.call_id, 7)


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("ce-specversion", "0.3", "not_a_cloud_event"),
        ("ce-specversion", None, "not_a_cloud_event"),
        ("ce-id", None, "attribute_missing"),
        ("ce-sequence", None, "attribute_missing"),
        ("ce-id", CANARY, "attribute_malformed"),
        ("ce-sequence", "0", "attribute_malformed"),
        ("ce-sequence", "-1", "attribute_malformed"),
        ("ce-sequence", "1e3", "attribute_malformed"),
        ("ce-sequence", "٣", "attribute_malformed"),
        ("ce-sequence", "9" * 17, "attribute_malformed"),
        ("ce-time", "yesterday", "attribute_malformed"),
        ("ce-time", "1572690600", "attribute_malformed"),
        ("ce-time", "2019-11-02T10:30:00", "attribute_malformed"),
        ("ce-time", "2019-02-30T10:30:00Z", "attribute_malformed"),
        ("ce-time", "0001-01-01T00:00:00+05:00", "attribute_malformed"),
        ("ce-subject", "seating", "attribute_malformed"),
        ("ce-subject", f"seating/{CANARY}", "attribute_malformed"),
        ("ce-causationid", CANARY, "attribute_malformed"),
        ("ce-type", f"relevo.intake.{CANARY}.v1", "type_unknown"),
        ("ce-type", "relevo.intake.SeatAccepted.v2", "version_unknown"),
        ("ce-source", f"/relevo/{CANARY}", "source_wrong"),
        ("ce-subject", f"call/{derived_id('call')}", "subject_wrong"),
        ("ce-subject", f"seating/{derived_id('another')}", "subject_wrong"),
        ("ce-datacontenttype", f"text/{CANARY}", "media_type_unknown"),
    ],
)
def test_a_header_that_is_wrong_is_refused_with_its_code(header: str, value: str | None, code: str) -> None:
    wire = encode(ENVELOPE)
    headers = {name: each for name, each in wire.headers.items() if name != header}
    if value is not None:
        headers[header] = value
    with pytest.raises(Unreadable) as refused:
        decode(headers, wire.body)
    assert refused.value.code == code
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"not json",
        b'{"offer_id": NaN}',
        b'{"offer_id": "\xff"}',
        b"[" * 10_000,
        json.dumps({**json.loads(EVENT.model_dump_json()), "offer_id": CANARY}).encode(),
        json.dumps({**json.loads(EVENT.model_dump_json()), "accepted_at": 1572690600}).encode(),
        json.dumps({**json.loads(EVENT.model_dump_json()), "accepted_at": "2019-11-02T10:30:00"}).encode(),
        json.dumps({"offer_id": CANARY, CANARY: CANARY}).encode(),
    ],
    ids=range(11),
)
def test_a_body_that_is_wrong_is_refused_and_never_repeated(body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(encode(ENVELOPE).headers, body)
    assert refused.value.code == "body_malformed"
    assert CANARY not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_body_that_is_too_large_is_not_parsed() -> None:
    with pytest.raises(Unreadable) as refused:
        decode(encode(ENVELOPE).headers, b" " * (MAX_BODY_BYTES + 1))
    assert refused.value.code == "body_too_large"


def test_a_type_on_a_subject_where_it_does_not_belong_is_refused() -> None:
    wire = encode(ENVELOPE)
    with pytest.raises(Unreadable) as refused:
        decode(wire.headers, wire.body, subject="events.scheduling.attendance.completed.v1")
    assert refused.value.code == "subject_wrong"


@given(junk=st.dictionaries(st.text(), st.text()), body=st.binary(max_size=200))
def test_junk_is_unreadable_and_raises_nothing_else(junk: dict[str, str], body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode({**encode(ENVELOPE).headers, **junk, "ce-id": "x"}, body)
    with pytest.raises(Unreadable):
        decode(encode(ENVELOPE).headers, body)


@given(ones=st.lists(st.text(max_size=5), max_size=4), others=st.lists(st.text(max_size=5), max_size=4))
def test_derived_ids_follow_from_their_parts_and_from_nothing_else(ones: list[str], others: list[str]) -> None:
    assert (derived_id(*ones) == derived_id(*others)) == (ones == others)
    assert len(derived_id(*ones)) == 32


@pytest.mark.parametrize(("field", "within"), [("name", None), ("name", "requirements")])
def test_how_many_fields_were_passed_over_is_told_and_nothing_of_them_is_kept(field: str, within: str | None) -> None:
    event = example(ParticipantEnrolled)
    assert isinstance(event, ParticipantEnrolled)
    sent = encode(replace(ENVELOPE, event=event))
    body = json.loads(sent.body)
    (body[within] if within else body)[field] = CANARY
    found = decode(sent.headers, json.dumps(body).encode())
    assert (found.surplus, found.event) == (1, event)
    assert CANARY not in repr(found) + found.event.model_dump_json()
    assert decode(sent.headers, sent.body).surplus == 0
