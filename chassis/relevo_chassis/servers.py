"""A nats-server and a mongod of one's own: for a laptop and for tests, never for production.

Each listens on loopback alone, keeps its data in a folder it is given, is ended by its own process id and dies with
the process that started it, even when that one is killed. ``start`` returns when the server answers.
"""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import os
import platform
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

LOOPBACK = "127.0.0.1"
REPLICA_SET = "rs0"
_PORTS = range(20_000, 32_000)
_PR_SET_PDEATHSIG = 1


class ServerMissing(RuntimeError):
    """There is no program to run for a server; the text says how to get one or how to do without."""


class ServerDidNotStart(RuntimeError):
    """A server ended or stayed silent; the text names its log."""


def find_nats_server() -> Path:
    """The nats-server to run: ``RELEVO_NATS_SERVER``, else the wheel's, else the one on PATH."""
    return _find("nats-server", "RELEVO_NATS_SERVER", Path(sys.executable).parent / "nats-server")


def find_mongod() -> Path:
    """The mongod to run: ``RELEVO_MONGOD``, else the wheel's, else the one on PATH."""
    spec = find_spec("fiftyone")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    wheel = Path(folders[0]) / "db" / "bin" / "mongod" if folders else None
    if wheel and wheel.exists() and not os.access(wheel, os.X_OK):
        wheel.chmod(wheel.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return _find("mongod", "RELEVO_MONGOD", wheel)


def _find(program: str, variable: str, wheel: Path | None) -> Path:
    if named := os.environ.get(variable):
        if not os.access(named, os.X_OK):
            raise ServerMissing(f"{variable} names {named}, which is no program that can be run")
        return Path(named)
    if wheel and os.access(wheel, os.X_OK):
        return wheel
    if found := shutil.which(program):
        return Path(found)
    raise ServerMissing(
        f"no {program} for {platform.system()} {platform.machine()}: the wheels hold it for Linux on x86-64 only. "
        f"Set {variable} to one, put one on PATH, or run NATS and MongoDB in containers (docker compose up nats mongo) "
        "and point at them with: relevo up --nats-url nats://… --mongo-url mongodb://…"
    )


def free_port() -> int:
    """A port nobody listens on, outside the range from which the system takes the ports of outgoing connections."""
    for _ in range(200):
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise ServerDidNotStart("200 ports tried, none of them free")


class Process:
    """A child in a process group of its own, its output appended to a log, ended by SIGTERM when its parent dies.

    Start it from the main thread: the system takes the end of the thread that started it for the parent's end.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.command = list(command)
        self.log = log
        self.environment = environment
        self.folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while the child is not known to have ended."""
        return self._child.pid if self._child and self._child.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How the child ended: negative is the signal; ``None`` while it runs or before it was started."""
        return self._child.poll() if self._child else None

    def start(self) -> None:
        if self.pid:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603  (our own command, no shell)
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if self.environment is None else dict(self.environment),
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=_end_with_parent if _LIBC else None,
            )

    async def ended(self) -> int:
        """Wait for the end and return the exit code."""
        while (code := self.exit_code) is None:  # noqa: ASYNC110  (a process has no event to wait for)
            await asyncio.sleep(0.02)
        return code

    async def stop(self, grace_seconds: float = 30) -> None:
        """SIGTERM, and SIGKILL to the whole group when the grace is over."""
        if not self.pid:
            return
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.ended(), grace_seconds)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL to the whole group: what a crash looks like."""
        if self._child is None:
            return
        if self.pid:
            os.killpg(self._child.pid, signal.SIGKILL)
        await self.ended()

    def signal(self, number: int) -> None:
        """Send a signal to the child, such as SIGSTOP and SIGCONT."""
        if pid := self.pid:
            os.kill(pid, number)


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


_LIBC = _libc()


def _end_with_parent() -> None:
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class _Server:
    """What both servers have: a folder, a port that stays the same over restarts, and a process."""

    name = ""

    def __init__(self, folder: Path, port: int | None) -> None:
        self.folder = folder.resolve()
        self.port = port or free_port()
        self.process: Process | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, within_seconds: float = 30) -> None:
        """Run the server and return when it answers; raises ``ServerMissing`` or ``ServerDidNotStart``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = Process(self._command(), log=self.log)
        self.process.start()
        try:
            await asyncio.wait_for(self._answering(), within_seconds)
        except BaseException as broken:
            code = self.process.exit_code
            await self.process.stop(5)
            if isinstance(broken, TimeoutError | ServerDidNotStart):
                raise ServerDidNotStart(f"{self.name} did not start (exit code {code}); see {self.log}") from broken
            raise

    async def stop(self, grace_seconds: float = 30) -> None:
        """End it cleanly: what was acknowledged is on disk."""
        if self.process:
            await self.process.stop(grace_seconds)

    async def kill(self) -> None:
        """End it as a crash would, kill -9."""
        if self.process:
            await self.process.kill()

    async def restart(self) -> None:
        """Start again on the same port and data, after a stop or a kill."""
        await self.stop()
        await self.start()

    async def _answering(self) -> None:
        while not await self._answers():
            if self.process is None or self.process.pid is None:
                raise ServerDidNotStart(self.name)
            await asyncio.sleep(0.05)

    def _command(self) -> list[str]:
        raise NotImplementedError

    async def _answers(self) -> bool:
        raise NotImplementedError


class NatsServer(_Server):
    """A nats-server with JetStream that syncs every write before it acknowledges it.

    ``config`` is appended to its configuration (users, a cluster, limits). ``monitor_port`` serves /healthz and /jsz.
    """

    name = "nats-server"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        monitor_port: int | None = None,
        config: str = "",
        server_name: str = "relevo",
    ) -> None:
        super().__init__(folder, port)
        self.monitor_port = monitor_port or free_port()
        self.config = config
        self.server_name = server_name

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.port}"

    def _command(self) -> list[str]:
        path = self.folder / "nats-server.conf"
        with open(path, "w", opener=_owner_only, encoding="utf-8") as file:
            file.write(
                f"server_name: {self.server_name}\n"
                f'listen: "{LOOPBACK}:{self.port}"\n'
                f'http: "{LOOPBACK}:{self.monitor_port}"\n'
                f'jetstream {{ store_dir: "{self.folder / "jetstream"}", sync_interval: always }}\n'
                f"{self.config}\n"
            )
        return [str(find_nats_server()), "--config", str(path)]

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self.monitor_port)
        except OSError:
            return False
        try:
            writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
            await writer.drain()
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()


async def start_nats_cluster(folder: Path, *, nodes: int = 3, config: str = "") -> list[NatsServer]:
    """Start a JetStream cluster; whoever calls stops each node. Raises like ``start``."""
    ports = [free_port() for _ in range(nodes)]
    routes = ", ".join(f'"nats://{LOOPBACK}:{port}"' for port in ports)
    servers = [
        NatsServer(
            folder / f"node-{number}",
            server_name=f"node-{number}",
            config=f'{config}\ncluster {{ name: relevo, listen: "{LOOPBACK}:{port}", routes: [{routes}] }}',
        )
        for number, port in enumerate(ports, 1)
    ]
    started = await asyncio.gather(*(server.start() for server in servers), return_exceptions=True)
    if broken := [each for each in started if isinstance(each, BaseException)]:
        await asyncio.gather(*(server.stop() for server in servers))
        raise broken[0]
    return servers


class MongoServer(_Server):
    """A mongod that is the only member of its replica set, or one of several.

    With ``admin_password`` authentication is on and the user ``admin`` exists; ``key`` is then what the members of a
    set show each other. With ``alone`` false, ``start_mongo_set`` brings the members together.
    """

    name = "mongod"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        admin_password: str | None = None,
        key: str = "",
        cache_gigabytes: float = 0.5,
        alone: bool = True,
    ) -> None:
        super().__init__(folder, port)
        self.admin_password = admin_password
        self.key = key or hashlib.sha256((admin_password or "").encode()).hexdigest()
        self.cache_gigabytes = cache_gigabytes
        self.alone = alone

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        """As admin when authentication is on."""
        return self.url_for("admin", self.admin_password) if self.admin_password else self.url_for()

    def url_for(self, user: str = "", password: str | None = None) -> str:
        credentials = f"{quote(user, safe='')}:{quote(password or '', safe='')}@" if user else ""
        source = "&authSource=admin" if user else ""
        return f"mongodb://{credentials}{self.address}/?replicaSet={REPLICA_SET}{source}"

    def _command(self) -> list[str]:
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        command = [
            *(str(find_mongod()), "--dbpath", str(data), "--port", str(self.port), "--bind_ip", LOOPBACK),
            *("--replSet", REPLICA_SET, "--nounixsocket", "--quiet", "--oplogSize", "512"),
            *("--wiredTigerCacheSizeGB", str(self.cache_gigabytes)),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=500"),
        ]
        if self.admin_password:
            key_file = self.folder / "key"
            with open(key_file, "w", opener=_owner_only, encoding="ascii") as file:
                file.write(self.key)
            command += ["--auth", "--keyFile", str(key_file)]
        return command

    async def _answers(self) -> bool:
        return await asyncio.to_thread(self._settle)

    def _settle(self) -> bool:
        """Whether it is usable; does the first run's chores on the way (initiate the set, make the admin)."""
        try:
            with self._client() as client:
                hello = client.admin.command("hello")
                if not self.alone:
                    return True
                if not hello.get("setName"):
                    client.admin.command("replSetInitiate", replica_set_config([self.address]))
                    return False
                if not hello.get("isWritablePrimary"):
                    return False
                if self.admin_password:
                    ensure_admin(client, self.admin_password)
                return True
        except PyMongoError:
            return False

    def _client(self) -> MongoClient[dict[str, Any]]:
        return MongoClient(self.address, directConnection=True, serverSelectionTimeoutMS=1000)


def replica_set_config(members: Sequence[str]) -> dict[str, Any]:
    """A replica set of these members, that elects within about two seconds."""
    return {
        "_id": REPLICA_SET,
        "members": [{"_id": number, "host": member} for number, member in enumerate(members)],
        "settings": {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500},
    }


def ensure_admin(client: MongoClient[dict[str, Any]], password: str) -> None:
    """Make the user ``admin``, which a mongod lets anybody on loopback do once: while it has no user at all."""
    try:
        client.admin.command("createUser", "admin", pwd=password, roles=["root"])
    except OperationFailure as refused:
        if refused.code not in (13, 51003):  # Unauthorized: the door is shut, so there is one. 51003: there is one.
            raise


async def start_mongo_set(folder: Path, *, members: int = 3, cache_gigabytes: float = 0.25) -> list[MongoServer]:
    """Start a replica set without authentication and return once it has a primary; whoever calls stops each member."""
    servers = [
        MongoServer(folder / f"member-{number}", alone=False, cache_gigabytes=cache_gigabytes)
        for number in range(1, members + 1)
    ]
    try:
        for server in servers:
            await server.start()
        await asyncio.wait_for(asyncio.to_thread(_initiate, servers), 60)
    except BaseException:
        await asyncio.gather(*(server.stop() for server in servers))
        raise
    return servers


def _initiate(servers: Sequence[MongoServer]) -> None:
    addresses = [server.address for server in servers]
    first: MongoClient[dict[str, Any]] = MongoClient(addresses[0], directConnection=True)
    with first:
        first.admin.command("replSetInitiate", replica_set_config(addresses))
    whole: MongoClient[dict[str, Any]] = MongoClient(
        addresses, replicaSet=REPLICA_SET, serverSelectionTimeoutMS=40_000
    )
    with whole:
        whole["admin"]["system.version"].find_one()  # waits for a primary


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
