"""Handlers in FastStream, with FastStream's own test broker: what they are given, and what never reaches them.

The test broker has neither streams nor redelivery; tests/contracts/test_contracts_subscribers.py has a real server.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from faststream.nats import TestNatsBroker
from faststream.nats.annotations import NatsMessage

from relevo_contracts import Envelope, Event, Unreadable, Wire, derived_id, encode
from relevo_contracts.asyncapi import example
from relevo_contracts.faststream import Account
from relevo_contracts.intake import CallClosed, CallOpened


class Partner(Account):
    def __init__(self) -> None:
        super().__init__("partner", "nats://localhost:4222", "partner.creds")

    async def receives(self, wire: Wire, **headers: str) -> None:
        """Deliver a message; raises what its handler does."""
        async with TestNatsBroker(self.broker) as broker:
            await broker.publish(wire.body, wire.subject, headers={**wire.headers, **headers}, stream="EVENTS_INTAKE")


def envelope(model: type[Event], sequence: int = 1) -> Envelope:
    return Envelope(
        id=derived_id("faststream", sequence),
        sequence=sequence,
        time=datetime(2019, 9, 12, 14, tzinfo=UTC),
        cause_id=derived_id("cause"),
        chain_id=derived_id("chain"),
        event=example(model),
    )


async def test_a_handler_is_given_the_envelope_with_the_event_of_its_type() -> None:
    partner, received = Partner(), []

    @partner.events("intake")
    async def handler(envelope_sent: Envelope) -> None:
        received.append(envelope_sent)

    envelope_sent = envelope(CallOpened)
    await partner.receives(encode(envelope_sent))
    assert received == [envelope_sent]
    assert isinstance(received[0].event, CallOpened)


async def test_a_message_is_known_in_logs_by_the_ids_of_its_event() -> None:
    partner, received = Partner(), []

    @partner.events("intake")
    async def handler(envelope_sent: Envelope, message: NatsMessage) -> None:
        received.append((message.message_id, message.correlation_id))

    envelope_sent = envelope(CallOpened)
    await partner.receives(encode(envelope_sent))
    assert received == [(envelope_sent.id, envelope_sent.chain_id)]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"ce-specversion": "0.3"}, "not_a_cloud_event"),
        ({"ce-type": "relevo.intake.CallMoved.v1"}, "type_unknown"),
        ({"ce-type": "relevo.intake.CallOpened.v9"}, "version_unknown"),
        ({"ce-type": "relevo.intake.CallClosed.v1"}, "subject_wrong"),
        ({"ce-datacontenttype": "text/plain"}, "media_type_unknown"),
        ({"ce-sequence": "0"}, "attribute_malformed"),
    ],
)
async def test_what_is_no_event_of_ours_reaches_no_handler_and_is_logged_with_its_place(
    headers: Mapping[str, str], code: str
) -> None:
    partner, received = Partner(), []

    @partner.events("intake")
    async def handler(envelope_sent: Envelope) -> None:
        received.append(envelope_sent)

    with pytest.raises(Unreadable) as refused:
        await partner.receives(encode(envelope(CallOpened)), **headers)
    assert refused.value.code == code
    assert refused.value.__notes__ == ["set aside: events.intake.call.opened.v1"]
    assert received == []


async def test_a_body_that_is_no_event_reaches_no_handler() -> None:
    partner, received = Partner(), []

    @partner.events("intake")
    async def handler(envelope_sent: Envelope) -> None:
        received.append(envelope_sent)

    with pytest.raises(Unreadable, match="body_malformed"):
        await partner.receives(encode(envelope(CallOpened))._replace(body=b"[]"))
    assert received == []


async def test_what_no_handler_wants_is_passed_over() -> None:
    partner, received = Partner(), []
    intake = partner.events("intake")

    async def is_of_a_closing(message: NatsMessage) -> bool:
        return bool(message.headers["ce-type"] == "relevo.intake.CallClosed.v1")

    @intake(filter=is_of_a_closing)
    async def handler(envelope_sent: Envelope) -> None:
        received.append(type(envelope_sent.event))

    await partner.receives(encode(envelope(CallOpened)))
    await partner.receives(encode(envelope(CallClosed)))
    assert received == [CallClosed]


async def test_what_a_handler_fails_at_is_seen_by_who_tests_it() -> None:
    partner = Partner()

    @partner.events("intake")
    async def handler(envelope_sent: Envelope) -> None:
        raise OSError("the store is away")

    with pytest.raises(OSError, match="the store is away"):
        await partner.receives(encode(envelope(CallOpened)))


def test_a_service_that_there_is_not_has_no_events() -> None:
    with pytest.raises(ValueError, match="no service billing; there are intake"):
        Partner().events("billing")


def test_who_does_not_ask_for_faststream_does_not_load_it() -> None:
    loaded = "import sys, relevo_contracts; print(*{name.split('.')[0] for name in sys.modules})"
    names = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)  # noqa: S603
    assert "pydantic" in names.stdout.split()
    assert not {"faststream", "fast_depends", "nats", "anyio"} & set(names.stdout.split())
