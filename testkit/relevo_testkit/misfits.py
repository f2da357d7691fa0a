"""What nobody means and a lax reader takes: values of another type for every field and parameter of a document.

Where each is wrong is told in the words of ``errors`` of a problem: ``body.criteria.quotas.0.percent``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from relevo_testkit.routes import Operation, instance

Schema = Mapping[str, Any]

LOOKALIKES: tuple[Any, ...] = (None, True, False, 0, 1, 1_700_000_000, 0.5, "0", "3", "true", "1700000000", [], {})
"""One or more of each JSON type, and texts that look like another."""

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
_DEEPEST = 6


class Misfit(NamedTuple):
    """A request with one thing wrong, and where."""

    where: str
    content: Any


def wrong_bodies(schema: Schema, known: Schema, sound: Any) -> Iterator[Misfit]:
    """The sound body with each of its fields in turn of another type, and one field too many in each object.

    Fields that the sound body leaves out are tried too.
    """
    yield from _wrong("body", schema, known, sound, 0)


def wrong_queries(operation: Operation, known: Schema) -> Iterator[Misfit]:
    """Queries with one parameter that is misspelt, not known, or of another type."""
    queries = [each for each in operation.spec.get("parameters", ()) if each["in"] == "query"]
    sound = {each["name"]: _text(instance(each["schema"], known)) for each in queries if each["required"]}
    yield Misfit("query.surplus", {**sound, "surplus": "1"})
    for each in queries:
        name = each["name"]
        rest = {other: value for other, value in sound.items() if other != name}
        yield Misfit(f"query.{name}s", {**sound, f"{name}s": _text(instance(each["schema"], known))})
        yield Misfit("query.?", {**sound, name.capitalize(): "1"})
        for value in ("", "0.5", "yes", "TRUE", "1700000000", "\u0660"):
            if not _text_is_meant(value, each["schema"], known):
                yield Misfit(f"query.{name}", {**rest, name: value})


def _wrong(where: str, schema: Schema, known: Schema, sound: Any, depth: int) -> Iterator[Misfit]:
    choices = _choices(schema, known)
    yield from (Misfit(where, value) for value in LOOKALIKES if not any(_is_meant(value, each) for each in choices))
    if depth == _DEEPEST:
        return
    for each in choices:
        if "properties" in each or each.get("type") == "object":
            whole = sound if isinstance(sound, dict) else _least(each, known)
            yield from _wrong_fields(where, each, known, whole, depth)
        elif each.get("type") == "array":
            items = each.get("items", {})
            first = sound[0] if isinstance(sound, list | tuple) and sound else instance(items, known)
            for wrong in _wrong(f"{where}.0", items, known, first, depth + 1):
                yield Misfit(wrong.where, [wrong.content])


def _wrong_fields(where: str, schema: Schema, known: Schema, sound: Mapping[str, Any], depth: int) -> Iterator[Misfit]:
    properties = schema.get("properties", {})
    if properties:
        yield Misfit(f"{where}.surplus", {**sound, "surplus": 1})
    for name, field in properties.items():
        at = sound[name] if name in sound else _least(field, known)
        for wrong in _wrong(f"{where}.{name}", field, known, at, depth + 1):
            yield Misfit(wrong.where, {**sound, name: wrong.content})
    values = schema.get("additionalProperties")
    if isinstance(values, dict) and sound:
        name = next(iter(sound))
        for wrong in _wrong(f"{where}.{name}", values, known, sound[name], depth + 1):
            yield Misfit(wrong.where, {**sound, name: wrong.content})


def _least(schema: Schema, known: Schema) -> Any:
    made = instance({name: value for name, value in schema.items() if name != "default"}, known)
    return {} if made is None else made


def _choices(schema: Schema, known: Schema) -> list[Schema]:
    """A schema as the choices it offers, references followed."""
    if "$ref" in schema:
        return _choices(known[schema["$ref"].rpartition("/")[2]], known)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return [each for choice in schema[several] for each in _choices(choice, known)]
    if len(schema.get("allOf", ())) == 1:
        return _choices(schema["allOf"][0], known)
    return [schema]


def _is_meant(value: Any, schema: Schema) -> bool:
    """Whether a value may be meant by a schema: of its type, and of its form where that tells types apart."""
    if "const" in schema or "enum" in schema:
        listed = schema.get("enum", [schema.get("const")])
        return any(type(value) is type(each) and value == each for each in listed)
    wanted = schema.get("type")
    if wanted is None:
        return True
    found = "null" if value is None else _TYPES[type(value)]
    if found == "string" and schema.get("format") in ("date", "date-time"):
        return False
    return found == wanted or (found, wanted) == ("integer", "number")


def _text_is_meant(text: str, schema: Schema, known: Schema) -> bool:
    """Whether a text in a query may be meant by a schema."""
    return any(each.get("type") == "string" and _is_meant(text, each) for each in _choices(schema, known))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
