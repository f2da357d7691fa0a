"""Storms over the portal: it is killed, loses its store, and counts its overview anew, while people use its pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from tests.chaos.faults import kill_at, kill_now, revive
from tests.chaos.history import Effect, Unsettled
from tests.chaos.program import WITHIN_COMMIT
from tests.chaos.seats import seating_of, selected
from tests.chaos.storm import Fault, Storm
from tests.chaos.visitors import ACCEPTED, GaveUp

from relevo_deploy.deployed import PORTAL
from relevo_deploy.failed import Failed
from relevo_deploy.operations.again import rebuild
from relevo_deploy.operations.reach import Servers
from relevo_deploy.servers.databases import set_up

OVERVIEW = "overview"
POINTS = ("before_commit", WITHIN_COMMIT, "after_commit", "before_ack")
"""Those that a service passes which publishes nothing."""
TRIES = 3
IN_HAND_SECONDS = 5.0
"""Longer than what a killed replica was delivered stays with it."""


def kills_of_the_portal(rounds: int) -> Fault:
    """At every point and anywhere; then both replicas at once, so that for a while there are no pages."""

    async def fault(storm: Storm) -> None:
        for point in POINTS[: 2 * rounds]:
            await kill_at(storm, PORTAL, point)
        for _ in range(rounds):
            await asyncio.sleep(storm.chance.uniform(0.1, 0.5))
            await kill_now(storm, storm.stand.one(PORTAL))
        await _killed_together(storm)

    return fault


async def a_lost_portal(storm: Storm) -> None:
    """Its store is gone with its sessions: people come in again by their code, and the overview is counted anew."""
    visits = asyncio.create_task(_accepted_on_the_pages(storm)) if not storm.short else None
    await asyncio.sleep(2 if storm.short else 6)
    await _killed_together(storm, lose_the_store=True)
    counted = await _days_counted(storm)
    await asyncio.sleep(1 if storm.short else 4)
    began = time.monotonic()
    await _rebuilt(storm)
    storm.notes.append(f"the overview was counted anew within {time.monotonic() - began:.1f} s, from {counted} days")
    if visits is not None:
        await visits


async def _killed_together(storm: Storm, *, lose_the_store: bool = False) -> None:
    replicas = storm.stand.replicas[PORTAL]
    killed_at = time.monotonic()
    await asyncio.gather(*(replica.kill() for replica in replicas))
    if lose_the_store:
        await storm.stand.database.drop_database(PORTAL)
        await set_up(storm.stand.mongo[0].url, storm.stand.place.secrets)  # as relevo mongo-init does
    await asyncio.gather(*(revive(storm, replica, killed_at) for replica in replicas))


async def _days_counted(storm: Storm) -> int:
    return await storm.stand.database[PORTAL]["overview_day"].count_documents({})


async def _rebuilt(storm: Storm) -> None:
    """As an operator would, with their command, which they repeat when it was broken off."""
    stand = storm.stand
    token = stand.folder / "operator.token"
    await asyncio.to_thread(token.write_text, stand.token("operator", ["operator"], PORTAL), encoding="ascii")
    servers = Servers(
        services={PORTAL: stand.one(PORTAL).url},
        token_command=f"cat {token}",
        nats_url=stand.nats[0].url,
        nats_credentials_file=stand.place.secrets.path("operator", "nats.creds"),
        journal=stand.folder / "operations.log",
    )
    with (stand.folder / "rebuild.log").open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        for _ in range(TRIES):
            try:
                await rebuild(PORTAL, OVERVIEW, settle=IN_HAND_SECONDS, wait=60, servers=servers)
                return
            except Failed as failed:
                storm.notes.append(f"relevo rebuild {PORTAL} {OVERVIEW}: {failed}")
    storm.history.add(Unsettled(what=f"relevo rebuild {PORTAL} {OVERVIEW} failed {TRIES} times"))


async def _accepted_on_the_pages(storm: Storm) -> None:
    """Everybody who was offered a seat comes in by the code of their application and accepts it."""
    call_id, receipts = await selected(storm)
    offers = (await seating_of(storm, call_id))["offers"]
    await asyncio.gather(*(_accepted(storm, each, receipts[each["application_id"]]) for each in offers))
    seating = await seating_of(storm, call_id)
    storm.notes.append(f"{seating['accepted']} of {seating['seats']} seats accepted on the pages")


async def _accepted(storm: Storm, offer: Mapping[str, Any], code: str) -> None:
    effects = (
        Effect(type="SeatAccepted", where={"offer_id": offer["offer_id"]}),
        Effect(type="ParticipantEnrolled", where={"application_id": offer["application_id"]}),
    )
    front = storm.load.front
    try:
        await front.does("accept on the pages", front.visitor(code), "yes", ACCEPTED, *effects)
    except GaveUp as page:
        storm.load.stuck.append(f"somebody before {page} of the portal, with an offer")
