"""Storms of an upgrade: replicas of the last release and of the tree side by side, and back again in its midst."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bson import encode
from tests.chaos.gathering import come_to_rest
from tests.chaos.home import THE_TREE, Home
from tests.chaos.stand import ROOT, WITNESS, Replica
from tests.chaos.storm import Fault, Storm

from relevo_chassis.delivery.store import Store
from relevo_deploy.reconcile.judgement import Check, judge, lasting
from relevo_deploy.reconcile.reading import read

OPENED = ROOT / "tests" / "upgrade" / "opened.py"
_STATES = {"state": {"$type": "object"}}


class Torn(AssertionError):
    """What is stored is not readable by both, or does not add up."""


def upgrade(*, producers_first: bool, seconds: float) -> Fault:
    """From the release to the tree: one replica of each service, back with it, then all, with ``seconds`` between them.

    What is upgraded first the first time comes last the second time. Either order does, as long as nobody tells a type
    of event that the release does not know: of those, ``deploy/releases.toml`` says who comes first.
    """

    async def fault(storm: Storm) -> None:
        services = services_of(storm)
        in_order = services if producers_first else services[::-1]
        release = storm.stand.layout.home
        for service in in_order:
            await _moved(storm, storm.stand.replicas[service][1:], THE_TREE, seconds)
        for service in in_order[::-1]:
            await _moved(storm, storm.stand.replicas[service][1:], release, seconds)
        await _read_by_both(storm, release, "rolled back")
        for service in in_order[::-1]:
            await _moved(storm, storm.stand.replicas[service], THE_TREE, seconds)
        storm.load.stop()
        await _read_by_both(storm, release, "upgraded")
        storm.history.extend(await come_to_rest(storm.stand, storm.rest_seconds))
        await _verified(storm)

    return fault


def services_of(storm: Storm) -> list[str]:
    """Those that are upgraded, a producer before who takes its events; the witness is the tree's from the beginning."""
    return [each for each in storm.stand.services if each != WITNESS]


async def _moved(storm: Storm, replicas: Sequence[Replica], home: Home, seconds: float) -> None:
    """Start replicas of one service from elsewhere, one after the other; an enrolment passes each time."""
    for replica in replicas:
        replica.home = home
        since = time.monotonic()
        await replica.restart()
        ready = time.monotonic()
        passes = await storm.load.passes(storm.edition, 60)
        storm.notes.append(f"{replica.name} of {home.label}: ready in {ready - since:.1f} s, passes in {passes:.1f} s")
        await asyncio.sleep(seconds)


async def _read_by_both(storm: Storm, release: Home, when: str) -> None:
    """Raises ``Torn`` when either of them cannot read a state that is there."""
    for service in services_of(storm):
        await _written(storm, service)
    for home in (release, THE_TREE):
        for service, found in (await _opened(storm, home)).items():
            if found["unread"] or not found["read"]:
                raise Torn(f"{when}, {home.label} does not read of {service}: {found}")


async def _written(storm: Storm, service: str) -> None:
    database = storm.stand.database[service]
    own = {"name": {"$not": {"$regex": r"^system\."}}, "type": "collection"}
    with _rows(storm, service).open("wb") as into:
        for kind in await database.list_collection_names(filter=own):
            async for row in database[kind].find(_STATES, {"state": True}):
                into.write(encode({"kind": kind, **row}))


def _rows(storm: Storm, service: str) -> Path:
    return storm.stand.folder / f"{service}.bson"


async def _opened(storm: Storm, home: Home) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(OPENED), str(storm.stand.folder), *services_of(storm)),
        env=home.path(os.environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    answer, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{home.label}: {complaint.decode()}")
    found: dict[str, Any] = json.loads(answer)
    return found


async def _verified(storm: Storm) -> None:
    """As ``relevo verify`` does, in two looks. Raises ``Torn``.

    Intake is left out: the witness tells on its stream, which no outbox of intake accounts for.
    """
    url = storm.stand.mongo[0].url
    stores = {service: Store.connected(url, service) for service in services_of(storm) if service != "intake"}
    try:
        first = judge(await read(storm.stand.topology, stores, storm.stand.operator))
        await asyncio.sleep(0.5)
        last = lasting(first, judge(await read(storm.stand.topology, stores, storm.stand.operator)))
    finally:
        for store in stores.values():
            store.close()
    if wrong := [_offended(each) for each in last if each.offences]:
        raise Torn(f"verify: {'; '.join(wrong)}")


def _offended(check: Check) -> str:
    return f"{check.name} of {check.of}: {len(check.offences)} × {check.offences[0]}"
