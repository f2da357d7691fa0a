"""The embedded stack: brought up, watched over, ended."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from relevo_chassis.clock import ClockGoesBack, move
from relevo_chassis.delivery.cancelling import cancelled
from relevo_contracts import SERVICES
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.orders import Listening, OrderRefused, What
from relevo_deploy.embedded.place import Elsewhere, Place, Ports
from relevo_deploy.embedded.programs import PROGRAMS, Program, desk, service
from relevo_deploy.embedded.staff import provider
from relevo_deploy.servers.databases import set_up
from relevo_deploy.topology.bus import reached
from relevo_deploy.topology.files import Topology, default_folder, read_topology
from relevo_deploy.topology.server_config import authorization
from relevo_servers import (
    MongoServer,
    NatsServer,
    Server,
    ServerDidNotStart,
    find_mongod,
    find_nats_server,
    is_free,
)

READY_WITHIN_SECONDS = 90
_CALM_SECONDS = 60
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30

Report = Callable[[str, str], None]


class StackRuns(RuntimeError):
    """Another process runs a stack in this folder."""


class PortInUse(RuntimeError):
    """Somebody else listens where the stack wants to."""


@dataclass
class Stack:
    """NATS, MongoDB, the desk and the services as processes of this machine, on loopback alone.

    ``services`` are started of ``programs``; ports are free ones unless given; domain time starts at ``clock_start``
    when the folder is new and goes on from where it was otherwise. With ``sign_in`` a provider runs beside the desk, at
    which staff sign in. A server that ends by itself is started again, with a pause that doubles up to 30 s. Use it as
    an async context manager, from the main thread. Data stay in ``folder`` for the next time.
    """

    folder: Path
    ports: Ports = field(default_factory=Ports.free)
    clock_start: datetime | None = None
    services: Sequence[str] = SERVICES
    programs: Sequence[Program] = PROGRAMS
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    secrets_folder: Path | None = None
    sign_in: bool = False
    report: Report = lambda name, state: None
    ports_free_within_seconds: float = 15

    def __post_init__(self) -> None:
        folder = self.folder.resolve()
        self.place = Place(folder, self.ports, (self.secrets_folder or folder / "secrets").resolve(), self.elsewhere)
        self._servers: dict[str, Server] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._stopped: set[str] = set()
        self._orders = Listening(self._ordered)
        self._lock: IO[str] | None = None

    def url(self, name: str) -> str:
        """The address of a service, or of the ``desk``."""
        return self.place.url(name)

    @property
    def nats_url(self) -> str:
        return self.place.nats_url

    def desk(self) -> Desk:
        """A connection to the desk, for tokens, clock and mailbox; close it, or use it as a context manager."""
        return Desk(self.url("desk"))

    def pid(self, name: str) -> int | None:
        """The process id of ``nats``, ``mongo``, ``desk`` or a service while it runs."""
        return self._servers[name].pid

    async def kill(self, name: str) -> None:
        """What a crash looks like, kill -9; the stack starts it again. Returns when the process is gone."""
        if process := self._servers[name].process:
            await process.kill()

    async def stop_one(self, name: str) -> None:
        """End one server and leave it ended until ``start_one``."""
        self._stopped.add(name)
        await cancelled(filter(None, [self._keepers.pop(name, None)]))
        await self._end(name)

    async def start_one(self, name: str) -> None:
        """Start it again and watch over it. Raises ``ServerDidNotStart``."""
        await self._start(name, self._servers[name])
        self._stopped.discard(name)

    async def ready(self, name: str, within_seconds: float = READY_WITHIN_SECONDS) -> None:
        """Wait until a server answers, such as after ``kill``. Raises ``TimeoutError``."""
        async with asyncio.timeout(within_seconds):
            while True:
                try:
                    return await self._servers[name].answering()
                except ServerDidNotStart:
                    await asyncio.sleep(0.1)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Bring everything up and return when all are ready.

        Raises ``StackRuns``, ``PortInUse``, ``ServerMissing`` or ``ServerDidNotStart``, having ended what had started.
        """
        self._acquire_lock()
        try:
            await self._ports_are_free()
            self._set_clock()
            await self._start_servers()
            if self.sign_in:
                await self._start("provider", provider(self.place))
            await self._start("desk", desk(self.place, self.services, sign_in=self.sign_in))
            programs = [each for each in self.programs if each.name in self.services]
            self._servers |= {each.name: service(each, self.place) for each in programs if each.name in self._stopped}
            await _all(
                self._start(each.name, service(each, self.place)) for each in programs if each.name not in self._stopped
            )
            self._door = await self._orders.open()
            self._leave_word()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End everything: services first, so that they finish what they hold, then the desk, NATS, MongoDB."""
        await self._orders.close()
        keepers, self._keepers = self._keepers, {}
        await cancelled(keepers.values())
        programs = [name for name in self._servers if name not in ("desk", "provider", "nats", "mongo")]
        for names in (programs, ["desk", "provider"], ["nats"], ["mongo"]):
            await asyncio.gather(*(self._end(name) for name in names if name in self._servers))
        if self._lock:
            self._lock.close()
            self._lock = None

    def _leave_word(self) -> None:
        self.place.write(os.getpid(), list(self.services), self._door, self._stopped)

    async def _ordered(self, what: What, name: str) -> str:
        """What another process asks for."""
        if name not in self._servers:
            raise OrderRefused(f"the stack runs no {name}; it runs {', '.join(self._servers)}")
        try:
            if what != "start":
                await self.stop_one(name)
            if what != "stop" and name not in self._keepers:
                await self.start_one(name)
        except ServerDidNotStart as broken:
            raise OrderRefused(f"{broken}; then: relevo start {name}") from None
        finally:
            self._leave_word()
        return f"{name} is stopped, until: relevo start {name}" if name in self._stopped else f"{name} is ready"

    async def _end(self, name: str) -> None:
        await self._servers[name].stop()
        self.report(name, "ended")

    async def _start_servers(self) -> None:
        topology, chores = read_topology(default_folder(), partners=self.place.partners), []
        if not self.elsewhere.nats_url:
            find_nats_server()
            chores.append(self._start("nats", self._nats(topology)))
        if not self.elsewhere.mongo_url:
            find_mongod()
            chores.append(self._start_mongo())
        await _all(chores)
        for identity in topology.identities:
            self.place.secrets.bus.credentials(identity.name, topology)
        async with reached(self.nats_url, self.place.secrets.bus, topology, tls=self.place.trust) as bus:
            await bus.apply(topology)

    def _nats(self, topology: Topology) -> NatsServer:
        ports, folder = self.place.ports, self.place.folder / "nats"
        config = authorization(self.place.secrets.bus, topology, folder / "accounts")
        return NatsServer(folder, port=ports["nats"], monitor_port=ports["nats_monitor"], config=config)

    def _mongo(self, password: str) -> MongoServer:
        key = self.place.secrets.replica_set_key()
        return MongoServer(
            self.place.folder / "mongo", port=self.place.ports["mongo"], admin_password=password, key=key
        )

    async def _start_mongo(self) -> None:
        secrets = self.place.secrets
        mongo = self._mongo(secrets.mongo_admin_password())
        await self._start("mongo", mongo)
        for name in await set_up(mongo.url, secrets):
            self._stopped.add(name)
            self.report(name, "stays stopped, since its restore was broken off: relevo restore")

    async def _start(self, name: str, server: Server) -> None:
        self.report(name, "starting")
        self._servers[name] = server
        await server.start(READY_WITHIN_SECONDS)
        self.report(name, "ready")
        self._keepers[name] = asyncio.create_task(self._keep(name, server), name=f"keep {name}")

    async def _keep(self, name: str, server: Server) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while server.process:
            began = time.monotonic()
            code = await server.process.exited()
            if time.monotonic() - began > _CALM_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self.report(name, f"ended by itself ({code}), starts again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            try:
                await server.start(READY_WITHIN_SECONDS)
                self.report(name, "ready")
            except ServerDidNotStart:
                self.report(name, f"did not start; see {server.log}")

    def _set_clock(self) -> None:
        file = self.place.clock_file
        if file.exists() and self.clock_start is None:
            return
        try:
            move(file, self.clock_start or datetime.now(UTC))
        except ClockGoesBack:
            self.report("clock", "stays where it is, later than it was asked to start")

    def _acquire_lock(self) -> None:
        self.place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = lock_of(self.place.folder)
        if self._lock is None:
            raise StackRuns(f"a stack runs in {self.place.folder} already; end it with: relevo down")
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    async def _ports_are_free(self) -> None:
        """Waits, because a stack that was killed may still be ending."""
        until = time.monotonic() + self.ports_free_within_seconds
        while in_use := [f"{name} {port}" for name, port in self.ports.by_name.items() if not is_free(port)]:
            if time.monotonic() > until:
                raise PortInUse(f"ports in use: {', '.join(in_use)}; choose others with --port-base or --free-ports")
            await asyncio.sleep(0.2)


def lock_of(folder: Path) -> IO[str] | None:
    """The lock that a running stack holds on its folder, or ``None`` when it is held. Freed when closed."""
    file = (folder / "stack.lock").open("a", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def empty(folder: Path) -> None:
    """Remove a stack's data, secrets, partners and logs. Raises ``StackRuns``."""
    if not folder.exists():
        return
    lock = lock_of(folder)
    if lock is None:
        raise StackRuns(f"a stack runs in {folder}; end it with: relevo down")
    with lock:
        for name in ("nats", "mongo", "mailbox", "logs", "secrets", "partners", "provider"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for name in ("clock.json", "stack.json"):
            (folder / name).unlink(missing_ok=True)


async def _all(chores: Iterable[Coroutine[None, None, None]]) -> None:
    """Run them at once; the first that fails cancels the others and is raised as it is."""
    tasks = [asyncio.create_task(chore) for chore in chores]
    try:
        await asyncio.gather(*tasks)
    finally:
        await cancelled(tasks)
