"""Who applies while containers are killed, and who hears of it on the bus: what was answered, and what was told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import nats
from nats.aio.msg import Msg
from tests.composed.place import Place

from relevo_chassis.delivery.cancelling import cancelled
from relevo_chassis.ids import new_id
from relevo_contracts import decode
from relevo_contracts.intake import ApplicationSubmitted

EVERY_SECONDS = 0.25
SUBJECT = "events.intake.application.submitted.v1"
_ANSWERED_WITHIN_SECONDS = 90


@dataclass
class Applied:
    """One application: when it was first sent, when it was acknowledged, and when its event was heard."""

    sent: float
    application_id: str = ""
    acknowledged: float | None = None


@dataclass
class Applicants:
    """All who applied to a call, in the order in which they began."""

    call_id: str
    applied: list[Applied] = field(default_factory=list)
    heard: dict[str, float] = field(default_factory=dict)

    @property
    def acknowledged(self) -> set[str]:
        return {each.application_id for each in self.applied if each.acknowledged is not None}

    def whole(self, since: float) -> float | None:
        """When an application that was sent after ``since`` had been acknowledged and its event heard, if one was."""
        found = [
            max(each.acknowledged, self.heard[each.application_id])
            for each in self.applied
            if each.sent > since and each.acknowledged is not None and each.application_id in self.heard
        ]
        return min(found, default=None)


@asynccontextmanager
async def applying(place: Place, token: str) -> AsyncIterator[Applicants]:
    """Somebody applies every quarter of a second, for as long; whoever was not answered at the end is waited for.

    What is not answered is sent again under its first key. Raises ``TimeoutError`` when somebody is never answered.
    """
    async with httpx.AsyncClient(base_url=place.urls["intake"], timeout=10, trust_env=False) as http:
        applicants = Applicants(await _opened(http, token))
        async with hearing(place, applicants):
            crowd: list[asyncio.Task[None]] = []
            coming = asyncio.create_task(_come(http, applicants, crowd))
            try:
                yield applicants
            finally:
                await cancelled([coming])
            async with asyncio.timeout(_ANSWERED_WITHIN_SECONDS):
                await asyncio.gather(*crowd)


async def _opened(http: httpx.AsyncClient, token: str) -> str:
    form = {
        "edition_id": new_id(), "seats": 30, "opens_at": "2000-01-01T00:00:00Z", "closes_at": "2099-01-01T00:00:00Z",
    }  # fmt: skip
    answer = await http.post("/calls", json=form, headers={**_key(), "Authorization": f"Bearer {token}"})
    return str(answer.raise_for_status().json()["call_id"])


async def _come(http: httpx.AsyncClient, applicants: Applicants, crowd: list[asyncio.Task[None]]) -> None:
    while True:
        crowd.append(asyncio.create_task(_apply(http, applicants, len(crowd))))
        await asyncio.sleep(EVERY_SECONDS)


async def _apply(http: httpx.AsyncClient, applicants: Applicants, number: int) -> None:
    form = {
        "contact": f"ana{number}@mail.invalid", "name": "Ana", "language": "es", "country": "GT",
        "motivation": "Defendemos el río.", "consent": True,
    }  # fmt: skip
    key, one = _key(), Applied(time.monotonic())
    applicants.applied.append(one)
    while one.acknowledged is None:
        try:
            answer = await http.post(f"/calls/{applicants.call_id}/applications", json=form, headers=key)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code in (429, 502, 503, 504):
            await asyncio.sleep(0.2)
            continue
        one.application_id = answer.raise_for_status().json()["application_id"]
        one.acknowledged = time.monotonic()


@asynccontextmanager
async def hearing(place: Place, applicants: Applicants) -> AsyncIterator[None]:
    """The observer hears, and connects anew for as long as it takes."""

    async def note(message: Msg) -> None:
        event = decode(message.headers, message.data, subject=message.subject).event
        assert isinstance(event, ApplicationSubmitted)
        applicants.heard.setdefault(event.application_id, time.monotonic())

    bus = await nats.connect(
        place.nats_url, user_credentials=str(place.secret("observer", "nats.creds")), tls=place.trust,
        inbox_prefix=b"_INBOX_observer", reconnect_time_wait=0.1, max_reconnect_attempts=-1, connect_timeout=2,
        error_cb=_quietly,
    )  # fmt: skip
    async with bus:
        await bus.subscribe(SUBJECT, cb=note)
        await bus.flush()
        yield


async def _quietly(_: Exception) -> None:
    """The bus is killed here on purpose."""


def _key() -> dict[str, str]:
    return {"Idempotency-Key": new_id()}
