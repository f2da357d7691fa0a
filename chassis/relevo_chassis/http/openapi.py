"""The OpenAPI document as it is: every answer of every route, refusals by type and with an example, and the headers
that are asked for before a route's function sees the request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from relevo_chassis.http.answers import ETAG, EVERY_ROUTE, Answers, answers_of
from relevo_chassis.http.closing import close_bodies
from relevo_chassis.http.problems import MEDIA_TYPE, ProblemSummary, example_of, slug_of, summary_of, type_of
from relevo_chassis.http.refusals import Refused
from relevo_chassis.http.routes import MOST_BYTES
from relevo_contracts.published import in_words

MOST_NAMED = 3
"""With how many refusals of its own a response is still worth a name."""
TAG_PATTERN = '^"[!#-~]{1,64}"$'
_WRONG_FIELD = {
    "type": "object",
    "description": "One field that is not taken.",
    "required": ["where", "code", "reason"],
    "properties": {
        "where": {"type": "string", "examples": ["body.name"], "description": "part of the request, then the field"},
        "code": {"type": "string", "examples": ["too_short"], "description": "stable; what is wrong with it"},
        "reason": {"type": "string", "examples": ["has fewer than 1 characters"], "description": "for people"},
    },
}
_PROBLEM = {
    "type": "object",
    "description": (
        "RFC 9457. The last part of the type is its name in the catalogue, `GET /problems/{name}`. Further members "
        "name what it is about: ids, days, counts and codes, and never what was sent. Title, detail and reasons are in "
        "the language that Accept-Language prefers of es, en, pt and fr, in English otherwise; nothing else changes."
    ),
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:relevo:problem:not-allowed"]},
        "title": {"type": "string", "description": "the rule that was broken; the same for all of its type"},
        "status": {"type": "integer", "description": "the HTTP status"},
        "detail": {"type": "string", "description": "what was wrong here, and what to do"},
        "because": {"type": "string", "description": "stable; in which way the rule was broken, if there are several"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/WrongField"}},
        "fault_id": {"type": "string", "description": "of a fault of ours, to report it by"},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": (
        "At least 128 random bits, such as a UUID or 32 random hexadecimal digits: 22 visible ASCII characters or "
        "more, at least six of them different. A repeat with the same key and the same request gets the first answer, "
        "byte for byte; with another request it is refused (`once-key-reused`). One that is missing, sent twice or "
        "could be guessed is refused (`no-idempotency-key`). A refusal is not kept: correct the request and send it "
        "again."
    ),
    "schema": {"type": "string", "minLength": 22, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of what you saw; refused (`changed-since`) when another has changed it meanwhile.",
    "schema": {"type": "string", "pattern": TAG_PATTERN},
    "example": '"d41d8cd98f00b204e9800998ecf8427e"',
}
_IF_MATCH_OF_ANY = {
    **_IF_MATCH,
    "required": False,
    "description": "The ETag of what you saw: needed to replace what there is (`no-if-match`, `changed-since`).",
}
_ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "What people wish to read, by weight: es, en, pt or fr. Refusals are told in it too.",
    "schema": {"type": "string"},
    "example": "pt-BR, es;q=0.8",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the copy that you have; 304 when that is still what would be shown.",
    "schema": {"type": "string"},
    "example": '"d41d8cd98f00b204e9800998ecf8427e"',
}
_HEADERS: Mapping[str, Any] = {
    "WWW-Authenticate": {"description": "how to authenticate (RFC 6750)", "schema": {"type": "string"}},
    "Retry-After": {"description": "in so many seconds", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
}


def document(app: FastAPI) -> dict[str, Any]:
    """The application's OpenAPI document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        answers = answers_of(app)
        for each in answers:
            _complete(made["paths"][each.path][each.method.lower()], each)
        components = made.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        kinds = sorted({kind for each in answers for kind in each.kinds}, key=slug_of)
        if clashing := schemas.keys() & {kind.__name__ for kind in kinds}:
            raise ValueError(f"models and refusals of the same name: {', '.join(sorted(clashing))}")
        schemas |= {"Problem": _PROBLEM, "WrongField": _WRONG_FIELD, **{kind.__name__: _schema(kind) for kind in kinds}}
        close_bodies(made)
        _show_examples(made)
        components["responses"] = _shared(made["paths"], answers)
        app.openapi_schema = in_words(made)
    return app.openapi_schema


def _complete(operation: dict[str, Any], answers: Answers) -> None:
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    if answers.tagged and answers.method == "GET":
        responses["304"] = {"description": "What you have is what there is", "headers": dict(ETAG)}
    for status, kinds in answers.refused.items():
        pages = responses.get(str(status), {}).get("content", {})
        refused = _refused(kinds)
        responses[str(status)] = {**refused, "content": {**pages, **refused["content"]}}
    operation["responses"] = dict(sorted(responses.items()))
    parameters = [
        *([_KEY] if answers.asks_for_key else []),
        *([_IF_MATCH] if answers.asks_for_tag else []),
        *([_IF_MATCH_OF_ANY] if answers.accepts_tag else []),
        *([_IF_NONE_MATCH] if answers.tagged and answers.method == "GET" else []),
        _ACCEPT_LANGUAGE,
    ]
    operation["parameters"] = [*operation.get("parameters", []), *parameters]
    operation.pop("x-once", None)
    operation.pop(MOST_BYTES, None)


def _show_examples(document: Mapping[str, Any]) -> None:
    """The example of a body's model stands at the request as well, where tools look for it."""
    for operation in (each for methods in document["paths"].values() for each in methods.values()):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if "examples" not in content and (
                examples := document["components"]["schemas"].get(name, {}).get("examples")
            ):
                content["example"] = examples[0]


def _schema(kind: Refused) -> dict[str, Any]:
    title, status, _, _ = summary_of(kind)
    return {
        "description": title,
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"type": {"const": type_of(kind)}, "status": {"const": status}},
        "examples": [example_of(kind)],
    }


def _refused(kinds: Sequence[Refused]) -> dict[str, Any]:
    refs = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in kinds]
    refused: dict[str, Any] = {
        "description": ", ".join(f"`{slug_of(kind)}`" for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": refs[0] if len(refs) == 1 else {"oneOf": refs}}},
    }
    if headers := _headers(summary_of(kind) for kind in kinds):
        refused["headers"] = headers
    return refused


def _headers(kinds: Iterable[ProblemSummary]) -> dict[str, Any]:
    found = set[str]()
    for each in kinds:
        if each.status == 401:
            found.add("WWW-Authenticate")
        if each.status == 429 or each.retry_after_seconds is not None:
            found.add("Retry-After")
    return {name: _HEADERS[name] for name in sorted(found)}


def _shared(paths: Mapping[str, Mapping[str, Any]], answers: Iterable[Answers]) -> dict[str, Any]:
    """What several routes refuse alike stands once, under its status and what is not refused everywhere."""
    found: dict[str, list[tuple[dict[str, Any], str]]] = {}
    for each in answers:
        responses = paths[each.path][each.method.lower()]["responses"]
        for status, kinds in each.refused.items():
            own = [slug_of(kind) for kind in kinds if kind not in EVERY_ROUTE]
            if len(own) <= MOST_NAMED and responses[str(status)]["content"].keys() == {MEDIA_TYPE}:
                found.setdefault(".".join([str(status), *own]), []).append((responses, str(status)))
    shared = {}
    for name, places in sorted(found.items()):
        if len(places) > 1:
            shared[name] = places[0][0][places[0][1]]
            for responses, at in places:
                responses[at] = {"$ref": f"#/components/responses/{name}"}
    return shared
