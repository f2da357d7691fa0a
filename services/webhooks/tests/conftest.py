"""Webhooks in memory, with an endpoint that answers as a test wants."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest

from relevo_chassis.delivery.change import unrepeated
from relevo_chassis.delivery.store import Store
from relevo_contracts import Envelope, Event, Requirements, derived_id
from relevo_contracts.intake import CallClosed, CallOpened
from relevo_testkit.stand import Stand, stand
from relevo_webhooks.commands.subscriptions import PauseSubscription, by_the_service, pause_subscription
from relevo_webhooks.consumers import on_public_event
from relevo_webhooks.domain.delivery import Try
from relevo_webhooks.equipment import Equipment, office_of
from relevo_webhooks.http import ROUTERS
from relevo_webhooks.main import SERVICE
from relevo_webhooks.sending.endpoint import Answer
from relevo_webhooks.sending.message import CHECK, Message
from relevo_webhooks.sending.sender import Sender, process_time
from relevo_webhooks.store import DELIVERIES

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
FORM = {"partner": "Observatory", "url": "https://observatory.org/relevo"}


@dataclass
class FakeEndpoint:
    """An endpoint that has each effect once, by its webhook-id, and remembers what came."""

    answer: Callable[[str, Message], Try | None] = lambda url, message: None
    echoes: bool = True
    received: list[tuple[str, Message]] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)

    async def post(self, url: str, message: Message) -> Answer:
        self.received.append((url, message))
        document = json.loads(message.body)
        if document.get("type") == CHECK:
            tried = self.answer(url, message) or Try(outcome="answered", status=200)
            return Answer(tried, document["challenge"].encode() if self.echoes else b"ok")
        tried = self.answer(url, message) or Try(outcome="answered", status=204)
        id = message.headers["webhook-id"]
        if tried.is_delivered and id not in self.effects:
            self.effects.append(id)
        return Answer(tried)

    @property
    def ids(self) -> list[str]:
        """The ids of events in the order in which they came, repetitions among them."""
        return [each.headers["webhook-id"] for _, each in self.received if b"challenge" not in each.body]


class Bridge:
    """The routes with an operator in front of them, and the sender, at an instant that a test moves."""

    def __init__(self, stand: Stand, endpoint: FakeEndpoint) -> None:
        self.stand, self.endpoint, self.later = stand, endpoint, timedelta()
        self.operator = stand.tokens.bearer("operator-1", "operator")

    @property
    def now(self) -> datetime:
        """Process time, so much later as a test has waited."""
        return process_time() + self.later

    async def post(self, path: str, content: Any = None, **options: Any) -> httpx.Response:
        return await self.stand.post(path, content, headers=self.operator, **options)

    async def get(self, path: str) -> Any:
        answer = await self.stand.http.get(path, headers=self.operator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def add(self, **fields: Any) -> tuple[str, str]:
        """A subscription that was not checked: its path and its secret."""
        added = await self.post("/subscriptions", {**FORM, **fields})
        assert added.status_code == 201, added.text
        return added.headers["location"], added.json()["secret"]

    async def active(self, **fields: Any) -> str:
        """The path of a subscription that is sent events."""
        path, _ = await self.add(**fields)
        checked = await self.post(f"{path}/check")
        assert checked.status_code == 200, checked.text
        return path

    async def publish(self, event: Event, sequence: int = 1) -> str:
        """As a durable brings it; returns its id."""
        id = derived_id(type(event).__name__, event.aggregate_id, sequence)
        envelope = Envelope(id=id, sequence=sequence, time=AT, cause_id=id, chain_id=id, event=event)
        await self.stand.shell.committer.commit(on_public_event(event, envelope))
        return id

    async def opened(self, name: str = "call", sequence: int = 1) -> str:
        return await self.publish(
            CallOpened(
                call_id=derived_id(name),
                edition_id=derived_id("edition"),
                seats=30,
                opens_at=AT,
                closes_at=AT + timedelta(days=30),
                travel_grants=5,
                requirements=Requirements(),
            ),
            sequence,
        )

    async def closed(self, name: str = "call", sequence: int = 2) -> str:
        return await self.publish(
            CallClosed(
                call_id=derived_id(name),
                edition_id=derived_id("edition"),
                closed_at=AT,
                applications=120,
                closed_by="plan",
            ),
            sequence,
        )

    def sender(self) -> Sender:
        """One that has nothing in hand, as after a start."""
        office = office_of(self.stand.shell)

        async def pause(id: str) -> None:
            unrepeated(await pause_subscription(office, PauseSubscription(id, "gone"), by_the_service(AT)))

        store = cast(Store, self.stand.store)
        return Sender(store, office.key, self.endpoint.post, pause, now=lambda: self.now, draw=lambda: 0.5)

    async def send(self, **later: float) -> None:
        """Send what is due, so much later."""
        self.later += timedelta(**later)
        await self.sender().send_due()

    def rows(self, state: str) -> list[dict[str, Any]]:
        found = [each for each in self.stand.store.collections[DELIVERIES].values() if each["state"] == state]
        return sorted(found, key=lambda each: each["number"])


@pytest.fixture
async def bridge() -> AsyncIterator[Bridge]:
    endpoint = FakeEndpoint()
    made: list[Bridge] = []
    equipment = Equipment(endpoint.post, now=lambda: made[0].now)
    async with stand(ROUTERS, AT, texts="relevo_webhooks", equipment=equipment) as standing:
        await standing.store.prepare(SERVICE.collections, SERVICE.indexes)
        made.append(Bridge(standing, endpoint))
        yield made[0]
