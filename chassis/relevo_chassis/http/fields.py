"""Fields of a request as they are meant: a boolean is ``true`` or ``false`` and no 1, an instant is one of RFC 3339.

Pydantic takes more than that by default, so bodies are validated from their JSON, strictly, and the texts of query and
path are looked at before they are read. What is wrong has a code of the table below, or that of a ``Wrong``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi._compat import ModelField
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, SchemaValidator, core_schema

from relevo_chassis.http.body import Sound
from relevo_chassis.wrong import Wrong, WrongField

INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TEXTS = {
    "boolean": ("not_a_boolean", re.compile(r"(true|false)\Z")),
    "integer": ("not_an_integer", re.compile(r"(0|-?[1-9][0-9]{0,18})\Z")),
    "date": ("not_a_day", DAY),
    "date-time": ("not_an_instant", INSTANT),
}
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,63}\Z")
_MOST = 50

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "is missing; send it",
        "unknown": "is not known here; leave it out",
        "not_a_boolean": "is not true or false",
        "not_an_integer": "is not a whole number",
        "not_a_number": "is not a number",
        "not_a_text": "is not a text",
        "not_a_list": "is not a list",
        "not_an_object": "is not an object",
        "not_an_instant": "is not an instant with its offset, like 2019-09-12T12:00:00Z (RFC 3339)",
        "not_a_day": "is not a day, like 2019-12-09",
        "not_one_of": "is not one of {expected}",
        "not_of_the_form": "is not of the form that is documented",
        "too_short": "has fewer than {min_length} characters",
        "too_long": "has more than {max_length} characters",
        "too_few": "has fewer than {min_length} items",
        "too_many": "has more than {max_length} items",
        "too_small": "is smaller than {least}",
        "too_large": "is larger than {most}",
        "not_taken": "is not taken",
    }
)
"""Codes that any field may have, with their words."""

_CODES: Mapping[str, str] = {
    **dict.fromkeys(("missing", "missing_argument"), "missing"),
    **dict.fromkeys(("extra_forbidden", "unknown"), "unknown"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "not_a_boolean"),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "not_an_integer"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "not_a_number"),
    **dict.fromkeys(("string_type", "string_unicode", "string_sub_type"), "not_a_text"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), "not_a_list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "mapping_type"), "not_an_object"),
    **dict.fromkeys(("literal_error", "enum"), "not_one_of"),
    **dict.fromkeys(("greater_than", "greater_than_equal"), "too_small"),
    **dict.fromkeys(("less_than", "less_than_equal"), "too_large"),
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_few",
    "too_long": "too_many",
    "value_error": "not_taken",
}


class StrictBody:
    """Reads a JSON body of one type, before anything is looked up."""

    def __init__(self, field: ModelField) -> None:
        annotation: Any = field.field_info.annotation
        schema = TypeAdapter(annotation).core_schema
        self._required = field.field_info.is_required()
        self._validator = SchemaValidator(_strict(schema), _use_prebuilt=False)

    def wrong(self, request: Sound | None) -> Sequence[Mapping[str, Any]]:
        """What is wrong with the body; when nothing is, the request's content is what it says."""
        if request is None or not request.whole:
            return [_error("missing", "body")] if self._required else []
        if request.is_json:
            try:
                request.content = self._validator.validate_json(request.whole)
            except ValidationError as broken:
                errors = broken.errors(include_url=False, include_input=False)
                return [{**each, "loc": ("body", *each["loc"])} for each in errors]
        return []


class NoBody:
    """Of a route that takes none: nothing, or an object without fields."""

    def wrong(self, request: Sound | None) -> Sequence[Mapping[str, Any]]:
        content = request.content if request else None
        if isinstance(content, dict):
            return [_error("unknown", "body", name) for name in content]
        return [] if content is None else [_error("unknown", "body")]


class StrictTexts:
    """Reads the texts of a route's query or path, before anything is looked up.

    A name that is not known is refused, unless ``others`` may be there.
    """

    def __init__(self, where: str, fields: Iterable[ModelField], *, others: bool = False) -> None:
        self._where = where
        self._others = others
        self._fields = {each.alias: (each, _form(each)) for each in fields}

    def wrong(self, values: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        for name, (field, form) in self._fields.items():
            if name not in values:
                if field.field_info.is_required():
                    yield _error("missing", self._where, name)
            elif form is not None and not form[1].match(values[name]):
                yield _error(form[0], self._where, name)
            else:
                yield from field.validate(values[name], loc=(self._where, name))[1]
        if not self._others:
            yield from (_error("unknown", self._where, name) for name in values if name not in self._fields)

    def in_query(self, request: Request) -> Iterator[Mapping[str, Any]]:
        query = request.scope["query_string"].decode("latin-1")
        return self.wrong(dict(parse_qsl(query, keep_blank_values=True)))


def wrong_fields(errors: Sequence[Any]) -> list[WrongField]:
    """What the framework found wrong, without what was sent.

    A list of which an item is wrong is not told to be short of it as well.
    """
    above = {tuple(each["loc"][:depth]) for each in errors for depth in range(len(each["loc"]))}
    own = [each for each in errors if each["type"] != "too_short" or tuple(each["loc"]) not in above]
    return [_wrong_field(each) for each in own[:_MOST]]


def _wrong_field(error: Mapping[str, Any]) -> WrongField:
    kind, facts = str(error["type"]), {**(error.get("ctx") or {})}
    cause = facts.pop("error", None)
    loc = error.get("loc", ())
    if isinstance(cause, Wrong):
        return WrongField(_where((*loc, *filter(None, [cause.field]))), cause.code, cause.words, cause.facts)
    code = _code(kind)
    facts["least"], facts["most"] = _bound(facts, "ge", "gt"), _bound(facts, "le", "lt")
    return WrongField(_where(loc), code, REASONS[code], facts)


def _error(kind: str, *loc: str) -> dict[str, Any]:
    """A fault in the framework's form."""
    return {"type": kind, "loc": loc, "msg": ""}


def _code(kind: str) -> str:
    if kind in REASONS and kind not in ("too_short", "too_long"):
        return kind
    if kind in _CODES:
        return _CODES[kind]
    if kind.startswith(("datetime_", "timezone_")):
        return "not_an_instant"
    return "not_a_day" if kind.startswith("date_") else "not_of_the_form"


def _bound(facts: Mapping[str, Any], *names: str) -> str | int:
    found = next((facts[name] for name in names if name in facts), "")
    return found if isinstance(found, int) else str(found)


def _where(loc: Iterable[Any]) -> str:
    parts = [str(part) for part in loc]
    return ".".join(part if part.isdecimal() or _NAME.match(part) else "?" for part in parts)


def _form(field: ModelField) -> tuple[str, re.Pattern[str]] | None:
    annotation: Any = field.field_info.annotation
    schema = TypeAdapter(annotation).json_schema()
    for each in schema.get("anyOf", [schema]):
        if (found := _TEXTS.get(each.get("format", each.get("type")))) is not None:
            return found
    return None


def _strict(schema: Any) -> Any:
    """A core schema that takes what its types say and nothing that looks alike, and no field that it does not know."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if isinstance(schema, tuple):
        return tuple(_strict(each) for each in schema)
    if not isinstance(schema, dict):
        return schema
    made = {name: value if name in _NO_SCHEMA else _strict(value) for name, value in schema.items()}
    if isinstance(fields := schema.get("fields"), dict):
        made["fields"] = {name: _strict(each) for name, each in fields.items()}
    match schema.get("type"):
        case "model":
            return {**made, "config": {**made.get("config", {}), "extra_fields_behavior": "forbid"}}
        case "model-fields":
            return {**made, "extra_behavior": "forbid"}
        case "bool" | "int" | "float" | "str":
            return {**made, "strict": True}
        case "datetime":
            return _before(made, _text_of(INSTANT, "not_an_instant"))
        case "date":
            return _before(made, _text_of(DAY, "not_a_day"))
        case "literal" if any(isinstance(each, int) for each in schema["expected"]):
            return _before(made, _one_of(schema["expected"]))
    return made


_NO_SCHEMA = frozenset({"serialization", "metadata", "config", "cls", "expected", "default", "function"})


def _before(schema: Any, check: Callable[[Any], Any]) -> Any:
    return core_schema.no_info_before_validator_function(check, schema)


def _text_of(form: re.Pattern[str], code: str) -> Callable[[Any], Any]:
    """No request holds a date or an instant: what is one already was read from its text by the field's own type."""

    def check(value: Any) -> Any:
        if isinstance(value, date):
            return value
        if not isinstance(value, str) or not form.match(value):
            raise PydanticCustomError(code, "")
        return value

    return check


def _one_of(expected: Sequence[Any]) -> Callable[[Any], Any]:
    allowed = ", ".join(str(each).lower() if isinstance(each, bool) else repr(each) for each in expected)

    def check(value: Any) -> Any:
        if not any(type(value) is type(each) and value == each for each in expected):
            raise PydanticCustomError("not_one_of", "", {"expected": allowed})
        return value

    return check
