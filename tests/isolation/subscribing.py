"""Webhooks in memory: a subscription that is sent events, with one on its way and one that was parked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import relevo_webhooks.consumers
import relevo_webhooks.http
import relevo_webhooks.main
from relevo_certification.press import Press
from relevo_contracts import Requirements, derived_id
from relevo_contracts.intake import CallOpened
from relevo_testkit.routes import Actor, World, staffed
from relevo_testkit.stand import stand
from relevo_webhooks.domain.delivery import Try, delivery_id_of
from relevo_webhooks.equipment import Equipment
from relevo_webhooks.sending.endpoint import Answer
from relevo_webhooks.sending.message import Message
from relevo_webhooks.store import DELIVERIES

AT = datetime(2019, 9, 1, tzinfo=UTC)
ROLES = ("coordinator", "reviewer", "faculty", "expert", "travel", "service", "operator")
FORM = {"partner": "Observatory", "url": "https://observatory.org/relevo"}


async def echo(url: str, message: Message) -> Answer:
    """An endpoint that wants whatever it is sent."""
    challenge = json.loads(message.body).get("challenge", "")
    return Answer(Try(outcome="answered", status=200), challenge.encode())


def opened(name: str) -> CallOpened:
    return CallOpened(
        call_id=derived_id(name),
        edition_id=derived_id("edition", name),
        seats=30,
        travel_grants=5,
        opens_at=AT,
        closes_at=AT + timedelta(days=30),
        requirements=Requirements(),
    )


@asynccontextmanager
async def webhooks(_: Press) -> AsyncIterator[World]:
    """With callers of every role, and an operator whose subscription it is."""
    async with stand(relevo_webhooks.http.ROUTERS, AT, texts="relevo_webhooks", equipment=Equipment(echo)) as at:
        service = relevo_webhooks.main.SERVICE
        await at.store.prepare(service.collections, service.indexes)
        world = staffed("webhooks", at, ROLES, asked_by="certification")
        operator = world.actor("operator")
        added = await world.made("POST", "/subscriptions", FORM, operator.headers)
        path = added.headers["location"]
        await world.made("POST", f"{path}/check", headers=operator.headers)
        await world.publish(relevo_webhooks.consumers.SUBSCRIPTIONS, opened("one"), opened("two"))
        subscription_id = path.rpartition("/")[2]
        parked = min(at.store.collections[DELIVERIES].values(), key=lambda each: str(each["number"]))
        await at.store.update_rows(DELIVERIES, {"_id": parked["_id"]}, {"state": "parked"})
        assert parked["_id"] == delivery_id_of(subscription_id, parked["event_id"])
        own = {"subscription_id": subscription_id, "delivery_id": parked["_id"]}
        operator.own |= own
        world.actor("coordinator").own |= own
        world.actors.append(Actor("anybody", {}))
        yield world
