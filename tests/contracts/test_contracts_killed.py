"""A subscriber that is killed again and again: each effect is there once, in order, and none is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

from tests.bus.buses import BusOfTests, a_bus
from tests.contracts.subscribing import ack_wait_of_a_second, again, all_answered, opened, publish

from relevo_testkit.waiting import until

PROGRAM = """
import asyncio, os, signal, sqlite3
from relevo_contracts import Envelope
from relevo_contracts.once import SqlitePositions, once
from relevo_contracts.subscriber import Subscriber

positions = SqlitePositions("effects.db")
positions.connection.execute("CREATE TABLE IF NOT EXISTS effects (sequence INTEGER)")
deadly, where = os.environ["DEADLY"].split()

def die(here: str, envelope: Envelope) -> None:
    if (deadly, where) == (str(envelope.sequence), here):
        os.kill(os.getpid(), signal.SIGKILL)

async def effect(envelope: Envelope, store: sqlite3.Connection) -> None:
    die("before", envelope)
    store.execute("INSERT INTO effects VALUES (?)", (envelope.sequence,))
    die("within", envelope)

handled = once(effect, positions)

async def on_event(envelope: Envelope) -> None:
    await handled(envelope)
    die("after", envelope)

partner = Subscriber("partner", os.environ["NATS_URL"], os.environ["NATS_CREDENTIALS"])
asyncio.run(partner.run(on_event, "intake"))
"""


async def started(bus: BusOfTests, folder: Path, deadly: str) -> asyncio.subprocess.Process:
    surroundings = {"NATS_URL": bus.servers[0].url, "NATS_CREDENTIALS": str(bus.credentials("partner"))}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM), cwd=folder, env={**os.environ, **surroundings, "DEADLY": deadly}
    )


async def test_killed_around_its_commit_a_subscriber_that_is_started_again_has_each_effect_once(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        await ack_wait_of_a_second(bus)
        wires = opened(1, 2, 5, 6)
        await publish(bus, *wires, *(again(each) for each in wires))
        for deadly in ("1 before", "2 within", "5 after"):
            process = await started(bus, tmp_path, deadly)
            async with asyncio.timeout(20):
                assert await process.wait() == -signal.SIGKILL
        process = await started(bus, tmp_path, "none here")
        await until(lambda: all_answered(bus))
        process.kill()
        await process.wait()
    with sqlite3.connect(tmp_path / "effects.db") as store:
        assert store.execute("SELECT sequence FROM effects").fetchall() == [(1,), (2,), (5,), (6,)]
    store.close()
