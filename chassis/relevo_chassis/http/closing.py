"""What requests may hold, said as strictly as it is read.

An object of a body has no fields but those that it is said to have, although answers of the same model may grow. Of a
text that must not be empty something can be seen: spaces around it are taken away, and signs that steer are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_AT = "#/components/schemas/"
_SEEN = r"[^\s\x00-\x1f\x7f-\x9f]"


def close_bodies(document: dict[str, Any]) -> None:
    """Let no schema of a body take fields that are not known. One that answers have too is told of twice."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    bodies = [each["requestBody"] for each in operations if "requestBody" in each]
    sent = _reached(bodies, schemas)
    answered = _reached([each["responses"] for each in operations], schemas)
    open_ones = {name for name in sent if _closed(schemas[name], {}) != schemas[name]}
    while more := {name for name in sent - open_ones if open_ones & set(_named(schemas[name]))}:
        open_ones |= more
    names = {name: f"{name}-Input" if name in answered else name for name in open_ones}
    schemas |= {names[name]: _closed(schemas[name], names) for name in sorted(open_ones)}
    for body in bodies:
        body |= _closed(body, names)


def _closed(schema: Any, names: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_closed(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: each if key in ("default", "examples") else _closed(each, names) for key, each in schema.items()}
    if isinstance(ref := schema.get("$ref"), str) and ref.startswith(_AT):
        made["$ref"] = _AT + names.get(ref.removeprefix(_AT), ref.removeprefix(_AT))
    if "patternProperties" in made or (made.get("type") == "object" and "properties" in made):
        made.setdefault("additionalProperties", False)
    if made.get("minLength") and "format" not in made:
        made.setdefault("pattern", _SEEN)
    return made


def _reached(parts: Iterable[Any], schemas: Mapping[str, Any]) -> set[str]:
    """The names of all schemas that are part of these, at whatever depth."""
    found = set[str]()
    ahead = [name for part in parts for name in _named(part)]
    while ahead:
        if (name := ahead.pop()) not in found:
            found.add(name)
            ahead += _named(schemas[name])
    return found


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(ref := schema.get("$ref"), str) and ref.startswith(_AT):
            yield ref.removeprefix(_AT)
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _named(each)
