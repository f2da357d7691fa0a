"""A storm while weeks go by: each reminder goes out, and goes out once, whatever is killed at its instant (rule 11).

Those who are reminded were enrolled by intake's own selection, so that letters go out, or by the witness.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from tests.chaos import gathering
from tests.chaos.ends import TRACKING
from tests.chaos.faults import DISARMED_SECONDS, passed, revive
from tests.chaos.history import Due, Effect, Letter
from tests.chaos.seats import INTAKE, accepted, selected
from tests.chaos.stand import Replica
from tests.chaos.storm import Storm

from relevo_chassis.clock import move

NOON = timedelta(hours=12)
OPEN_SECONDS = 30.0
PUBLISHED_SECONDS = 60.0
SENT_SECONDS = 90.0
"""Longer than the minute for which a letter is out of reach of others when its sender has died."""


class Instant(NamedTuple):
    """How many days before the due day reminders go out, and where those who see to them are killed then."""

    days_left: int
    tracking: str
    intake: str


INSTANTS = (
    Instant(30, "before_commit", "before_ack"),
    Instant(14, "after_commit", "before_commit"),
    Instant(7, "before_publish", "after_commit"),
    Instant(1, "after_publish", "before_ack"),
)


async def reminders_under_kills(storm: Storm) -> None:
    """Commitments stay open, and as each reminder becomes due whoever sweeps, tells or queues letters is killed.

    The load has ended by then: what a replica commits or publishes next is what has become due.
    """
    storm.load.staying_open = 1.0
    people = await _enrolled(storm)
    await asyncio.gather(*(storm.load.expected(storm.edition, each) for each in people))
    await asyncio.gather(*(storm.load.attended(storm.edition, each, 110) for each in people))
    await _opened(storm, people)
    storm.load.stop()
    await gathering.come_to_rest(storm.stand)
    commitments = await _open(storm)
    due_on = max(commitments.values())
    for instant in INSTANTS:
        due = {"due_on": due_on.isoformat(), "days_left": instant.days_left}
        for id in commitments:
            effect = Effect(type="CommitmentDeadlineNear", where={"commitment_id": id, **due})
            storm.history.add(Due(effect=effect))
        async with _killed_once_each(storm, instant):
            move(storm.stand.place.clock_file, _reminds_at(due_on, instant.days_left))
            await _published(storm, commitments, people, instant.days_left)
    letters = await _letters(storm, people)
    storm.history.extend(letters)
    storm.notes.append(f"{len(commitments)} commitments reminded {len(INSTANTS)} times, {len(letters)} letters")
    await passed(storm, TRACKING, time.monotonic())


async def _enrolled(storm: Storm) -> set[str]:
    """Those who accepted their seats."""
    call_id, receipts = await selected(storm)
    answers = await accepted(storm, call_id, receipts)
    return {each["participant_id"] for each in answers}


async def _opened(storm: Storm, participant_ids: set[str]) -> None:
    async with asyncio.timeout(OPEN_SECONDS):
        while True:
            if participant_ids <= {row["participant_id"] async for row in _open_states(storm)}:
                return
            await asyncio.sleep(0.2)


async def _open(storm: Storm) -> dict[str, date]:
    """When each commitment that stays open is due; rule 7 names one day for a whole edition."""
    found = {row["commitment_id"]: date.fromisoformat(row["due_on"]) async for row in _open_states(storm)}
    if len(set(found.values())) != 1:
        raise RuntimeError(f"{len(found)} commitments are due on {set(found.values())}, not on one day")
    return found


async def _open_states(storm: Storm) -> AsyncIterator[Mapping[str, Any]]:
    where = {"state.edition_id": storm.edition.edition_id, "state.state": "open"}
    async for row in storm.stand.database[TRACKING]["commitment"].find(where):
        yield row["state"]


def _reminds_at(due_on: date, days_left: int) -> datetime:
    return datetime.combine(due_on - timedelta(days=days_left), datetime.min.time(), UTC) + NOON


@asynccontextmanager
async def _killed_once_each(storm: Storm, instant: Instant) -> AsyncIterator[None]:
    """Every replica that passes its point meanwhile ends there as by kill -9, once, and is started again."""
    armed = [(replica, instant.tracking) for replica in storm.stand.replicas[TRACKING]]
    armed += [(replica, instant.intake) for replica in storm.stand.replicas[INTAKE]]
    over = asyncio.Event()
    for replica, point in armed:
        replica.arm(f"{point}:0")
    watching = [asyncio.create_task(_watched(storm, replica, over)) for replica, _ in armed]
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*watching)


async def _watched(storm: Storm, replica: Replica, over: asyncio.Event) -> None:
    """Until all is over, when it is disarmed, or until it was killed and is ready again."""
    while not over.is_set():
        if not replica.alive:
            return await revive(storm, replica, time.monotonic())
        await asyncio.sleep(0.02)
    replica.arm()
    await asyncio.sleep(DISARMED_SECONDS)
    if not replica.alive:
        await revive(storm, replica, time.monotonic())


async def _published(storm: Storm, commitment_ids: Collection[str], people: set[str], days_left: int) -> None:
    """Wait until as many were reminded and as many letters are queued as should be, and all is told; or for a minute.

    Whether each is there, and once, is for the checker to say.
    """
    database = storm.stand.database[TRACKING]
    reminded = {"_id": {"$in": [*commitment_ids]}, "state.reminded": {"$elemMatch": {"$elemMatch": {"$eq": days_left}}}}
    until = time.monotonic() + PUBLISHED_SECONDS
    while time.monotonic() < until:
        queued = [row async for _, row in _rows(storm, people) if row["facts"]["days_left"] == days_left]
        if (
            len(queued) >= len(people)
            and await database["commitment"].count_documents(reminded) == len(commitment_ids)
            and not await database["outbox"].count_documents({"sent": False})
        ):
            return
        await asyncio.sleep(0.2)


async def _rows(storm: Storm, participant_ids: set[str]) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
    """The reminders in intake's queue of letters, and whom each is for."""
    database = storm.stand.database[INTAKE]
    where = {"_id": {"$in": [*participant_ids]}}
    people = {row["state"]["person_id"]: row["_id"] async for row in database["participant"].find(where)}
    async for row in database["letters"].find({"kind": "reminder", "person_id": {"$in": [*people]}}):
        yield people[row["person_id"]], row


async def _letters(storm: Storm, participant_ids: set[str]) -> list[Letter]:
    """The letters when all were sent, or when they should have been; with how often the mail server was given each."""
    until = time.monotonic() + SENT_SECONDS
    while time.monotonic() < until:
        if all([row["state"] == "sent" async for _, row in _rows(storm, participant_ids)]):
            break
        await asyncio.sleep(0.5)
    mails = await storm.load.clients.http.get(f"{storm.stand.place.url('desk')}/mails", params={"limit": 10_000})
    deliveries = Counter(each["message_id"].strip("<").partition("@")[0] for each in mails.raise_for_status().json())
    return [
        Letter(
            letter_id=row["_id"],
            participant_id=participant_id,
            due_on=row["facts"]["due_on"],
            days_left=row["facts"]["days_left"],
            sent=row["state"] == "sent",
            times=deliveries[row["_id"]],
        )
        async for participant_id, row in _rows(storm, participant_ids)
    ]
