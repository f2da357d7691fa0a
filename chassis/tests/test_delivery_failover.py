"""Commands through elections, and beside a replica that was killed: each takes effect once, and none waits for long."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from pymongo import MongoClient, errors

from relevo_chassis.delivery.change import Busy, Repeat, Unknown
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_contracts.intake import ParticipantEnrolled
from relevo_servers import MongoServer
from relevo_testkit.movers import Movers, id_of, once, outbox_of

MOVERS = Movers(ParticipantEnrolled)

COMMANDS, AGGREGATES, ELECTIONS = 400, 8, 2


def _term(url: str) -> int:
    with MongoClient[Any](url) as client:
        return int(client.admin.command("replSetGetStatus")["term"])


def _step_down(url: str) -> None:
    with contextlib.suppress(errors.AutoReconnect), MongoClient[Any](url, directConnection=True) as client:
        client.admin.command("replSetStepDown", 1, secondaryCatchUpPeriodSecs=0, force=True)


async def _insistently(committer: Committer, number: int) -> Any:
    await asyncio.sleep(number * 0.012)
    while True:
        try:
            return await committer.commit(MOVERS.move(number % AGGREGATES, id_of(number), once=once(str(number))))
        except (Busy, Unknown):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("committers", [1, 2])
async def test_commands_repeated_through_elections_take_effect_once(
    committers: int, mongo_server: MongoServer, mongo_store: Store
) -> None:
    await mongo_store.prepare(("participant",), {})
    made = [Committer(mongo_store, group_max=16) for _ in range(committers)]
    for each in made:
        each.start()
    commands = [asyncio.ensure_future(_insistently(made[number % committers], number)) for number in range(COMMANDS)]
    term = await asyncio.to_thread(_term, mongo_server.url)
    for _ in range(ELECTIONS):
        await asyncio.sleep(1.6)
        await asyncio.to_thread(_step_down, mongo_server.url)
    answers = await asyncio.gather(*commands)
    for each in made:
        await each.close()
    assert await asyncio.to_thread(_term, mongo_server.url) >= term + ELECTIONS
    assert all(isinstance(answer, int | Repeat) for answer in answers)
    rows = await outbox_of(mongo_store)
    for number in range(AGGREGATES):
        seat = await mongo_store.state(MOVERS.ref(number))
        assert seat is not None
        assert seat.moves == COMMANDS // AGGREGATES
        mine = [row["sequence"] for row in rows if row["lane"] == f"participant/{id_of(number)}"]
        assert mine == list(range(1, COMMANDS // AGGREGATES + 1))


async def test_nobody_waits_for_what_a_replica_that_was_killed_had_begun_to_write(
    mongo_server: MongoServer, mongo_store: Store, mongo_database: str
) -> None:
    await mongo_store.prepare(("participant",), {})
    committer = Committer(mongo_store)
    committer.start()
    await committer.commit(MOVERS.move(1, id_of(1)))
    with MongoClient[Any](mongo_server.url) as killed, killed.start_session() as session:
        session.start_transaction()
        killed[mongo_database]["participant"].update_one({"_id": id_of(1)}, {"$inc": {"touched": 1}}, session=session)
        with pytest.raises(Busy):
            await committer.commit(MOVERS.move(1, id_of(2)))
        assert await mongo_store.abort_silent(0) == 1
        assert await committer.commit(MOVERS.move(1, id_of(3))) == 2
        with pytest.raises(errors.OperationFailure, match="has been aborted"):
            session.commit_transaction()
    await committer.close()
