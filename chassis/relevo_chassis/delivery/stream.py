"""A stream, read from outside its consumers: by direct reads in batches, which make nothing on the server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout

BATCH = 1_000
ANSWER_SECONDS = 20.0


class StreamUnread(RuntimeError):
    """A stream could not be read to its end; the text says where and what the server answered."""


async def messages(client: Client, stream: str, last: int | None = None) -> AsyncIterator[Msg]:
    """The messages of a stream in its order, up to a place in it or to its end. Raises ``StreamUnread``.

    Needs leave to publish to ``$JS.API.DIRECT.GET.<stream>``; ``place_of`` tells where each stands.
    """
    inbox = client.new_inbox()
    answers = await client.subscribe(inbox, pending_msgs_limit=-1, pending_bytes_limit=-1)
    at = 0
    try:
        while last is None or at < last:
            before = at + 1
            asked = json.dumps({"seq": before, "batch": BATCH}).encode()
            await client.publish(f"$JS.API.DIRECT.GET.{stream}", asked, reply=inbox)
            while not (status := _status(message := await answers.next_msg(ANSWER_SECONDS))):
                at = place_of(message)
                yield message
            if status == "404":
                return
            if status != "204" or at < before:
                raise StreamUnread(f"{stream} after message {at}: {status}")
    except NatsTimeout:
        raise StreamUnread(f"{stream} after message {at}: no answer") from None
    finally:
        await answers.unsubscribe()


def place_of(message: Msg) -> int:
    """Where a message stands in its stream."""
    return int((message.headers or {})["Nats-Sequence"])


def _status(message: Msg) -> str:
    return (message.headers or {}).get("Status", "")
