"""The JSON Schemas of the events: as an open reader sees them, as a closed writer fills them, and how they may grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from relevo_contracts.model import CODE_PATTERN, Event
from relevo_contracts.table import schema_id

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def open_schema(model: type[Event]) -> Schema:
    """What a reader takes: further fields are allowed, and any well-formed code where ``x-codes`` lists today's."""
    made = model.model_json_schema(mode="validation")
    body = _opened(made, made.get("$defs", {}))
    return {
        "$schema": DIALECT,
        "$id": schema_id(model),
        "title": model.type_name(),
        "description": made["description"],
        **{name: value for name, value in body.items() if name not in ("title", "description")},
    }


def closed_schema(reader: Schema) -> Schema:
    """What a writer sends under the same model: every field, no further one, only the codes listed."""
    closed = {name: _closed(value) for name, value in reader.items() if name != "x-codes"}
    if "x-codes" in reader:
        closed = {"type": "string", "enum": list(reader["x-codes"])}
    if "properties" in reader:
        closed["properties"] = {name: closed_schema(value) for name, value in reader["properties"].items()}
        closed["required"] = list(reader["properties"])
        closed["additionalProperties"] = False
    return closed


def breaches(old: Schema, new: Schema, at: str = "") -> Iterator[str]:
    """What the step from ``old`` to ``new`` does beyond growing; nothing when all it does is to grow.

    To grow is to add an optional field or a code. Where a schema holds anything else that differs, descriptions
    apart, another version of the type is due.
    """
    yield from _lost(old, new, at)
    ours, theirs = new.get("properties", {}), old.get("properties", {})
    for name in new.get("required", []):
        if name not in old.get("required", []):
            yield f"{at}{name} is required now"
    for name in theirs.keys() & ours.keys():
        yield from breaches(theirs[name], ours[name], f"{at}{name}.")
    if ("items" in old) and ("items" in new):
        yield from breaches(old["items"], new["items"], f"{at}items.")


def _lost(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name in old.get("properties", {}):
        if name not in new.get("properties", {}):
            yield f"{at}{name} is gone"
    for name in old.get("required", []):
        if name in new.get("properties", {}) and name not in new.get("required", []):
            yield f"{at}{name} is optional now"
    for code in old.get("x-codes", []):
        if code not in new.get("x-codes", []):
            yield f"{at}code {code} is gone"
    for keyword in sorted((old.keys() | new.keys()) - _GROWING - _WORDS):
        if old.get(keyword) != new.get(keyword):
            yield f"{at}{keyword} changed"


_GROWING = frozenset({"properties", "required", "items", "x-codes"})
_WORDS = frozenset({"title", "description"})


def _opened(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Schema:
    if "$ref" in schema:
        return _opened({**named[schema["$ref"].rpartition("/")[2]], **_without(schema, "$ref")}, named)
    if "enum" in schema:
        return {"type": "string", "pattern": CODE_PATTERN, "x-codes": list(schema["enum"])}
    opened: Schema = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            opened[keyword] = {name: _without(_opened(each, named), "title") for name, each in value.items()}
        elif keyword == "items":
            opened[keyword] = _opened(value, named)
        elif keyword == "anyOf":
            opened[keyword] = [_opened(each, named) for each in value]
        elif keyword not in ("$defs", "additionalProperties"):
            opened[keyword] = value
    return opened


def _closed(value: Any) -> Any:
    if isinstance(value, dict):
        return closed_schema(value)
    if isinstance(value, list):
        return [_closed(each) for each in value]
    return value


def _without(schema: Mapping[str, Any], keyword: str) -> Schema:
    return {name: value for name, value in schema.items() if name != keyword}
