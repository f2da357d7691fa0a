"""Single faults, and how soon all is well again after each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from tests.chaos.program import WITHIN_COMMIT
from tests.chaos.stand import READY_SECONDS, Replica
from tests.chaos.storm import Storm

from relevo_servers import Server

REACHED_SECONDS = 20.0
DISARMED_SECONDS = 0.05
"""In which one that was armed with another may still pass the point; both are revived then."""
_OF_THE_HOLDER = ("before_publish", "after_publish")
_PUBLISHED = re.compile(r"^relevo_relay_published_total (\S+)", re.MULTILINE)


async def kill_at(storm: Storm, service: str, point: str) -> None:
    """End a replica as by kill -9 at a failpoint, whichever passes it first, and start it again.

    One that ends within a commit leaves a transaction open: what is in it must not keep its fellow waiting.
    """
    replicas = storm.stand.replicas[service]
    armed = replicas if point in _OF_THE_HOLDER else [storm.chance.choice(replicas)]
    for replica in armed:
        replica.arm(f"{point}:{storm.chance.randint(0, 3)}")
    await _first_to_end(armed, REACHED_SECONDS)
    killed_at = time.monotonic()
    for replica in armed:
        replica.arm()
    await asyncio.sleep(DISARMED_SECONDS)
    dead = [replica for replica in armed if not replica.alive]
    if not dead:
        storm.notes.append(f"{service} did not pass {point} within {REACHED_SECONDS:g} s")
    works = [revive(storm, replica, killed_at) for replica in dead]
    if dead and point == WITHIN_COMMIT:
        works.append(passed(storm, f"enrolment past {dead[0].name}", killed_at))
    await asyncio.gather(*works)


async def kill_now(storm: Storm, replica: Replica) -> None:
    """kill -9, wherever it is, and a fresh start; an enrolment made meanwhile is not to wait for it."""
    killed_at = time.monotonic()
    await replica.kill()
    past = passed(storm, f"enrolment past {replica.name}", killed_at)
    await asyncio.gather(revive(storm, replica, killed_at), past)


async def revive(storm: Storm, replica: Replica, killed_at: float) -> None:
    """Start a replica that was killed; it has recovered when it says that it is ready."""
    storm.kills += 1
    replica.start()
    await replica.answering()
    answered_at = time.monotonic()
    await replica.ready()
    storm.recovered(replica.name, killed_at, answering=answered_at)


async def kill_server(storm: Storm, server: Server) -> None:
    """kill -9 of a nats-server or mongod and a restart; it has recovered when an enrolment reaches scheduling."""
    killed_at = time.monotonic()
    await server.kill()
    storm.kills += 1
    await server.start()
    await passed(storm, server.name, killed_at, answering=time.monotonic())


async def passed(storm: Storm, of: str, since: float, **reached: float) -> None:
    """All is well again after what happened at ``since`` when an enrolment made now has reached scheduling."""
    await storm.load.passes(storm.edition, READY_SECONDS)
    storm.recovered(of, since, **reached)


async def holder_of_the_relay(storm: Storm, service: str) -> Replica | None:
    """The replica that publishes, by its own figures; ``None`` when none did for three seconds."""
    before = {replica.name: await _published(replica) for replica in storm.stand.replicas[service]}
    for _ in range(30):
        await asyncio.sleep(0.1)
        for replica in storm.stand.replicas[service]:
            if await _published(replica) > before[replica.name]:
                return replica
    return None


async def _published(replica: Replica) -> float:
    with contextlib.suppress(httpx.HTTPError):
        found = _PUBLISHED.search((await replica.http.get(f"{replica.url}/metrics")).text)
        return float(found[1]) if found else 0.0
    return 0.0


async def _first_to_end(replicas: list[Replica], seconds: float) -> None:
    """Wait until one of them has ended, or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and all(replica.alive for replica in replicas):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


@asynccontextmanager
async def stopped(pid: int | None) -> AsyncIterator[None]:
    """SIGSTOP: it is there and does nothing, and goes on afterwards as if no time had passed."""
    if pid is None:
        raise RuntimeError("it does not run")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class NoSmallDisk(RuntimeError):
    """A small file system cannot be mounted here; the text says why."""


@asynccontextmanager
async def small_disk(folder: Path, megabytes: int) -> AsyncIterator[Path]:
    """A file system of a few megabytes in memory, gone afterwards. Raises ``NoSmallDisk``."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    done = await asyncio.to_thread(subprocess.run, mount, capture_output=True, text=True)
    if done.returncode:
        raise NoSmallDisk(f"mounting a tmpfs is not permitted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        await asyncio.to_thread(subprocess.run, ["umount", "--lazy", str(folder)], capture_output=True)


class Ballast:
    """A file that takes all the room that is left on a disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ballast"

    def fill(self) -> int:
        """Returns how many bytes were free."""
        written = 0
        with self._path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                written += file.write(b"\0" * 65_536)
        return written

    def drop(self) -> None:
        self._path.unlink(missing_ok=True)
