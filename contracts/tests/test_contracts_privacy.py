"""Events name nobody: every schema holds ids, days, instants, counts, codes, hashes and truth values, and nothing else.

The shapes are allowed one by one, names that would betray a person are denied, and a field's name and shape agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relevo_contracts import CONTRACTS, Contract
from relevo_contracts.model import CODE_PATTERN
from relevo_contracts.schemas import Schema, open_schema

COMMITTED = sorted((Path(__file__).resolve().parent.parent / "schemas").glob("*.json"))
ID, SHA256 = "^[0-9a-f]{32}$", "^[0-9a-f]{64}$"
ANNOTATIONS = {"description", "default", "title", "$schema", "$id"}
SHAPES = {
    "id": ("_id", {"type", "pattern"}),
    "hash": ("_sha256", {"type", "pattern"}),
    "instant": ("_at", {"type", "format"}),
    "day": ("_on", {"type", "format"}),
}
DENIED = set(
    """name names surname email mail contact address phone telephone mobile whatsapp signal birth born age sex gender
    pronoun ethnicity ethnic indigenous afro lgbti orientation religion disability health nationality country countries
    city place location region ip device agent language organisation organization employer profession passport
    document photo picture voice text note notes comment comments motivation letter essay question answer message
    description title label url link token secret password receipt code score scores reason threat illness theme group
    groups trainee trainees names display latitude longitude""".split()
)
DENIED_CODES = set(
    """woman women man men nonbinary trans gay lesbian bisexual indigenous afro african lgbti religion disability
    health illness pregnancy threat threats threatened emergency shutdown country region nationality language
    defender""".split()
)
DAYS_AND_NO_WORDS = {"answer_until_on"}
"""Named after what is due, of which they say the day: their shape, which their ending asks for, holds nothing else."""
OF_PEOPLE = {"participant", "application", "person", "offer", "certificate", "commitment", "support", "review"}
PUBLIC = [each for each in CONTRACTS if each.audience == "public"]


def betrayals(schema: Schema, at: str = "") -> Iterator[str]:
    """What in a schema could carry more than ids, days, instants, counts, codes, hashes and truth values."""
    for name, field in schema.get("properties", {}).items():
        if DENIED & set(name.split("_")) and name not in DAYS_AND_NO_WORDS:
            yield f"{at}{name}: the name says that it is about a person"
        yield from _shape(field, name, f"{at}{name}")
    if not schema.get("properties"):
        yield f"{at or 'schema'}: no fields are named"


def _shape(field: Schema, name: str, at: str) -> Iterator[str]:
    keywords = field.keys() - ANNOTATIONS
    kind = field.get("type")
    if "anyOf" in field:
        for each in field["anyOf"]:
            if each != {"type": "null"}:
                yield from _shape(each, name, at)
    elif kind == "object":
        yield from betrayals(field, f"{at}.")
        if keywords - {"type", "properties", "required"}:
            yield f"{at}: fields that are not named"
    elif kind == "array" and keywords == {"type", "items"}:
        yield from _shape(field["items"], re.sub("_ids$", "_id", name), at)
    elif kind == "integer" and keywords == {"type", "minimum", "maximum"}:
        if not 0 <= field["minimum"] <= field["maximum"] <= 10**9:
            yield f"{at}: no count"
    elif kind == "string":
        yield from _text(field, name, at)
    elif kind != "boolean" or keywords != {"type"}:
        yield f"{at}: a shape that is not allowed"


def _text(field: Schema, name: str, at: str) -> Iterator[str]:
    match field:
        case {"pattern": pattern, "x-codes": [*codes]} if pattern == CODE_PATTERN and codes:
            for code in codes:
                if DENIED_CODES & set(code.split("_")) or len(code) < 3:
                    yield f"{at}: code {code} says something about a person"
            return
        case {"pattern": pattern} if pattern == ID:
            shape = "id"
        case {"pattern": pattern} if pattern == SHA256:
            shape = "hash"
        case {"format": "date-time"}:
            shape = "instant"
        case {"format": "date"}:
            shape = "day"
        case _:
            yield f"{at}: text"
            return
    ending, keywords = SHAPES[shape]
    if not name.endswith(ending) or field.keys() - ANNOTATIONS != keywords:
        yield f"{at}: {shape} under the wrong name"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.model.__name__)
def test_no_event_can_carry_more_than_ids_days_counts_and_codes(contract: Contract) -> None:
    assert list(betrayals(open_schema(contract.model))) == []


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_no_published_schema_can_either(path: Path) -> None:
    assert list(betrayals(json.loads(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("contract", PUBLIC, ids=lambda each: each.model.__name__)
def test_public_events_hold_no_id_of_anything_that_belongs_to_one_person(contract: Contract) -> None:
    for name in contract.model.model_fields:
        if name.endswith(("_id", "_ids")):
            assert not OF_PEOPLE & set(name.split("_")), name


@pytest.mark.parametrize(
    "event", ["CommitmentPaused", "CommitmentResumed", "CommitmentExtended", "CommitmentReopened", "CommitmentLapsed"]
)
def test_rule_10_why_days_stand_still_or_move_is_in_no_event(event: str) -> None:
    schema = open_schema(next(each.model for each in CONTRACTS if each.model.__name__ == event))
    assert not [name for name, field in schema["properties"].items() if "x-codes" in field]


def test_rule_15_the_people_trained_are_a_number_and_nothing_else() -> None:
    for contract in CONTRACTS:
        people = open_schema(contract.model)["properties"].get("people")
        assert people is None or people["type"] == "integer"


CODES = {"type": "string", "pattern": CODE_PATTERN}
PLANTED: dict[str, dict[str, Any]] = {
    "text": {"remark": {"type": "string"}},
    "short text": {"remark": {"type": "string", "maxLength": 20}},
    "text with a loose pattern": {"remark": {"type": "string", "pattern": "^.*$"}},
    "a name": {"participant_name": {"type": "string", "pattern": ID}},
    "a contact, hashed": {"contact_sha256": {"type": "string", "pattern": SHA256}},
    "a telephone as a number": {"reach": {"type": "integer", "minimum": 0, "maximum": 10**15}},
    "a number without bounds": {"reach": {"type": "integer"}},
    "a share of a place": {"where": {"type": "number"}},
    "a country code": {"country": {**CODES, "x-codes": ["hnd", "other"]}},
    "a country under another name": {"origin": {**CODES, "x-codes": ["hn", "sv"]}},
    "a language": {"language": {**CODES, "x-codes": ["spanish", "other"]}},
    "a code that betrays": {"because": {**CODES, "x-codes": ["threat", "other"]}},
    "a group as a code": {"kind": {**CODES, "x-codes": ["indigenous", "other"]}},
    "a code without its list": {"because": CODES},
    "a code with an empty list": {"because": {**CODES, "x-codes": []}},
    "an id under a word": {"whoever": {"type": "string", "pattern": ID}},
    "a day under a word": {"whenever": {"type": "string", "format": "date"}},
    "a date of birth": {"birth_on": {"type": "string", "format": "date"}},
    "an address": {"seen_at": {"type": "string", "format": "ipv4"}},
    "anything": {"more": {}},
    "an open object": {"more": {"type": "object"}},
    "an object with further fields": {
        "more": {"type": "object", "properties": {"late": {"type": "boolean"}}, "additionalProperties": {}}
    },
    "text in an object": {"more": {"type": "object", "properties": {"remark": {"type": "string"}}}},
    "a list of texts": {"remarks": {"type": "array", "items": {"type": "string"}}},
    "a list of anything": {"remarks": {"type": "array"}},
    "text or nothing": {"remark": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    "text or a count": {"remark": {"type": ["string", "integer"]}},
}


@pytest.mark.parametrize("field", PLANTED.values(), ids=PLANTED)
def test_planted_betrayals_are_caught(field: dict[str, Any]) -> None:
    schema = open_schema(CONTRACTS[0].model)
    planted = {**schema, "properties": {**schema["properties"], **field}}
    assert list(betrayals(planted))
