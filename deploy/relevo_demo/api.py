"""The four services and the desk over HTTP: what any portal could do, and nothing else."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import httpx

from relevo_contracts import SERVICES
from relevo_deploy.embedded.desk_client import Desk, DeskRefused

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 32
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, *[4.0] * 9)
"""About 40 s in all: a killed service is back by then, and what its last transaction held is free again."""
_AGAIN = frozenset({429, 502, 503, 504})
_TOKEN_SECONDS = 6 * 3600


class Sent(NamedTuple):
    """A body that is not JSON."""

    media: str
    content: bytes


class Misbehaved(RuntimeError):
    """A service did not do what the story needs. The text says which call, what came back and where the log is."""


class Api:
    """Calls with bounded concurrency. What a service cannot answer now is repeated under the same Idempotency-Key."""

    def __init__(self, urls: Mapping[str, str], desk: Desk, logs: str) -> None:
        self.urls, self.desk = urls, desk
        self.requests = self.repeats = 0
        self._logs = logs
        self._tokens: dict[tuple[str, ...], str] = {}
        self._came_in: dict[str, CameIn] = {}
        limits = httpx.Limits(max_connections=AT_ONCE + 8, max_keepalive_connections=AT_ONCE + 8, keepalive_expiry=30)
        self._client = httpx.AsyncClient(timeout=60, trust_env=False, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def token(self, subject: str, *roles: str) -> str:
        """An access token of staff for all services, asked for once."""
        key = (subject, *roles)
        if key not in self._tokens:
            self._tokens[key] = await self.desk.token(subject, roles, SERVICES, lifetime_seconds=_TOKEN_SECONDS)
        return self._tokens[key]

    async def came_in(self, receipt: str) -> CameIn:
        """Whoever holds a receipt code, in a session at intake."""
        if receipt not in self._came_in:
            opened = await self.call("POST", "intake", "/sessions", receipt=receipt)
            self._came_in[receipt] = CameIn(self, opened.json()["handle"])
        return self._came_in[receipt]

    async def get(self, service: str, path: str, **how: Any) -> Any:
        return (await self.call("GET", service, path, **how)).json()

    async def post(self, service: str, path: str, body: Any = None, **how: Any) -> Any:
        answer = await self.call("POST", service, path, body, **how)
        return answer.json() if answer.content else None

    async def put(self, service: str, path: str, body: Any, **how: Any) -> Any:
        answer = await self.call("PUT", service, path, body, **how)
        return answer.json() if answer.content else None

    async def every(self, service: str, path: str, token: str | CameIn, **params: Any) -> AsyncIterator[Any]:
        """All items of a paged list."""
        after: str | None = None
        while True:
            asked = {**params, "limit": 200, **({"after": after} if after else {})}
            page = await self.get(service, path, token=token, params=asked)
            for item in page["items"]:
                yield item
            if (after := page["next"]) is None:
                return

    async def call(
        self,
        method: str,
        service: str,
        path: str,
        body: Any = None,
        *,
        token: str | CameIn | None = None,
        receipt: str | None = None,
        session: str | None = None,
        if_match: str | None = None,
        accept: str | None = None,
        params: Mapping[str, Any] | None = None,
        expected: Iterable[int] = (200, 201, 204),
    ) -> httpx.Response:
        """One call. Raises ``Misbehaved`` for any answer that is not expected."""
        bearer = await token.token(service) if isinstance(token, CameIn) else token
        headers = _headers(method, bearer, receipt, session, if_match) | ({"Accept": accept} if accept else {})
        body_of: dict[str, Any] = {"json": body}
        if isinstance(body, Sent):
            headers["Content-Type"], body_of = body.media, {"content": body.content}
        url = self.urls[service] + path
        for pause in (*_PAUSES, None):
            self.requests += 1
            try:
                answer = await self._client.request(method, url, **body_of, headers=headers, params=params)
            except httpx.TransportError as away:
                if pause is None:
                    raise Misbehaved(
                        f"{method} {service}{path}: {type(away).__name__}; see {self._logs}/{service}.log"
                    ) from None
            else:
                if answer.status_code not in _AGAIN or pause is None:
                    return self._expected(answer, service, expected)
            self.repeats += 1
            await asyncio.sleep(pause)
        raise AssertionError("the last round returns or raises")

    def _expected(self, answer: httpx.Response, service: str, expected: Iterable[int]) -> httpx.Response:
        if answer.status_code in expected:
            return answer
        request = answer.request
        raise Misbehaved(
            f"{request.method} {service}{request.url.path} answered {answer.status_code}: {answer.text[:600]}"
            f"; see {self._logs}/{service}.log"
        )


async def together(
    items: Sequence[T],
    do: Callable[[T], Awaitable[R]],
    advance: Callable[[], None] = lambda: None,
    at_once: int = AT_ONCE,
) -> list[R]:
    """Do it for all, so many at once, answers in the order of the items; the first that fails ends all."""
    waiting = iter(enumerate(items))
    answers: dict[int, R] = {}

    async def work() -> None:
        for at, item in waiting:
            answers[at] = await do(item)
            advance()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(work())
    except* Misbehaved as several:
        raise several.exceptions[0] from None
    return [answers[at] for at in range(len(items))]


async def until(what: str, check: Callable[[], Awaitable[Any]], within_seconds: float = 180) -> Any:
    """Ask until the answer is true, and return it. Raises ``Misbehaved`` when it takes too long."""
    began = time.monotonic()
    pause = 0.05
    while not (found := await check()):
        if time.monotonic() - began > within_seconds:
            raise Misbehaved(f"{what} did not come about within {within_seconds:.0f} s")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.3)
    return found


async def move_clock(desk: Desk, to: datetime) -> datetime:
    """Move domain time on; where it is later already, it stays."""
    try:
        return await desk.move_clock(to)
    except DeskRefused:
        return await desk.now()


class CameIn:
    """Somebody in a session at intake: gives a token for each service, renewed before it ends."""

    def __init__(self, api: Api, handle: str) -> None:
        self._api, self._handle = api, handle
        self._tokens: dict[str, tuple[str, float]] = {}

    async def token(self, service: str) -> str:
        token, until = self._tokens.get(service, ("", 0.0))
        if time.monotonic() >= until:
            asked = {"audience": service}
            issued = (await self._api.call("POST", "intake", "/sessions/token", asked, session=self._handle)).json()
            token, until = issued["access_token"], time.monotonic() + issued["expires_in"] / 2
            self._tokens[service] = token, until
        return token


def _headers(
    method: str, token: str | None, receipt: str | None, session: str | None, if_match: str | None
) -> dict[str, str]:
    headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if receipt:
        headers["Relevo-Receipt"] = receipt
    if session:
        headers["Relevo-Session"] = session
    if if_match:
        headers["If-Match"] = if_match
    return headers
