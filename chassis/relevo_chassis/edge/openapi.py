"""The OpenAPI document as it is: problems instead of the framework's errors, and the Idempotency-Key."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi

from relevo_chassis.edge.once import idempotency_key
from relevo_chassis.edge.problems import MEDIA_TYPE

NOT_ONCE = {"x-once": False}
"""``openapi_extra`` of a POST that changes nothing and so needs no Idempotency-Key."""

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457; further members name what it is about, by id",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:relevo:problem:not-allowed"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "At least 128 random bits; a repeat with the same key and body gets the first answer.",
    "schema": {"type": "string", "minLength": 22, "maxLength": 255},
    "example": "0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012",
}
_REFUSED = {
    "description": "What was refused, and what to do",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


async def once_required(request: Request) -> None:
    """A dependency of every route: a POST needs a fit Idempotency-Key, unless its route is ``NOT_ONCE``."""
    if request.method != "POST":
        return
    taken = request.scope.get("fastapi", {}).get("effective_route_context") or request.scope["route"]
    if (getattr(taken, "openapi_extra", None) or {}).get("x-once") is not False:
        idempotency_key(request)


def document(app: FastAPI) -> dict[str, Any]:
    """The application's OpenAPI document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        for methods in made["paths"].values():
            for method, operation in methods.items():
                _complete(method, operation)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        schemas["Problem"] = _PROBLEM
        app.openapi_schema = made
    return app.openapi_schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    if "HTTPValidationError" in str(responses.get("422")):
        responses["422"] = {**_REFUSED, "description": "The request is not well formed"}
    responses["default"] = _REFUSED
    if method == "post" and operation.pop("x-once", True):
        operation.setdefault("parameters", []).append(_KEY)
