"""Holds every answer that a test gets to what is documented of its route."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from relevo_chassis.http.answers import Answers
from relevo_chassis.http.problems import MEDIA_TYPE, type_of
from relevo_chassis.service.requests import route_of


class Undocumented(AssertionError):
    """An answer was given that the OpenAPI document does not tell of."""


class Documented(httpx.ASGITransport):
    """Asks the application in memory. An answer that its route is not said to give fails the test: a status, a media
    type, a tag, or a type of refusal (``refuses``, ``shown``)."""

    def __init__(self, app: FastAPI, answers: Mapping[tuple[str, str], Answers]) -> None:
        super().__init__(app=app, raise_app_exceptions=False)
        self._app, self._answers = app, answers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        scopes: list[Scope] = []

        async def noting(scope: Scope, receive: Receive, send: Send) -> None:
            scopes.append(scope)
            await self._app(scope, receive, send)

        response = await httpx.ASGITransport(noting, raise_app_exceptions=False).handle_async_request(request)
        await response.aread()
        method = "GET" if request.method == "HEAD" else request.method
        if scopes and (answers := self._answers.get((method, route_of(scopes[0])))) is not None:
            if fault := undocumented(answers, response):
                raise Undocumented(f"{answers.name}: {fault}")
        return response


def undocumented(answers: Answers, response: httpx.Response) -> str | None:
    """What of an answer is not documented."""
    status, media = response.status_code, response.headers.get("content-type", "").partition(";")[0]
    if media == MEDIA_TYPE and response.content:
        refusal = response.json()["type"]
        known = {type_of(kind) for kind in answers.refused.get(status, ())}
        return None if refusal in known else f"refuses {refusal} ({status}) and does not say so: add it to @refuses(…)"
    if media == MEDIA_TYPE or status == 405:  # of HEAD, whose GET is looked at, or of no operation
        return None
    if status == 304:
        return None if answers.tagged else "304, and no ETag is documented"
    if status not in answers.media:
        return f"answers {status}; documented are {sorted(answers.media)}"
    if response.content and media not in answers.media[status]:
        return f"answers {media}; documented are {sorted(answers.media[status])}"
    if "etag" in response.headers and status not in answers.tagged:
        return "answers an ETag that is not documented: responses=sends(tag=True)"
    return None
