"""Problem details (RFC 9457) for everything that is refused; they name ids and what to do, never what was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from relevo_chassis.delivery.change import Busy, Refusal, Unknown
from relevo_chassis.edge.fields import wrong_fields
from relevo_chassis.edge.keys import KeyServiceAway
from relevo_chassis.edge.tokens import IssuerAway
from relevo_chassis.edge.vault import PersonErased
from relevo_chassis.wrong import FieldsRefused

MEDIA_TYPE = "application/problem+json"

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TITLES = {
    404: "There is nothing here",
    405: "This method is not taken here",
    408: "The request took too long to arrive",
    413: "The body is too large",
    415: "The body is not of a type taken here",
    503: "Try again in a moment",
}


class NotWellFormed(FieldsRefused):
    """The request is not well formed; correct the fields listed under errors."""

    within = ""


def type_of(refusal: type[BaseException]) -> str:
    """The stable type of a broken rule: ``urn:relevo:problem:call-is-closed`` for ``CallIsClosed``."""
    return f"urn:relevo:problem:{_WORD_START.sub('-', refusal.__name__).lower()}"


def title_of(refusal: type[BaseException]) -> str:
    """The first line of the docstring: the rule in one sentence."""
    return (refusal.__doc__ or refusal.__name__).strip().splitlines()[0]


def problem(
    type: str,
    title: str,
    status: int,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """A problem as it goes on the wire, not to be kept by any cache."""
    body = {**(facts or {}), "type": type, "title": title, "status": status}
    if detail is not None:
        body["detail"] = detail
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE)


def of_refusal(refusal: Refusal) -> JSONResponse:
    """The problem of a broken rule."""
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if refusal.status == 401 else {}
    if refusal.retry_after_seconds is not None:
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    kind, facts = type(refusal), dict[str, Any](refusal.facts)
    if isinstance(refusal, FieldsRefused):
        facts["errors"] = refusal.told()
    elif refusal.where:
        code = type_of(kind).rpartition(":")[2].replace("-", "_")
        facts["errors"] = [{"where": refusal.where, "code": code, "reason": title_of(kind)}]
    return problem(type_of(kind), title_of(kind), refusal.status, str(refusal), headers=headers, facts=facts)


def of_status(status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem that an HTTP status alone tells."""
    return problem("about:blank", _TITLES.get(status, "The request is not taken"), status, headers=headers)


def of_fault(fault_id: str) -> JSONResponse:
    """Something broke that is not the caller's fault; the id leads to it in the log."""
    return problem(
        "urn:relevo:problem:fault",
        "Something broke here",
        500,
        f"Repeat the request with the same Idempotency-Key; if it breaks again, report {fault_id}.",
        facts={"fault_id": fault_id},
    )


def install(app: FastAPI) -> None:
    """Answer every refusal of this application with a problem."""

    async def refusal(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refusal)  # noqa: S101 (the framework dispatches by this class)
        return of_refusal(error)

    async def validation(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return of_refusal(NotWellFormed(wrong_fields(error.errors())))

    async def status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        if error.status_code != 405:
            return of_status(error.status_code, error.headers)
        allow = {"Allow": ", ".join(methods_of(request.app, request.scope["path"]))}
        return Response(None, 204, allow) if request.method == "OPTIONS" else of_status(405, allow)

    app.add_exception_handler(Refusal, refusal)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, status)
    app.add_exception_handler(PersonErased, _erased)
    for kind, (title, detail) in _AWAY.items():
        app.add_exception_handler(kind, _away(kind, title, detail))


def methods_of(app: FastAPI, path: str) -> list[str]:
    """Every method that something at this path takes."""
    found = {"OPTIONS"}
    for route in iter_route_contexts(app.routes):
        if route.methods and route.path_regex.match(path):
            found |= route.methods
    return sorted(found | {"HEAD"} if "GET" in found else found)


_AWAY: Mapping[type[Exception], tuple[str, str]] = {
    Busy: ("The service is busy", "Nothing was changed. Repeat the request with the same Idempotency-Key."),
    Unknown: (
        "The outcome is not known yet",
        "It may or may not have taken effect. Repeat the request with the same Idempotency-Key to find out.",
    ),
    KeyServiceAway: ("The key service is away", "Nothing was changed. Repeat the request in a moment."),
    IssuerAway: ("The token issuer is away", "Tokens cannot be checked. Repeat the request in a moment."),
}


async def _erased(_: Request, error: Exception) -> JSONResponse:
    return problem(type_of(PersonErased), "This person was erased", 410, "Nothing about them can be read any more.")


def _away(kind: type[Exception], title: str, detail: str) -> Any:
    async def handle(_: Request, error: Exception) -> JSONResponse:
        return problem(type_of(kind), title, 503, detail, headers={"Retry-After": "1"})

    return handle
