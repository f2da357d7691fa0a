"""The four programs of the guide at once, killed and cut off while they read: the same events, each once, in order."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from nats.errors import Error as NatsError
from tests.contracts import guide
from tests.contracts.bridged import Bridge, a_bridge
from tests.contracts.subscribing import again
from tests.partners.yard import RELEASE, Yard, a_yard, add

from relevo_contracts import SERVICES, Envelope, Event, Wire, derived_id, encode, stream_of
from relevo_contracts.asyncapi import EXAMPLE_TIME, example
from relevo_contracts.intake import CallOpened
from relevo_contracts.once import aggregate_of
from relevo_contracts.scheduling import ProgrammePublished
from relevo_deploy.deployed import WEBHOOKS
from relevo_servers import LOOPBACK, MongoServer, free_port, is_free
from relevo_testkit.waiting import until

SEQUENCES = (1, 2, 3, 5, 8, 9, 12)
"""With holes: of an aggregate that tells internal events too, a partner is given the public ones alone."""
IN_A_TURN = 2
BUS_DIES_AT = (4, 13)
BRIDGE_DIES_AT = (2, 8, 11, 16)
BY_NATS = ("python", "faststream", "node")
NO_EVENTS = (b"", b"hello")
Row = tuple[int, str, str]


class Program:
    """A subscriber with an account and a folder of its own, which can be killed and started again."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, url: str) -> None:
        self.name, self.kills = name, 0
        self._command, self._folder, self._url = command, folder, url
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._folder,
            env={**os.environ, "NATS_URL": self._url},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def kill(self) -> None:
        assert self._process is not None
        assert self._process.returncode is None, f"{self.name} ended by itself"
        self._process.kill()
        await self._process.wait()
        self.kills += 1

    def effects(self) -> dict[str, list[Row]]:
        """What it did, by aggregate, in the order in which it did it."""
        found = defaultdict[str, list[Row]](list)
        store = sqlite3.connect(self._folder / f"{self.name}.db")
        for aggregate, *row in store.execute("SELECT aggregate, sequence, id, type FROM happened ORDER BY rowid"):
            found[aggregate].append((row[0], row[1], row[2]))
        store.close()
        return dict(found)


@asynccontextmanager
async def programs(yard: Yard, bridge: Bridge, folder: Path) -> AsyncIterator[list[Program]]:
    """Each of the guide's, as it stands there but for the name of the partner."""
    await asyncio.to_thread(guide.build_package)
    *by_nats, endpoint = guide.programs().values()
    sources = dict(zip(BY_NATS, by_nats, strict=False))
    async with AsyncExitStack() as ending:
        made = []
        for name in BY_NATS:
            await add(yard, name=name)
            own = folder / name
            own.mkdir()
            shutil.copy(yard.secrets.path(name, "nats.creds"), own / f"{name}.creds")
            command = [sys.executable, "-c", sources[name].replace(guide.NAME, name)] if name in sources else []
            node = [str(guide.NODE), "--disable-warning=ExperimentalWarning", str(guide.EXAMPLE), name]
            made.append(Program(name, command or node, own, yard.server.url))
            await _waits_a_second(yard, name)
        own, port = folder / "webhook", free_port()
        own.mkdir()
        made.append(Program("webhook", [sys.executable, "-c", endpoint, str(port)], own, yard.server.url))
        await _waits_a_second(yard, WEBHOOKS)
        for each in made:
            await each.start()
            ending.push_async_callback(each.kill)
        await until(lambda: not is_free(port))
        await bridge.subscribe(f"http://{LOOPBACK}:{port}/", own / "webhook.secret")
        yield made


async def _waits_a_second(yard: Yard, name: str) -> None:
    """What a reader died with is free after a second, and not after thirty."""
    async with await yard.connected("operator", yard.secrets.bus.credentials("operator", RELEASE)) as operator:
        jetstream = operator.jetstream()
        for service in SERVICES:
            config = (await jetstream.consumer_info(stream_of(service), f"{name}_{service}")).config
            config.ack_wait = 1
            await jetstream.add_consumer(stream_of(service), config=config)


def envelopes() -> list[Envelope]:
    """Of six aggregates of two services in turn, each in its order."""
    things: list[Event] = [
        example(model).model_copy(update={model.key: derived_id("storm", model.__name__, number)})
        for number in range(3)
        for model in (CallOpened, ProgrammePublished)
    ]
    return [
        Envelope(
            id=derived_id("storm", thing.aggregate_id, sequence),
            sequence=sequence,
            time=EXAMPLE_TIME,
            cause_id=derived_id("cause"),
            chain_id=derived_id("chain"),
            event=thing,
        )
        for sequence in SEQUENCES
        for thing in things
    ]


async def publish(yard: Yard, *wires: Wire) -> None:
    """Until the bus has each, whatever happens to it meanwhile."""
    for wire in wires:
        service = wire.subject.split(".")[1]
        while True:
            try:
                async with await yard.connected(service, yard.secrets.bus.credentials(service, RELEASE)) as client:
                    await client.jetstream(timeout=2).publish(wire.subject, wire.body, headers=wire.headers)
                break
            except (NatsError, OSError, TimeoutError):
                await asyncio.sleep(0.1)


async def _all_answered(yard: Yard, names: Sequence[str]) -> bool:
    async with await yard.connected("operator", yard.secrets.bus.credentials("operator", RELEASE)) as operator:
        found = [
            await operator.jetstream().consumer_info(stream_of(service), f"{name}_{service}")
            for name in names
            for service in SERVICES
        ]
    return not any(each.num_pending or each.num_ack_pending for each in found)


async def test_the_programs_of_the_guide_have_the_same_events_once_in_order_however_often_they_and_the_bus_are_killed(
    tmp_path: Path, mongo_server: MongoServer, mongo_database: str
) -> None:
    chance, sent = random.Random(20191213), envelopes()
    async with (
        a_yard(tmp_path) as yard,
        a_bridge(yard, mongo_server, mongo_database, tmp_path) as bridge,
        programs(yard, bridge, tmp_path) as running,
    ):
        await bridge.start()
        for turn, each in enumerate(sent[at : at + IN_A_TURN] for at in range(0, len(sent), IN_A_TURN)):
            repeated = again(encode(chance.choice(sent[: turn * IN_A_TURN + 1])))
            wires = [encode(one) for one in each]
            await publish(yard, *wires, repeated, Wire(wires[0].subject, {}, chance.choice(NO_EVENTS)))
            await asyncio.sleep(chance.uniform(0, 0.4))
            if turn in BUS_DIES_AT:
                await yard.server.kill()
                await asyncio.sleep(chance.uniform(0, 0.5))
                await yard.server.start()
            if turn in BRIDGE_DIES_AT:
                await bridge.kill(turn)
            program = running[turn % len(running)]
            await program.kill()
            await program.start()
        await until(lambda: _all_answered(yard, [*BY_NATS, WEBHOOKS]), 60)
        await until(bridge.all_sent, 60)
        effects = {each.name: each.effects() for each in running}
        assert all(each.kills >= 4 for each in running)
        assert bridge.kills == len(BRIDGE_DIES_AT)
    expected = defaultdict[str, list[Row]](list)
    for one in sent:
        expected[aggregate_of(one)].append((one.sequence, one.id, one.contract.type))
    assert effects == {name: dict(expected) for name in (*BY_NATS, "webhook")}
