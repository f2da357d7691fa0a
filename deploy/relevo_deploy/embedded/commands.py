"""``relevo up`` and ``relevo down``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from relevo_deploy.deployed import DEPLOYED, PORTAL
from relevo_deploy.embedded.board import Board, table
from relevo_deploy.embedded.place import FIRST_PORT, Elsewhere, Ports
from relevo_deploy.embedded.running import running_in
from relevo_deploy.embedded.stack import PortInUse, Stack, StackRuns, empty, lock_of
from relevo_deploy.failed import Failed
from relevo_deploy.parameters import STACK_FOLDER, File, Flag, Folder, Instant, Services, StackFolder, one_of
from relevo_servers import ServerDidNotStart, ServerMissing
from relevo_servers.node import find_node

_LAST_LINES = 8
PORTS = one_of("Ports")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The stack that is to run."""

    clock: Instant | None = None
    """Where domain time starts, e.g. 2019-09-12T09:00Z."""
    services: Services = DEPLOYED
    """Only these services (default: all)."""
    nats_url: Annotated[str | None, Parameter(metavar="URL")] = None
    """Use this NATS; its users are those of the stack's secrets."""
    mongo_url: Annotated[str | None, Parameter(metavar="URL")] = None
    """Use this MongoDB; its users are those of the stack's secrets."""
    ca_file: File | None = None
    """Whom to trust as that NATS, if it speaks TLS."""
    secrets: Folder | None = None
    """Default: secrets in the stack's folder."""
    stack: StackFolder = STACK_FOLDER
    port_base: Annotated[int, Parameter(group=PORTS, metavar="PORT")] = FIRST_PORT
    """The desk's; the others follow it."""
    free_ports: Annotated[Flag, Parameter(group=PORTS)] = False
    """Take whatever ports are free."""

    @property
    def elsewhere(self) -> Elsewhere:
        """The servers that are not the stack's own."""
        return Elsewhere(self.nats_url, self.mongo_url, str(self.ca_file.resolve()) if self.ca_file else None)

    @property
    def words(self) -> list[str]:
        """What to type to want the same."""
        values = {
            "--clock": self.clock.isoformat() if self.clock else None,
            "--services": ",".join(self.services),
            "--nats-url": self.nats_url,
            "--mongo-url": self.mongo_url,
            "--ca-file": self.ca_file,
            "--secrets": self.secrets,
            "--stack": self.stack,
        }
        ports = "--free-ports" if self.free_ports else f"--port-base={self.port_base}"
        return [ports, *(f"{option}={value}" for option, value in values.items() if value)]


USUAL = Wanted()


async def up(
    *,
    detach: Annotated[Flag, Parameter(help="Return when all is ready; end it with: relevo down.")] = False,
    fresh: Annotated[
        Flag, Parameter(help="First remove the data, secrets, partners and logs of earlier runs.")
    ] = False,
    wanted: Wanted = USUAL,
) -> int:
    """Bring up the embedded stack and watch over it until Ctrl-C."""
    try:
        if fresh:
            await asyncio.to_thread(empty, wanted.stack)
        return await (_detached(wanted) if detach else _attended(wanted))
    except (StackRuns, PortInUse, ServerMissing) as refused:
        raise Failed(str(refused)) from None
    except ServerDidNotStart as broken:
        raise Failed(f"{broken}\n{_last_lines(wanted.stack)}".rstrip()) from None


async def _attended(wanted: Wanted) -> int:
    board = Board(Console(), wanted.stack / "logs" / "stack.log")
    stack = Stack(
        wanted.stack,
        ports=Ports.free() if wanted.free_ports else Ports.fixed(wanted.port_base),
        clock_start=wanted.clock,
        services=wanted.services,
        elsewhere=Elsewhere(
            wanted.nats_url, wanted.mongo_url, str(wanted.ca_file.resolve()) if wanted.ca_file else None
        ),
        secrets_folder=wanted.secrets,
        sign_in=PORTAL in wanted.services and _has_node(),
        report=board.set_state,
    )
    asked_to_end = _signals()
    starting = asyncio.create_task(stack.start())
    ending = asyncio.create_task(asked_to_end.wait())
    with board:
        await asyncio.wait((starting, ending), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return 130
        await starting
    print(table(stack.place, stack.services))
    print("Ctrl-C ends it.", flush=True)
    await ending
    print("Ending …", flush=True)
    await stack.stop()
    return 0


async def _detached(wanted: Wanted) -> int:
    log = wanted.stack / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    before = _written_at(wanted.stack)
    with log.open("wb") as output:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "relevo_deploy.command", "up", *wanted.words,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    while _written_at(wanted.stack) == before:
        if child.returncode is not None:
            raise Failed(log.read_text(encoding="utf-8").strip())
        await asyncio.sleep(0.1)
    running = running_in(wanted.stack)
    print(table(running.place, running.services))
    return 0


async def down(*, stack: StackFolder = STACK_FOLDER) -> int:
    """End the embedded stack."""
    if not stack.is_dir() or (lock := lock_of(stack)):
        if stack.is_dir() and lock:
            lock.close()
        print(f"no stack runs in {stack}")
        return 0
    os.kill(int((stack / "stack.lock").read_text(encoding="ascii")), signal.SIGTERM)
    until = time.monotonic() + 120
    while not (lock := lock_of(stack)):
        if time.monotonic() > until:
            raise Failed(f"the stack in {stack} does not end; see {stack / 'logs'}")
        await asyncio.sleep(0.1)
    lock.close()
    return 0


def _has_node() -> bool:
    """Whether the provider can run here; without it the portal's page for staff says that there is no sign-in."""
    try:
        return bool(find_node())
    except ServerMissing:
        return False


def _written_at(folder: Path) -> int:
    try:
        return (folder / "stack.json").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _signals() -> asyncio.Event:
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked


def _last_lines(folder: Path) -> str:
    """The end of the log that was written last: of the server that did not start."""
    logs = sorted(folder.glob("**/*.log"), key=lambda path: path.stat().st_mtime)
    logs = [path for path in logs if path.name not in ("stack.log", "up.log")]
    return "\n".join(logs[-1].read_text(errors="replace").splitlines()[-_LAST_LINES:]) if logs else ""
