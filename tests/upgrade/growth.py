"""How what services store may grow from a release to the next, so that both run on one store: pure.

The two run side by side while one replica after another is replaced, and the older comes back in a rollback. So each
reads what the other writes: a closed writer fits an open reader, in both directions. The judge is that of the
contracts, jsonschema-rs; what it cannot decide counts as no growth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from jsonschema_rs.canonical import Containment

Schema = dict[str, Any]
Stored = Mapping[str, Any]
"""Of one service, as ``stored.py`` prints it."""
_WORDS = frozenset({"title", "description", "default", "examples", "discriminator"})
_NAMED = ("properties", "$defs")


def broken(old: Stored, new: Stored) -> Iterator[str]:
    """What keeps two releases of a service from running on one store; nothing when they can."""
    yield from _models_broken(old["models"], new["models"])
    for name in sorted(old["rows"]):
        if missing := sorted({*old["rows"][name]} - {*new["rows"].get(name, ())}):
            yield f"rows of {name}: {', '.join(missing)} gone, which the release before reads"
    yield from _indexes_broken(old["indexes"], new["indexes"])
    for kind in sorted({*old["deadlines"]} - {*new["deadlines"]}):
        yield f"deadline {kind}: those that were set never fall due"


def _models_broken(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(old):
        if name not in new:
            yield f"{name}: the model is gone, and what is stored of it"
            continue
        if not fits(new[name]["writes"], old[name]["reads"]):
            yield f"{name}: the release before does not read all that this one writes"
        if not fits(old[name]["writes"], new[name]["reads"]):
            yield f"{name}: this release does not read all that the one before wrote"


def _indexes_broken(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(old.keys() & new.keys()):
        before = {str(each["keys"]): each for each in old[name]}
        for each in new[name]:
            was = before.get(str(each["keys"]))
            if was is not None and was != each:
                yield f"index of {name} on {each['keys']}: MongoDB makes none with other options under one name"
            elif was is None and each["unique"]:
                yield f"index of {name} on {each['keys']}: the release before does not know that it is unique"


def newly_handled(old: Mapping[str, Stored], new: Mapping[str, Stored]) -> list[str]:
    """Which service has to be upgraded before which: what a release does not handle, it passes over for good."""
    found = []
    for name in sorted(old.keys() & new.keys()):
        for handled in sorted({*new[name]["handles"]} - {*old[name]["handles"]}):
            producer, event = handled.split()
            found.append(f"{name} before {producer}: {event}")
    return found


def fields(stored: Mapping[str, Stored], *, of: Mapping[str, Stored]) -> set[str]:
    """Every field of the models that the other one stores too, by service, model and path."""
    return {
        f"{service} {model} {path}"
        for service, each in stored.items()
        for model, schemas in each["models"].items()
        if model in of.get(service, {}).get("models", {})
        for path in paths(schemas["reads"])
    }


def paths(schema: Schema) -> set[str]:
    """The paths of the fields of a model, those within lists and maps among them."""
    return set(_paths(schema, schema.get("$defs", {}), "", ()))


def _paths(schema: Schema, named: Mapping[str, Schema], at: str, within: tuple[str, ...]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in within:
            yield from _paths(named[name], named, at, (*within, name))
    for name, each in schema.get("properties", {}).items():
        yield f"{at}{name}"
        yield from _paths(each, named, f"{at}{name}.", within)
    several = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    several += schema.get("prefixItems", ())
    several += [each for each in (schema.get("items"), schema.get("additionalProperties")) if isinstance(each, dict)]
    for each in several:
        yield from _paths(each, named, at, within)


def fits(writer: Schema, reader: Schema) -> bool:
    """Whether whatever the writer stores, the reader takes."""
    stored, reads = (
        jsonschema_rs.canonicalize(each, draft=jsonschema_rs.Draft202012, validate_formats=True)
        for each in (closed(writer), reader)
    )
    return reads.covers(stored) == Containment.YES


def closed(schema: Any) -> Any:
    """What a writer stores under a model: every field of it, and no further one."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found: Schema = {}
    for name, each in schema.items():
        if name in _NAMED:
            found[name] = {one: closed(value) for one, value in each.items()}
        elif name not in _WORDS:
            found[name] = closed(each)
    if "properties" in schema:
        found |= {"required": list(schema["properties"]), "additionalProperties": False}
    return found
