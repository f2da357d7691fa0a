"""The subscriber of the README, run as it stands there against a real server."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from relevo_chassis.servers import NatsServer
from relevo_chassis.testing.streams import Streams
from relevo_contracts import Envelope, derived_id, encode, subjects_of
from relevo_contracts.asyncapi import example
from relevo_contracts.intake import CallClosed, CallOpened

README = Path(__file__).resolve().parent.parent.parent / "contracts" / "README.md"


def subscriber() -> str:
    block = re.search(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    return block.group(1)


def envelope(event: CallOpened | CallClosed, sequence: int) -> Envelope:
    return Envelope(
        id=derived_id("readme", sequence),
        sequence=sequence,
        time=datetime(2019, 9, 12, 14, tzinfo=UTC),
        cause_id=derived_id("cause"),
        chain_id=derived_id("chain"),
        event=event,
    )


def test_the_subscriber_has_some_ten_lines() -> None:
    assert len([line for line in subscriber().splitlines() if line.strip()]) <= 12


async def test_the_subscriber_of_the_readme_gets_what_was_told_before_and_while_it_runs(
    nats_server: NatsServer, streams: Streams
) -> None:
    await streams.make("EVENTS_INTAKE", subjects_of("intake"))
    await streams.durable("EVENTS_INTAKE", "partner_intake", ["events.intake.call.opened.v1"])
    opened, closed = example(CallOpened), example(CallClosed)
    assert isinstance(opened, CallOpened)
    assert isinstance(closed, CallClosed)
    await streams.publish(encode(envelope(opened, 1)))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        subscriber(),
        env={**os.environ, "NATS_URL": nats_server.url},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert "CallOpened" in (await process.stdout.readline()).decode()
            await streams.publish(encode(envelope(closed, 2)))
            await streams.publish(encode(envelope(opened, 3)))
            told = (await process.stdout.readline()).decode()
    finally:
        process.kill()
        await process.wait()
    assert "CallOpened" in told
    assert opened.call_id in told
