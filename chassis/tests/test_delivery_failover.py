"""Commands repeated through elections: each takes effect once, whatever its caller was told on the way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from pymongo import MongoClient, errors

from relevo_chassis.delivery.change import Busy, Repeat, Unknown
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_chassis.servers import MongoServer
from relevo_chassis.testing.behaviour import PARTICIPANT, id_of, move, once, outbox_of

COMMANDS, AGGREGATES = 400, 8


def _step_down(url: str) -> None:
    with contextlib.suppress(errors.PyMongoError), MongoClient[Any](url, directConnection=True) as client:
        client.admin.command("replSetStepDown", 1, force=True)


async def _insistently(committer: Committer, number: int, told: list[str]) -> Any:
    await asyncio.sleep(number * 0.008)
    while True:
        try:
            return await committer.commit(move(number % AGGREGATES, id_of(number), once=once(str(number))))
        except (Busy, Unknown) as away:
            told.append(type(away).__name__)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("committers", [1, 2])
async def test_commands_repeated_through_elections_take_effect_once(
    committers: int, mongo_server: MongoServer, mongo_store: Store
) -> None:
    await mongo_store.prepare(("participant",), {})
    made = [Committer(mongo_store, group_max=16) for _ in range(committers)]
    for each in made:
        each.start()
    told: list[str] = []
    commands = [
        asyncio.ensure_future(_insistently(made[number % committers], number, told)) for number in range(COMMANDS)
    ]
    for _ in range(3):
        await asyncio.sleep(0.4)
        await asyncio.to_thread(_step_down, mongo_server.url)
    answers = await asyncio.gather(*commands)
    for each in made:
        await each.close()
    assert told
    assert all(isinstance(answer, int | Repeat) for answer in answers)
    rows = await outbox_of(mongo_store)
    for number in range(AGGREGATES):
        seat = await mongo_store.state(PARTICIPANT(id_of(number)))
        assert seat is not None
        assert seat.moves == COMMANDS // AGGREGATES
        mine = [row["sequence"] for row in rows if row["lane"] == f"participant/{id_of(number)}"]
        assert mine == list(range(1, COMMANDS // AGGREGATES + 1))
