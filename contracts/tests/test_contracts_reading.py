"""Writers are held to what is published; readers take what was published after they were built."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from relevo_contracts import CONTRACTS, Contract, Envelope, Event, Unreadable, Wire, decode, derived_id, encode
from relevo_contracts.asyncapi import example
from relevo_contracts.schemas import Schema, open_schema

every_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.model.__name__)
CODED = [
    (contract, field)
    for contract in CONTRACTS
    for field, schema in open_schema(contract.model)["properties"].items()
    if "x-codes" in schema
]
every_code = pytest.mark.parametrize(
    ("contract", "field"), CODED, ids=[f"{contract.model.__name__}.{field}" for contract, field in CODED]
)


def written(event: Event) -> Wire:
    return encode(
        Envelope(
            id=derived_id("event"),
            sequence=1,
            time=datetime(2019, 12, 13, 22, tzinfo=UTC),
            cause_id=derived_id("cause"),
            chain_id=derived_id("chain"),
            event=event,
        )
    )


def read(event: Event, **changed: Any) -> Event:
    """The event as a reader gets it when the writer had changed something in its body."""
    wire = written(event)
    return decode(wire.headers, json.dumps({**json.loads(wire.body), **changed}).encode()).event


def closed_lists(schema: Schema) -> list[str]:
    return [name for name, each in schema["properties"].items() if "enum" in each or "const" in each]


@every_contract
def test_a_reader_passes_over_fields_it_does_not_know(contract: Contract) -> None:
    event = example(contract.model)
    assert read(event, published_later={"more": [1]}) == event


@every_contract
def test_a_writer_cannot_write_a_field_that_is_not_published(contract: Contract) -> None:
    body = json.loads(example(contract.model).model_dump_json())
    with pytest.raises(ValidationError, match="extra_forbidden"):
        contract.model.model_validate_json(json.dumps({**body, "published_later": 1}))


@every_contract
def test_every_list_of_codes_is_open_to_readers(contract: Contract) -> None:
    assert closed_lists(contract.model.model_json_schema()) == [
        name for name, each in open_schema(contract.model)["properties"].items() if "x-codes" in each
    ]


@every_code
def test_a_reader_takes_an_unknown_code_as_other(contract: Contract, field: str) -> None:
    assert getattr(read(example(contract.model), **{field: "published_later"}), field) == "other"


@every_code
def test_a_reader_keeps_a_code_it_knows(contract: Contract, field: str) -> None:
    codes = open_schema(contract.model)["properties"][field]["x-codes"]
    assert "other" in codes
    assert [getattr(read(example(contract.model), **{field: code}), field) for code in codes] == codes


@every_code
@pytest.mark.parametrize("text", ["", "Published later", "a" * 65, "1st", "ñ", "a\n", 7, None, ["other"]])
def test_a_reader_refuses_what_is_no_code(contract: Contract, field: str, text: object) -> None:
    with pytest.raises(Unreadable, match=field) as refused:
        read(example(contract.model), **{field: text})
    assert refused.value.code == "body_malformed"


@every_code
def test_a_writer_is_held_to_the_published_codes(contract: Contract, field: str) -> None:
    body = json.loads(example(contract.model).model_dump_json())
    with pytest.raises(ValidationError, match="literal_error"):
        contract.model.model_validate_json(json.dumps({**body, field: "published_later"}))


@every_contract
def test_a_field_with_a_default_may_be_missing_and_any_other_may_not(contract: Contract) -> None:
    wire = written(example(contract.model))
    body = json.loads(wire.body)
    required = open_schema(contract.model)["required"]
    for field in body:
        shorter = json.dumps({name: value for name, value in body.items() if name != field}).encode()
        if field in required:
            with pytest.raises(Unreadable, match=field):
                decode(wire.headers, shorter)
        else:
            decode(wire.headers, shorter)


def test_events_never_change() -> None:
    event = example(CONTRACTS[0].model)
    with pytest.raises(ValidationError, match="frozen"):
        event.edition_id = derived_id("another")  # type: ignore[attr-defined]
