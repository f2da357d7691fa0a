"""What a route may answer: with success, by media type, and with every refusal there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from relevo_chassis.delivery.change import Busy, OnceKeyReused, Unknown
from relevo_chassis.http import body, guard, wire
from relevo_chassis.http.etag import if_match, if_match_of_any
from relevo_chassis.http.once import NoIdempotencyKey
from relevo_chassis.http.problems import Fault, NotWellFormed, summary_of
from relevo_chassis.http.refusals import Refused, refused_by
from relevo_chassis.http.routes import Route, every_dependency
from relevo_chassis.people.keys import KeyServiceAway
from relevo_chassis.people.vault import NoLongerKept, PersonErased

EVERY_ROUTE: Final[tuple[Refused, ...]] = (
    *(wire.NotHttp, wire.HeadTooLarge, wire.LineTooLong, wire.HeadTooSlow, wire.Full),
    *(guard.NoHost, guard.AmbiguousRequest, body.BodyTooLarge, body.BodyTypeNotTaken, body.EncodingNotTaken),
    *(body.BodyTooSlow, body.BodyBrokeOff, body.NotSoundJson, NotWellFormed),
    *(Busy, Unknown, KeyServiceAway, Fault),
)
"""What may be refused before or behind every route."""

ETAG: Final = {
    "ETag": {
        "description": "of what is shown; If-None-Match asks for another alone, If-Match changes this one alone",
        "schema": {"type": "string", "pattern": '^"[!#-~]{1,64}"$'},
    }
}


def sends(*media: str, status: int = 200, tag: bool = False) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route: media types beside that of its ``response_class``, and whether there is an ETag."""
    content = {each: dict[str, Any]() for each in media}
    return {status: {**({"content": content} if media else {}), **({"headers": ETAG} if tag else {})}}


@dataclass(frozen=True, slots=True)
class Answers:
    """What one operation may answer."""

    method: str
    path: str
    asks_for_key: bool
    asks_for_tag: bool
    """Whether If-Match is required."""
    accepts_tag: bool
    """Whether If-Match is required of what there is already, and not of what is new."""
    media: Mapping[int, frozenset[str]]
    """Statuses of success with their media types."""
    tagged: frozenset[int]
    """Statuses of success whose answer has an ETag."""
    refused: Mapping[int, tuple[Refused, ...]]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def kinds(self) -> Iterator[Refused]:
        """Every refusal."""
        for kinds in self.refused.values():
            yield from kinds


def answers_of(app: FastAPI) -> list[Answers]:
    """Of every operation that is documented, by the path and method that the document has it under."""
    return [
        _answers(context, method)
        for context in iter_route_contexts(app.routes)
        if getattr(context, "include_in_schema", False) and isinstance(context.original_route, APIRoute)
        for method in sorted(context.methods or ())
    ]


def _answers(context: RouteContext, method: str) -> Answers:
    route = context.original_route
    functions = [each.call for each in every_dependency(context.dependant)]
    key = isinstance(route, Route) and route.needs_key
    kinds = [*EVERY_ROUTE, *((NoIdempotencyKey, OnceKeyReused) if key else ())]
    for each in functions:
        kinds += refused_by(each)
    if PersonErased in kinds:
        kinds.append(NoLongerKept)  # where all of a person can have ended, a part of it can
    responses: Mapping[int | str, Mapping[str, Any]] = context.responses
    return Answers(
        method=method,
        path=context.path_format or "",
        asks_for_key=key,
        asks_for_tag=if_match in functions,
        accepts_tag=if_match_of_any in functions,
        media=_media_of(context, responses),
        tagged=frozenset(int(status) for status, each in responses.items() if "ETag" in each.get("headers", {})),
        refused=by_status(kinds),
    )


def by_status(kinds: Iterable[Refused]) -> dict[int, tuple[Refused, ...]]:
    """Each once, in the order of their statuses and names."""
    found: dict[int, list[Refused]] = {}
    for kind in sorted(set(kinds), key=lambda each: (summary_of(each).status, each.__name__)):
        found.setdefault(summary_of(kind).status, []).append(kind)
    return {status: tuple(each) for status, each in found.items()}


def _media_of(context: RouteContext, responses: Mapping[int | str, Mapping[str, Any]]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for status, each in responses.items():
        found[int(status)] = {*each.get("content", ()), *(["application/json"] if "model" in each else [])}
    usual: Any = context.response_class
    media = getattr(getattr(usual, "value", usual), "media_type", None)
    status = context.status_code or 200
    found.setdefault(status, set())
    if media is not None and status != 204:
        found[status].add(media)
    return {status: frozenset(each) for status, each in found.items()}
