"""Routes: what is asked of a request before its function sees it, in this order.

Who calls comes first, so that nobody without a token has a body read or is told what else is missing. Then the
Idempotency-Key and If-Match, then the body as a whole, then its fields and the parameters, read strictly.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase

from relevo_chassis.http.body import JSON, sound
from relevo_chassis.http.etag import if_match
from relevo_chassis.http.fields import NoBody, StrictBody, StrictTexts
from relevo_chassis.http.once import idempotency_key

NOT_ONCE = {"x-once": False}
"""``openapi_extra`` of a POST that changes nothing, or nothing more when repeated: it needs no Idempotency-Key."""

MOST_BYTES = "x-most-bytes"

Credential = Callable[[Request], Awaitable[Any]]


class Route(APIRoute):
    """A route of a service."""

    @property
    def needs_key(self) -> bool:
        """Whether it takes effect once per Idempotency-Key."""
        return self.methods == {"POST"} and (self.openapi_extra or {}).get("x-once") is not False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        credentials = tuple(_credentials(self.dependant))
        is_once = self.needs_key
        dependencies = tuple(every_dependency(self.dependant))
        needs_tag = any(each.call is if_match for each in dependencies)
        query = StrictTexts(
            "query",
            (field for each in dependencies for field in each.query_params),
            others=self.is_shared and not credentials,
        )
        path = StrictTexts("path", (field for each in dependencies for field in each.path_params), others=True)
        body = StrictBody(self.body_field) if self.body_field else NoBody()
        own_bodies = self.own_bodies

        async def handle(request: Request) -> Response:
            for credential in credentials:
                await credential(request)
            request.state.is_once = is_once
            if is_once:
                idempotency_key(request)
            if needs_tag:
                await if_match(request)
            read = await sound(request, own_bodies or request.app.state.bodies)
            errors = [*path.wrong(request.path_params), *query.in_query(request), *body.wrong(read)]
            if errors:
                raise RequestValidationError(errors)
            return await inner(read or request)

        return handle

    @property
    def own_bodies(self) -> Mapping[str, int]:
        """The media types of its body with their largest size, where they are its own; none elsewhere."""
        extra = self.openapi_extra or {}
        return dict.fromkeys(extra["requestBody"]["content"], extra[MOST_BYTES]) if MOST_BYTES in extra else {}

    @property
    def is_shared(self) -> bool:
        """Whether it answers anything but JSON: pages, calendars and papers, whose addresses people pass on."""
        media = {getattr(self.response_class, "media_type", JSON), *self.responses.get(200, {}).get("content", ())}
        return media != {JSON}


class Routes(APIRouter):
    """The routes of one room of a service."""

    def __init__(
        self, *, prefix: str = "", tags: Sequence[str | Enum] | None = None, include_in_schema: bool = True
    ) -> None:
        super().__init__(
            prefix=prefix,
            tags=list(tags or ()),
            include_in_schema=include_in_schema,
            route_class=Route,
            redirect_slashes=False,
        )


def accepts(most_bytes: int, *media: str) -> dict[str, Any]:
    """``openapi_extra`` of a route whose body is of one of these media types, at most so large, and nothing else."""
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in media}
    described = f"at most {most_bytes:,} bytes"
    return {"requestBody": {"required": True, "description": described, "content": content}, MOST_BYTES: most_bytes}


def is_once(request: Request) -> bool:
    """Whether the request's route does what it is asked to once for its Idempotency-Key."""
    return bool(request.state.is_once)


def every_dependency(dependant: Dependant) -> Iterator[Dependant]:
    """A dependency with all that it depends on."""
    yield dependant
    for each in dependant.dependencies:
        yield from every_dependency(each)


def _credentials(dependant: Dependant) -> Iterator[Credential]:
    """Those dependencies, at whatever depth, that judge what a security scheme found in the headers."""
    for each in dependant.dependencies:
        schemes = {one.name: scheme for one in each.dependencies if (scheme := _scheme(one)) is not None}
        if schemes:
            yield _credential(each, schemes)
        else:
            yield from _credentials(each)


def _scheme(dependant: Dependant) -> Any | None:
    scheme: object = dependant.call
    return scheme if isinstance(scheme, SecurityBase) else None


def _credential(dependant: Dependant, schemes: dict[str | None, Any]) -> Credential:
    judge: Any = dependant.call

    async def credential(request: Request) -> None:
        arguments: dict[str, Any] = {str(name): await scheme(request) for name, scheme in schemes.items()}
        if dependant.request_param_name is not None:
            arguments[dependant.request_param_name] = request
        await judge(**arguments)

    return credential
