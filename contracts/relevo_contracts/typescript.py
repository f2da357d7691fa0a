"""The public events in TypeScript: an interface for each, and the schemas that the decoder beside them reads by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from relevo_contracts.published import in_words
from relevo_contracts.schemas import Schema, open_schema
from relevo_contracts.table import CONTRACTS, Contract

_HEAD = """\
// Made of the schemas by `make schemas`; what was changed by hand would be lost.
// The events that partners may have, as a reader gets them: with what is optional filled in, and codes that came after
// this was made as "other".

/** 128 random bits, in lower-case hexadecimal. */
export type Id = string;
/** An instant of domain time as in RFC 3339, in UTC. */
export type Instant = string;
/** A day as in RFC 3339; it is over when it is over everywhere on Earth (UTC-12). */
export type Day = string;
/** A SHA-256, in lower-case hexadecimal. */
export type Sha256 = string;
"""
_PATTERNS = {"^[0-9a-f]{32}$": "Id", "^[0-9a-f]{64}$": "Sha256"}
_FORMATS = {"date-time": "Instant", "date": "Day"}
_PLAIN = {"integer": "number", "boolean": "boolean", "null": "null"}


def typescript() -> str:
    """The whole module. It follows from the models alone."""
    public = [each for each in CONTRACTS if each.audience == "public"]
    schemas = {each: in_words(open_schema(each.model)) for each in public}
    parts = [_HEAD]
    for contract, schema in schemas.items():
        parts += _interfaces(contract.model.__name__, schema)
    parts.append(_events_by_type(public))
    parts.append(_table(schemas))
    return "\n".join(parts)


def _interfaces(name: str, schema: Schema) -> Iterator[str]:
    """The interface of an object, after those of the objects within it."""
    for field, within in schema["properties"].items():
        if "properties" in within:
            yield from _interfaces(_within(name, field), within)
    lines = [*_comment(schema.get("description", ""), ""), f"export interface {name} {{"]
    for field, within in schema["properties"].items():
        lines += _comment(within.get("description", ""), "  ")
        lines.append(f"  readonly {field}: {_type(within, _within(name, field))};")
    yield "\n".join([*lines, "}", ""])


def _within(name: str, field: str) -> str:
    return name + "".join(part.capitalize() for part in field.split("_"))


def _type(schema: Schema, name: str) -> str:
    if "anyOf" in schema:
        return " | ".join(_type(each, name) for each in schema["anyOf"])
    if "x-codes" in schema:
        return " | ".join(json.dumps(code) for code in schema["x-codes"])
    if "properties" in schema:
        return name
    if schema["type"] == "array":
        return f"readonly {_type(schema['items'], name)}[]"
    if schema["type"] == "string":
        return _FORMATS.get(schema.get("format", "")) or _PATTERNS[schema["pattern"]]
    return _PLAIN[schema["type"]]


def _comment(text: str, indent: str) -> Iterator[str]:
    if text:
        yield f"{indent}/** {' '.join(text.split())} */"


def _events_by_type(contracts: list[Contract]) -> str:
    rows = [f'  "{each.type}": {each.model.__name__};' for each in contracts]
    return "\n".join(["/** Each event by its `ce-type`. */", "export interface EventsByType {", *rows, "}", ""])


def _table(schemas: Mapping[Contract, Schema]) -> str:
    table = {
        contract.type: {
            "source": contract.source,
            "subject": contract.subject,
            "stream": contract.stream,
            "aggregate": contract.model.aggregate,
            "key": contract.model.key,
            "schema": _bare(schema),
        }
        for contract, schema in schemas.items()
    }
    dumped = json.dumps(table, indent=2, ensure_ascii=False)
    return f"/** How each travels, and what its body has to be. */\nexport const contracts = {dumped} as const;\n"


def _bare(schema: Any) -> Any:
    """Without what is for people: the types above say it."""
    if isinstance(schema, dict):
        for_people = {"title", "description", "$schema", "$id"}
        return {
            keyword: {name: _bare(each) for name, each in value.items()} if keyword == "properties" else _bare(value)
            for keyword, value in schema.items()
            if keyword not in for_people
        }
    return [_bare(each) for each in schema] if isinstance(schema, list) else schema
