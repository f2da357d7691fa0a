"""A child process that ends with its parent, and what the servers of this package have in common."""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
_PORTS = range(20_000, 32_000)
_PR_SET_PDEATHSIG = 1


class ServerMissing(RuntimeError):
    """There is no program to run for a server; the text says how to get one or how to do without."""


class ServerDidNotStart(RuntimeError):
    """A server ended or stayed silent; the text names its log."""


def find_program(program: str, variable: str, wheel: Path | None) -> Path:
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
    """A port nobody listens on, outside the range from which the system takes the ports of outgoing connections.

    On Linux it stays bound until this process ends, so that it is drawn by nobody else, in this process or in another:
    neither before a server listens there nor while one restarts. A server may, if it sets SO_REUSEADDR as servers do.
    """
    for _ in range(200):
        port = secrets.choice(_PORTS)
        with socket.socket() as bound:
            try:
                bound.bind((LOOPBACK, port))
            except OSError:
                continue
            if sys.platform == "linux":
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                bound.detach()
            return port
    raise ServerDidNotStart("200 ports tried, none of them free")


def is_free(port: int) -> bool:
    """Whether a server may listen on a port of loopback: nobody does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


async def answers_at(port: int, path: str) -> bool:
    """Whether a server of loopback answers a GET with 200."""
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {LOOPBACK}:{port}\r\n\r\n".encode())
        await writer.drain()
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


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

    async def exited(self) -> int:
        """Wait for the end and return the exit code."""
        pause = 0.01
        while (code := self.exit_code) is None:  # noqa: ASYNC110  (a process has no event to wait for)
            await asyncio.sleep(pause := min(pause * 1.5, 0.2))
        return code

    async def stop(self, grace_seconds: float = 30) -> None:
        """SIGTERM, and SIGKILL to the whole group when the grace is over."""
        if not self.pid:
            return
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_seconds):
                await self.exited()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL to the whole group: what a crash looks like."""
        if self._child is None:
            return
        if self.pid:
            os.killpg(self._child.pid, signal.SIGKILL)
        await self.exited()

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


class Server:
    """What every server has: a folder, ports that stay the same over restarts, and a process.

    A port that is not given is drawn, and drawn again when somebody listens there at the first start.
    """

    name = ""

    def __init__(self, folder: Path, **ports: int | None) -> None:
        self.folder = folder.resolve()
        self.ports = {name: port or free_port() for name, port in ports.items()}
        self._drawn = {name for name, port in ports.items() if not port}
        self.process: Process | None = None

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self.ports["clients"]

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
        if self.process is None:
            self._have_ports()
        self.process = Process(self._command(), log=self.log, environment=self._environment())
        self.process.start()
        try:
            async with asyncio.timeout(within_seconds):
                await self.answering()
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

    async def answering(self) -> None:
        """Wait until it answers. Raises ``ServerDidNotStart`` when its process has ended."""
        while not await self._answers():
            if self.process is None or self.process.pid is None:
                raise ServerDidNotStart(self.name)
            await asyncio.sleep(0.05)

    def _have_ports(self) -> None:
        for name, port in self.ports.items():
            if is_free(port):
                continue
            if name not in self._drawn:
                raise ServerDidNotStart(f"{self.name}: somebody else listens on its port for {name}, {port}")
            self.ports[name] = free_port()
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("a", encoding="utf-8") as log:
                log.write(f"somebody else listens on {port}: {self.ports[name]} is the port for {name} instead\n")

    def _environment(self) -> Mapping[str, str] | None:
        return None

    def _command(self) -> list[str]:
        raise NotImplementedError

    async def _answers(self) -> bool:
        raise NotImplementedError


def owner_only(path: str, flags: int) -> int:
    """An opener for ``open`` that makes files nobody else can read."""
    return os.open(path, flags, 0o600)
