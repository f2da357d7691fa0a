"""``relevo up``, ``down``, ``clock`` and ``token``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from rich.console import Console

from relevo_contracts import SERVICES
from relevo_deploy.embedded.board import Board, table
from relevo_deploy.embedded.desk_client import DeskRefused
from relevo_deploy.embedded.place import Elsewhere, Ports, Running, read_word
from relevo_deploy.embedded.stack import PortTaken, Stack, StackRuns, empty, lock_of
from relevo_deploy.told import Failed
from relevo_servers import ServerDidNotStart, ServerMissing

_LAST_LINES = 8


async def up(given: argparse.Namespace) -> int:
    """Bring the stack up and stay until a signal, or with ``--detach`` leave it to a process of its own."""
    try:
        if given.fresh:
            await asyncio.to_thread(empty, given.stack)
        return await (_detached(given) if given.detach else _attended(given))
    except (StackRuns, PortTaken, ServerMissing) as refused:
        raise Failed(str(refused)) from None
    except ServerDidNotStart as broken:
        raise Failed(f"{broken}\n{_last_lines(given.stack)}".rstrip()) from None


async def _attended(given: argparse.Namespace) -> int:
    board = Board(Console(), given.stack / "logs" / "stack.log")
    stack = Stack(
        given.stack,
        ports=Ports.free() if given.free_ports else Ports.fixed(given.port_base),
        clock_start=given.clock,
        services=given.services,
        elsewhere=Elsewhere(given.nats_url, given.mongo_url),
        secrets_folder=given.secrets,
        tell=board.tell,
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


async def _detached(given: argparse.Namespace) -> int:
    given.stack.mkdir(parents=True, exist_ok=True)
    words = [word for word in sys.argv[1:] if word not in ("--detach", "--fresh")]
    log = given.stack / "logs" / "up.log"
    log.parent.mkdir(exist_ok=True)
    before = _written_at(given.stack)
    with log.open("wb") as output:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "relevo_deploy.command", *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    while _written_at(given.stack) == before:
        if child.returncode is not None:
            raise Failed(log.read_text(encoding="utf-8").strip())
        await asyncio.sleep(0.1)
    running = _running(given.stack)
    print(table(running.place, running.services))
    return 0


async def down(given: argparse.Namespace) -> int:
    """Ask the stack to end and wait until it has."""
    if not given.stack.is_dir() or (lock := lock_of(given.stack)):
        if given.stack.is_dir() and lock:
            lock.close()
        print(f"no stack runs in {given.stack}")
        return 0
    os.kill(int((given.stack / "stack.lock").read_text(encoding="ascii")), signal.SIGTERM)
    until = time.monotonic() + 120
    while not (lock := lock_of(given.stack)):
        if time.monotonic() > until:
            raise Failed(f"the stack in {given.stack} does not end; see {given.stack / 'logs'}")
        await asyncio.sleep(0.1)
    lock.close()
    return 0


async def clock(given: argparse.Namespace) -> int:
    """Print domain time, moved or not."""
    async with _running(given.stack).desk() as desk:
        try:
            now = await desk.now()
            to = given.to or (now + given.by if given.by else None)
            print((await desk.move_clock(to) if to else now).isoformat())
        except DeskRefused as refused:
            raise Failed(str(refused)) from None
    return 0


async def token(given: argparse.Namespace) -> int:
    """Print an access token."""
    others = {"participant_id": given.participant_id} if given.participant_id else {}
    async with _running(given.stack).desk() as desk:
        print(await desk.token(given.subject, given.roles, given.audience or SERVICES, **others))
    return 0


def _running(folder: Path) -> Running:
    running = read_word(folder)
    lock = lock_of(folder) if running else None
    if lock:
        lock.close()
    if not running or lock:
        raise Failed(f"no stack runs in {folder}; bring one up with: relevo up")
    return running


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
