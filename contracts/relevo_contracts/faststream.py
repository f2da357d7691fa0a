"""Our events in FastStream subscribers: ``pip install 'relevo-contracts[faststream]'``.

A handler is given one envelope at a time, in the order of the durable, and what it returns from is acknowledged. What
it fails at comes again, later and later; until then the durable gives nothing else, so nothing is overtaken. What is no
event that can be read never reaches a handler: it is set aside for good, and logged with its code and its place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from ssl import SSLContext
from types import TracebackType

from faststream import AckPolicy, BaseMiddleware, StreamMessage
from faststream.exceptions import IgnoredException, SubscriberNotFound
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.response import NatsPublishCommand
from faststream.nats.security import NatsCredentials
from faststream.nats.subscriber.usecases import PullStreamSubscriber
from nats.aio.msg import Msg

from relevo_contracts.envelope import Envelope, Unreadable, decode, decode_head
from relevo_contracts.subscriber import again_seconds, in_hand
from relevo_contracts.table import LOOK, SERVICES, stream_of

IN_HAND_SECONDS = 10
"""How often the bus is told that a message is still being worked on: a third of what a partner's durable waits."""


class Account:
    """What one identity of the bus may have. ``broker`` connects with its credentials, again and again when cut off.

    Declares nothing: its durables are the operator's to make. Where one is missing the start raises nats-py's
    ``TimeoutError`` after five seconds.
    """

    def __init__(
        self, name: str, servers: str | Sequence[str], credentials: str, *, tls: SSLContext | None = None
    ) -> None:
        self._name = name
        self.broker = NatsBroker(
            servers,
            name=name,
            security=NatsCredentials(credentials, ssl_context=tls),
            inbox_prefix=f"_INBOX_{name}",
            js_options={"prefix": LOOK},
            max_reconnect_attempts=-1,
            parser=_parsed,
            decoder=_decoded,
            middlewares=[_Answered],
        )

    def events(self, service: str) -> PullStreamSubscriber:
        """The subscriber to the durable that holds what a service tells this identity: it decorates handlers.

        A handler takes an ``Envelope``. An event that the filters of all handlers leave out is acknowledged.
        Raises ``ValueError`` for a service that there is not.
        """
        if service not in SERVICES:
            raise ValueError(f"there is no service {service}; there are {', '.join(SERVICES)}")
        return self.broker.subscriber(
            f"events.{service}.>",
            durable=f"{self._name}_{service}",
            stream=JStream(stream_of(service), declare=False),
            pull_sub=PullSub(),
            inbox_prefix=f"_INBOX_{self._name}.".encode(),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            no_reply=True,
        )


async def _parsed(message: Msg, parse: Callable[[Msg], Awaitable[StreamMessage[Msg]]]) -> StreamMessage[Msg]:
    """What FastStream made of a message, known in its logs and traces by the ids of the event."""
    parsed = await parse(message)
    head = decode_head(parsed.headers)
    parsed.message_id, parsed.correlation_id = head.id, head.chain_id
    return parsed


async def _decoded(message: StreamMessage[Msg]) -> Envelope:
    return decode(message.headers, message.raw_message.data, subject=message.raw_message.subject)


class _Answered(BaseMiddleware[NatsPublishCommand, Msg | None]):
    """Answers what failed before FastStream does, which would ask for it again at once. The failure is still logged.

    While a handler works, its message is given to nobody else.
    """

    async def consume_scope(
        self, call_next: Callable[[StreamMessage[Msg]], Awaitable[object]], msg: StreamMessage[Msg]
    ) -> object:
        async with in_hand(msg.raw_message, IN_HAND_SECONDS):
            return await call_next(msg)

    async def after_processed(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> bool:
        match self.msg, exc_val:
            case Msg(), SubscriberNotFound():
                return True
            case Msg() as message, Unreadable():
                exc_val.add_note(f"set aside: {_place(message)}")
                await message.term()
            case Msg(), IgnoredException():  # a handler's own answer
                pass
            case Msg() as message, Exception():
                await message.nak(again_seconds(_deliveries(message)))
        return False


def _place(message: Msg) -> str:
    return f"{message.metadata.stream} {message.metadata.sequence.stream}" if message.reply else message.subject


def _deliveries(message: Msg) -> int:
    return message.metadata.num_delivered or 1 if message.reply else 1
