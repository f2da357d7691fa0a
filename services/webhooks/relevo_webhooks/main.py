"""Webhooks, wired: what it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.metadata import version

from relevo_chassis.delivery.change import Busy, Refusal, Unknown
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.given.remarks import Remark
from relevo_chassis.given.shell import Shell
from relevo_chassis.ids import new_id
from relevo_chassis.service.made_of import Service
from relevo_webhooks.commands.deliveries import forget_removed
from relevo_webhooks.commands.subscriptions import PauseSubscription, by_the_service, pause_subscription
from relevo_webhooks.consumers import SUBSCRIPTIONS
from relevo_webhooks.equipment import equip, office_of
from relevo_webhooks.http import ROUTERS
from relevo_webhooks.measures import MEASURES, remarks
from relevo_webhooks.sending.sender import Sender
from relevo_webhooks.store import COLLECTIONS, INDEXES, KINDS, ROWS

TIDY_SECONDS = 60.0


async def send(shell: Shell) -> None:
    """Send what waits, for as long as the service runs."""
    office = office_of(shell)

    async def pause(subscription_id: str) -> None:
        """The endpoint said that it is gone for good."""
        command = PauseSubscription(subscription_id, "gone")
        try:
            await pause_subscription(office, command, by_the_service(shell.clock.now()))
        except (Refusal, Busy, Unknown) as why:
            shell.log.warning("subscription_not_paused", reason=type(why).__name__)

    sender = Sender(office.store, office.key, office.post, pause, now=office.now)
    await sender.run(Lease(shell.store, "sender", new_id()))


async def tidy(shell: Shell) -> None:
    """Remove what removed subscriptions left, again and again."""
    office, lease = office_of(shell), Lease(shell.store, "tidy", new_id())
    while True:
        try:
            if await lease.acquire():
                await forget_removed(office)
        except Busy as away:
            shell.log.warning("store_away", reason=str(away))
        await asyncio.sleep(TIDY_SECONDS)


async def remarked(shell: Shell) -> Sequence[Remark]:
    """What operators are told of what does not arrive."""
    return await remarks(shell.store)


SERVICE = Service(
    title="Relevo webhooks",
    texts="relevo_webhooks",
    version=version("relevo-webhooks"),
    routers=ROUTERS,
    kinds=KINDS,
    collections=COLLECTIONS,
    rows=ROWS,
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    equip=equip,
    background=(send, tidy),
    remarks=remarked,
    measures=MEASURES,
)
