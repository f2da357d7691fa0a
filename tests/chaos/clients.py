"""Clients that write down what they are about to do and what they were told, and never give up without saying so."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.chaos.history import Answered, Effect, History, Invoked, Outcome, Repeated
from tests.chaos.stand import Replica, Stand

from relevo_chassis.ids import new_id

TRY_SECONDS = 6.0
LOOK_SECONDS = 2.0
AVOID_SECONDS = 4.0
GIVE_UP_SECONDS = 90.0
PAUSE_SECONDS = (0.05, 0.2, 0.5, 1.0)
_NOT_NOW = (429, 500, 502, 503, 504)

Effects = Callable[[Any], Sequence[Effect]]


@dataclass(frozen=True)
class Answer:
    """What a client was told last; ``status`` 0 means nothing.

    It is in doubt when an attempt before was not answered: that one may still take effect.
    """

    status: int
    body: Any = None
    in_doubt: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Clients:
    """Sends commands to whichever replica comes up, under a once-key each, again and again until it is answered."""

    stand: Stand
    history: History
    chance: random.Random
    give_up_seconds: float = GIVE_UP_SECONDS
    impatient: float = 0.04
    """The share of commands whose client leaves after an attempt that was not answered."""
    repeating: float = 0.05
    """The share of acknowledged commands that are sent once more."""
    http: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(
            timeout=httpx.Timeout(TRY_SECONDS, connect=2),
            trust_env=False,
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=40, keepalive_expiry=5),
        )
    )
    pages: httpx.AsyncHTTPTransport = field(default_factory=httpx.AsyncHTTPTransport)
    """The lines of whoever goes through the portal's pages, each with cookies of their own."""

    _avoided: dict[str, float] = field(default_factory=dict)

    async def close(self) -> None:
        await self.http.aclose()
        await self.pages.aclose()

    async def command(
        self,
        name: str,
        service: str,
        path: str,
        body: Any,
        effects: Sequence[Effect],
        *,
        headers: Mapping[str, str] | None = None,
        promised: Effects | None = None,
        firmly: bool = False,
        early: Collection[int] = (),
        method: str = "POST",
    ) -> Answer:
        """One command to its end. ``promised`` makes the effects more exact from the answer.

        With ``firmly`` it is tried until it is answered, because its effects cannot be told apart without an answer.
        ``early`` are refusals that mean that the service has not heard of something yet: it is tried again.
        """
        key = new_id()
        self.history.add(Invoked(key=key, command=name, at=time.time(), effects=tuple(effects)))
        sent = {"Idempotency-Key": key, **(headers or {})}
        answer, raw = await self._tried(method, service, path, body, sent, firmly, early)
        outcome: Outcome = "ok" if answer.ok else "unknown" if answer.in_doubt else "refused"
        exact = tuple(promised(answer.body)) if promised and answer.ok else None
        self.history.add(
            Answered(key=key, at=time.time(), outcome=outcome, status=answer.status or None, effects=exact)
        )
        if answer.ok and self.chance.random() < self.repeating:
            await self._repeated(method, service, path, body, sent, key, raw)
        return answer

    async def read(self, service: str, path: str, headers: Mapping[str, str]) -> Answer:
        """One look, without any promise."""
        replica = self._replica(service)
        try:
            found = await self.http.get(f"{replica.url}{path}", headers=dict(headers), timeout=LOOK_SECONDS)
        except httpx.HTTPError:
            self._avoid(replica)
            return Answer(0)
        return Answer(found.status_code, found.json() if found.content else None)

    async def _tried(
        self,
        method: str,
        service: str,
        path: str,
        body: Any,
        headers: Mapping[str, str],
        firmly: bool,
        early: Collection[int],
    ) -> tuple[Answer, bytes]:
        """Until it is answered, or the client leaves: the outcome of a request that got no answer is not known."""
        until, tries, in_doubt = time.monotonic() + self.give_up_seconds, 0, False
        while time.monotonic() < until:
            response = await self._sent(method, service, path, body, headers)
            if response is not None and response.status_code in early and time.monotonic() < until - 1:
                await asyncio.sleep(self.chance.uniform(0.1, 0.3) * (1 + min(tries, 10)))
                tries += 1
                continue
            if response is not None and response.status_code not in _NOT_NOW:
                found = response.json() if response.content else None
                return Answer(response.status_code, found, in_doubt and not response.is_success), response.content
            in_doubt = in_doubt or response is None or not _nothing_was_changed(response)
            if in_doubt and not firmly and self.chance.random() < self.impatient:
                break
            await asyncio.sleep(PAUSE_SECONDS[min(tries, len(PAUSE_SECONDS) - 1)] * self.chance.uniform(0.5, 1.5))
            tries += 1
        return Answer(0, in_doubt=True), b""

    async def _sent(
        self, method: str, service: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> httpx.Response | None:
        arguments = {} if body is None else {"json": body}
        replica = self._replica(service)
        try:
            return await self.http.request(method, f"{replica.url}{path}", headers=dict(headers), **arguments)
        except httpx.HTTPError:
            self._avoid(replica)
            return None

    def _replica(self, service: str) -> Replica:
        """Any of them but those that did not answer a moment ago, as a load balancer would have it."""
        now = time.monotonic()
        found = self.stand.replicas[service]
        return self.chance.choice([each for each in found if self._avoided.get(each.name, 0.0) < now] or found)

    def _avoid(self, replica: Replica) -> None:
        self._avoided[replica.name] = time.monotonic() + AVOID_SECONDS

    async def _repeated(
        self, method: str, service: str, path: str, body: Any, headers: Mapping[str, str], key: str, raw: bytes
    ) -> None:
        again, found = await self._tried(method, service, path, body, headers, True, ())
        if again.status:
            self.history.add(Repeated(key=key, same=found == raw))


def _nothing_was_changed(response: httpx.Response) -> bool:
    """Whether the service vouches for it: it was too busy to begin."""
    return response.status_code == 503 and b"urn:relevo:problem:busy" in response.content
