"""The OpenAPI document as it is: problems instead of the framework's errors, and the Idempotency-Key."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from relevo_chassis.edge.problems import MEDIA_TYPE

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
