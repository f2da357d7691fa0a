"""The subscriber of the README, run as it stands there against a real server."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from nats.js import JetStreamContext
from tests.bus.buses import BusOfTests, a_bus

from relevo_contracts import Envelope, derived_id, encode
from relevo_contracts.asyncapi import example
from relevo_contracts.intake import ApplicationSubmitted, CallOpened

README = Path(__file__).resolve().parent.parent.parent / "contracts" / "README.md"


def subscriber() -> str:
    block = re.search(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    return block.group(1)


def envelope(event: CallOpened | ApplicationSubmitted, sequence: int) -> Envelope:
    return Envelope(
        id=derived_id("readme", sequence),
        sequence=sequence,
        time=datetime(2019, 9, 12, 14, tzinfo=UTC),
        cause_id=derived_id("cause"),
        chain_id=derived_id("chain"),
        event=event,
    )


async def publish(jetstream: JetStreamContext, envelope: Envelope) -> None:
    wire = encode(envelope)
    await jetstream.publish(wire.subject, wire.body, headers=wire.headers)


def test_the_subscriber_has_some_ten_lines() -> None:
    assert len([line for line in subscriber().splitlines() if line.strip()]) <= 12


async def test_the_subscriber_of_the_readme_gets_what_was_told_before_and_while_it_runs(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        await _told(bus, tmp_path)


async def _told(bus: BusOfTests, folder: Path) -> None:
    jetstream = (await bus.connected("intake")).jetstream()
    shutil.copy(bus.credentials("partner"), folder / "partner.creds")
    opened, submitted = example(CallOpened), example(ApplicationSubmitted)
    assert isinstance(opened, CallOpened)
    assert isinstance(submitted, ApplicationSubmitted)
    await publish(jetstream, envelope(opened, 1))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        subscriber(),
        cwd=folder,
        env={**os.environ, "NATS_URL": bus.servers[0].url},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert "CallOpened" in (await process.stdout.readline()).decode()
            await publish(jetstream, envelope(submitted, 2))
            await publish(jetstream, envelope(opened, 3))
            told = (await process.stdout.readline()).decode()
    finally:
        process.kill()
        await process.wait()
    assert "CallOpened" in told
    assert opened.call_id in told
