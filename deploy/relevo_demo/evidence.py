"""What an auditor reads after the run: the streams as NATS keeps them, and every document of every store.

Read as the operator of NATS and the administrator of MongoDB, beside the services and without asking them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import nats
from nats.aio.client import Client
from nats.errors import TimeoutError as NothingMore
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from relevo_chassis.delivery.digest import digest_of
from relevo_chassis.delivery.store import Store
from relevo_contracts import SERVICES, Unreadable, decode_head, stream_of
from relevo_contracts.topology import Durable, read_topology
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.embedded.place import Place
from relevo_deploy.topology.files import default_folder
from relevo_servers import LOOPBACK, mongo_url

Document = Mapping[str, Any]
DEAD_LETTERS = "DLQ"
STREAMS = tuple(stream_of(service) for service in SERVICES)
_FETCH = 500


class Message(NamedTuple):
    """A message of a stream. The event's own place is read from its headers."""

    stream: str
    number: int
    subject: str
    headers: Mapping[str, str]
    body: bytes


class StoredEvent(NamedTuple):
    """An event as a stream holds it. ``aggregate`` is ``<kind>/<id>``."""

    stream: str
    id: str
    type: str
    subject: str
    aggregate: str
    sequence: int
    body: bytes
    digest: bytes


class Evidence(NamedTuple):
    """All that is judged. ``documents`` by service and collection; ``letters`` as the mailbox took them.

    ``refused`` are the addresses that it refused for good, as often as it was tried.
    """

    events: Sequence[StoredEvent]
    dead_letters: int
    durables: Sequence[Durable]
    documents: Mapping[str, Mapping[str, Sequence[Document]]]
    letters: Sequence[Document]
    refused: Sequence[str] = ()

    def of(self, service: str, collection: str) -> Sequence[Document]:
        return self.documents.get(service, {}).get(collection, ())

    def states(self, service: str, kind: str) -> Iterator[Document]:
        """The states of one kind of aggregate."""
        for document in self.of(service, kind):
            yield document["state"]


class Auditor:
    """Connected to a stack's NATS and MongoDB."""

    def __init__(self, client: Client, place: Place) -> None:
        self._client = client
        self._url = mongo_url(f"{LOOPBACK}:{place.ports['mongo']}", "admin", place.secrets.mongo_admin_password())

    async def messages(self, stream: str) -> list[Message]:
        """All messages of a stream, the first to the last."""
        js = self._client.jetstream()
        last = (await js.stream_info(stream)).state.messages
        config = ConsumerConfig(
            ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, inactive_threshold=30, mem_storage=True
        )
        reader = await js.pull_subscribe(">", stream=stream, config=config)
        found: list[Message] = []
        while len(found) < last:
            try:
                batch = await reader.fetch(_FETCH, timeout=5)
            except NothingMore:
                break
            found += [
                Message(stream, each.metadata.sequence.stream, each.subject, each.headers or {}, each.data)
                for each in batch
            ]
        await reader.unsubscribe()
        return found

    async def waiting(self, durables: Sequence[Durable]) -> int:
        """How many events the services' durables have not handled yet."""
        js = self._client.jetstream()
        infos = [await js.consumer_info(each.stream, each.name) for each in durables]
        return sum((info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos)

    @asynccontextmanager
    async def store(self, database: str) -> AsyncIterator[Store]:
        store = Store.connected(self._url, database)
        try:
            yield store
        finally:
            store.close()

    async def unsent(self) -> int:
        """How many rows of the outboxes, and how many letters, still wait."""
        waiting = 0
        for service in SERVICES:
            async with self.store(service) as store:
                waiting += await store.count_rows("outbox", {"sent": False})
                waiting += await store.count_rows("letters", {"state": {"$in": ["gathering", "joining", "queued"]}})
        return waiting

    async def oplog(self) -> list[Document]:
        """Every write that the database server has taken since it was made, undone and overwritten ones too."""
        async with self.store("local") as store:
            return [entry async for entry in store.every("oplog.rs")]

    async def documents(self, written: Sequence[Document]) -> dict[str, dict[str, list[Document]]]:
        """Every document of every collection that was ever written to, by database."""
        found: dict[str, dict[str, list[Document]]] = {}
        names = sorted({name for entry in written for name in _namespaces(entry)})
        for database, collection in (name.split(".", 1) for name in names):
            if database in DEPLOYED and not collection.startswith(("$", "system.")):
                async with self.store(database) as store:
                    found.setdefault(database, {})[collection] = [each async for each in store.every(collection)]
        return found


@asynccontextmanager
async def auditor(place: Place) -> AsyncIterator[Auditor]:
    """Connect as operator and administrator; their credentials are those of the stack's secrets."""
    credentials = str(place.secrets.path("operator", "nats.creds"))
    client = await nats.connect(place.nats_url, user_credentials=credentials, connect_timeout=5)
    async with client:
        yield Auditor(client, place)


def service_durables() -> list[Durable]:
    """The durables of the services, as the topology has them."""
    return [each for each in read_topology(default_folder()).durables if service_of(each.name)]


def service_of(durable: str) -> str | None:
    """The service that a durable belongs to; ``None`` for a partner's."""
    return next((service for service in SERVICES if durable.startswith(f"{service}_")), None)


def stored_event(message: Message) -> StoredEvent:
    """The event of a message. Raises ``Unreadable``."""
    head = decode_head(message.headers)
    return StoredEvent(
        message.stream,
        head.id,
        head.type,
        message.subject,
        f"{head.aggregate}/{head.aggregate_id}",
        head.sequence,
        message.body,
        digest_of(message.subject, head, message.body),
    )


def readable(messages: Sequence[Message]) -> tuple[list[StoredEvent], int]:
    """The events of messages in their order, and how many were no event."""
    found, strange = [], 0
    for message in messages:
        try:
            found.append(stored_event(message))
        except Unreadable:
            strange += 1
    return found, strange


def _namespaces(entry: Document) -> Iterator[str]:
    """The collections that an entry of the oplog writes to, those inside transactions among them."""
    inner = entry.get("o")
    if isinstance(inner, Mapping) and isinstance(inner.get("applyOps"), list):
        for each in inner["applyOps"]:
            yield from _namespaces(each)
    elif "." in (name := str(entry.get("ns", ""))):
        yield name
