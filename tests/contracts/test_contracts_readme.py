"""The subscribers of the READMEs, run as they stand there against a real server with the accounts of the bus."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from tests.bus.buses import BusOfTests, a_bus

from relevo_contracts import BY_MODEL, CONTRACTS, Envelope, Event, derived_id, encode
from relevo_contracts.asyncapi import example
from relevo_contracts.intake import ApplicationSubmitted, CallOpened
from relevo_testkit.waiting import until

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "contracts" / "README.md").read_text(encoding="utf-8")
NATS_PY, FASTSTREAM, ONCE = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
[OBSERVER] = re.findall(
    r"^```python\n(import.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.fixture(params=[NATS_PY, FASTSTREAM, ONCE], ids=["nats_py", "faststream", "once"])
def subscriber(request: pytest.FixtureRequest) -> str:
    source: str = request.param
    return source


OPENED, SUBMITTED = example(CallOpened), example(ApplicationSubmitted)
NO_EVENT = BY_MODEL[CallOpened].subject
"""Where something without any header may come as well, and ends nobody's loop."""


def envelope(event: Event, sequence: int) -> Envelope:
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


def test_the_subscriber_has_some_ten_lines(subscriber: str) -> None:
    assert len([line for line in subscriber.splitlines() if line.strip()]) <= 12


def test_the_readme_names_every_public_event_beside_its_service() -> None:
    table = README.partition("## What a partner may have")[2].partition("## Subscribe")[0]
    rows = re.findall(r"^\| (\w+) \| (`.*`) \|$", table, re.MULTILINE)
    named = {(service, name) for service, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert named == {(each.model.service, each.model.__name__) for each in CONTRACTS if each.audience == "public"}


async def test_the_subscribers_of_the_readme_get_what_was_told_before_and_while_they_run(
    tmp_path: Path, subscriber: str
) -> None:
    async with a_bus(tmp_path) as bus:
        shutil.copy(bus.credentials("partner"), tmp_path / "partner.creds")
        jetstream = (await bus.connected("intake")).jetstream()
        await publish(jetstream, envelope(OPENED, 1))
        async with running(subscriber, bus, tmp_path) as lines:
            assert OPENED.aggregate_id in await line_with("CallOpened", lines)
            await jetstream.publish(NO_EVENT, b"hello")
            await publish(jetstream, envelope(SUBMITTED, 2))
            await publish(jetstream, envelope(OPENED, 3))
            assert OPENED.aggregate_id in await line_with("CallOpened(", lines, without="ApplicationSubmitted")
            await until(lambda: all_answered(bus))


async def test_the_observer_of_the_first_readme_hears_everything_as_it_happens(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        jetstream = (await bus.connected("intake")).jetstream()
        async with running(OBSERVER, bus, tmp_path) as lines:
            publishing = asyncio.create_task(_publishing(jetstream))  # it may not be listening yet
            assert SUBMITTED.aggregate_id in await line_with("ApplicationSubmitted", lines)
            publishing.cancel()


async def _publishing(jetstream: JetStreamContext) -> None:
    for sequence in count(1):
        await jetstream.publish(NO_EVENT, b"hello")
        await publish(jetstream, envelope(SUBMITTED, sequence))
        await asyncio.sleep(0.2)


async def all_answered(bus: BusOfTests) -> bool:
    found = await bus.bus.streams.durable("EVENTS_INTAKE", "partner_intake")
    return found is not None and (found["num_pending"], found["num_ack_pending"]) == (0, 0)


@asynccontextmanager
async def running(source: str, bus: BusOfTests, folder: Path) -> AsyncIterator[asyncio.StreamReader]:
    """What a subscriber prints, run as it stands in the text."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        source,
        cwd=folder,
        env={
            **os.environ,
            "NATS_URL": bus.servers[0].url,
            "NATS_CREDENTIALS": str(bus.credentials("observer")),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def line_with(what: str, lines: asyncio.StreamReader, without: str = "nothing of the kind") -> str:
    """The next line that says so."""
    async with asyncio.timeout(30):
        async for line in lines:
            assert without not in line.decode()
            if what in line.decode():
                return line.decode()
    raise AssertionError(f"it ended without {what}")
