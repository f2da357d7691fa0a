"""Erasures, done again by a service whose store was restored from a backup that is older than they are.

Who was erased is kept by the store itself, which a restore takes back, and by the stream ``ERASURES``, by id, which no
restore of a database touches. Every start reads that stream before the service is ready and before anything goes on
by itself in it. What took effect before is passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from relevo_chassis.delivery.change import Commits, Kind, Source
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.group import Parked
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.stream import messages
from relevo_chassis.people.vault import KEYS, SEALED, Vault, all_of
from relevo_contracts import Envelope, Unreadable, decode

STREAM = "ERASURES"
BATCH = 250
_AT_A_TIME = 1_000


class Erasing(Protocol):
    """What is needed to erase somebody again; a ``Shell`` has it."""

    @property
    def store(self) -> Store: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def committer(self) -> Commits: ...


EraseAgain = Callable[[Erasing, Sequence[Envelope]], Awaitable[None]]
"""What a service does about some erasures, of which its store may know nothing. Bears being done twice."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Whom a service's own store knows to be erased: the states of a kind that match ``where``.

    ``person_id`` is the field of the state that says who it is. ``also`` are collections besides the vault whose rows
    of theirs go too.
    """

    kind: Kind[Any]
    where: Mapping[str, Any]
    person_id: str
    also: Sequence[str] = ()

    async def among(self, store: Store, person_ids: Sequence[str]) -> set[str]:
        """Those of these people whom it knows to be erased."""
        known = await store.select(self.kind, {**self.where, self.person_id: {"$in": list(person_ids)}})
        return {getattr(each, self.person_id) for each in known}

    async def destroy_again(self, store: Store) -> int:
        """Destroy their keys again, should older ones have been restored. Returns how many states were found."""
        known = await store.select(self.kind, self.where)
        return await destroy_again(store, (getattr(each, self.person_id) for each in known), *self.also)


log = structlog.get_logger(__name__)


async def catch_up(shell: Erasing, erase_again: EraseAgain, client: Client) -> None:
    """Give a service every erasure there was, in their order, some at a time.

    Raises ``StreamUnread``, ``Busy`` or ``Unknown``, and bears being repeated.
    """
    envelopes = await every_erasure(client)
    for start in range(0, len(envelopes), BATCH):
        await erase_again(shell, envelopes[start : start + BATCH])


def in_turn(*each: EraseAgain) -> EraseAgain:
    """One after the other, of the same erasures."""

    async def erase_again(shell: Erasing, envelopes: Sequence[Envelope]) -> None:
        for one in each:
            await one(shell, envelopes)

    return erase_again


async def every_erasure(client: Client) -> list[Envelope]:
    """All that the stream holds, in its order. Raises ``StreamUnread``.

    What cannot be read here (a version that is published beside the one that this service knows) is passed over and
    logged.
    """
    return [envelope async for message in messages(client, STREAM) if (envelope := _read(message))]


def as_delivered(subscriptions: Sequence[Subscription]) -> EraseAgain:
    """By the handlers of these durables, under the positions that the events have there, as if delivered again."""

    async def erase_again(shell: Erasing, envelopes: Sequence[Envelope]) -> None:
        handled = [
            _handled(shell.committer, subscription, envelope)
            for envelope in envelopes
            for subscription in subscriptions
            if type(envelope.event) in subscription.handlers
        ]
        outcomes = await asyncio.gather(*handled, return_exceptions=True)
        if failures := [outcome for outcome in outcomes if isinstance(outcome, BaseException)]:
            raise failures[0]

    return erase_again


async def destroy_again(store: Store, person_ids: Iterable[str], *also: str) -> int:
    """Destroy the keys of these people, all that was sealed under them, and their rows in other collections.

    Returns how many people there were.
    """
    people = sorted(set(person_ids))
    for start in range(0, len(people), _AT_A_TIME):
        some = {"$in": people[start : start + _AT_A_TIME]}
        theirs = {"$or": [all_of(each) for each in people[start : start + _AT_A_TIME]]}
        await store.remove_rows(KEYS, theirs)
        await store.remove_rows(SEALED, theirs)
        for collection in also:
            await store.remove_rows(collection, {"person_id": some})
    return len(people)


def _read(message: Msg) -> Envelope | None:
    headers = message.headers or {}
    try:
        return decode(headers, message.data, subject=headers["Nats-Subject"])
    except Unreadable as unreadable:
        log.warning("erasure_unreadable", event_id=headers.get("ce-id"), code=unreadable.code)
        return None


async def _handled(commits: Commits, subscription: Subscription, envelope: Envelope) -> None:
    event = envelope.event
    change = subscription.handlers[type(event)](event, envelope)
    if change is None:
        return
    source = Source(subscription.durable, event.aggregate, event.aggregate_id, envelope.sequence)
    try:
        await commits.commit(replace(change, source=source))
    except Parked:
        log.error("erasure_parked", event_id=envelope.id, durable=subscription.durable)
