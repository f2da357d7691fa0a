"""A stack on three machines, from ``relevo --help`` on, then without one of them: the pages entered as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.documents.terminal import terminal
from tests.runbooks.pages import blocks, free_ports

SECONDS = 240
"""For one block. The whole takes about a minute where nothing else runs."""


def services(logs: Path) -> list[int]:
    """The processes of all replicas, as the page writes them down."""
    return [int(each.read_text("ascii")) for each in logs.glob("*.pid")]


def running(processes: Sequence[int]) -> list[int]:
    return [each for each in processes if Path(f"/proc/{each}").exists()]


@pytest.mark.timeout(900)
async def test_whoever_enters_the_pages_has_a_stack_that_goes_on_without_one_of_its_machines(tmp_path: Path) -> None:
    names, *installed = blocks("install.md")
    lost, *back = blocks("lose-a-node.md")
    ports = free_ports(names)
    for usual, free in ports.items():
        names = names.replace(usual, free)
    async with terminal(tmp_path, ".venv") as screen:
        await screen.enter("set -e", SECONDS)
        for block in (names, *installed):
            await screen.enter(block, SECONDS)
        assert screen.text.count("\nall is well\n") == 1
        assert screen.text.count(": all agree\n") == 1
        await screen.enter(lost, SECONDS)
        assert "nats one: holds copies of streams and does not answer" in screen.text
        assert f"mongodb localhost:{ports['8231']}: is a member of the replica set" in screen.text
        for block in back:
            await screen.enter(block, SECONDS)
        assert screen.text.count("\nall is well\n") == 2
        assert "\n1 events, 9 durables: all agree\n" in screen.text
        started = services(tmp_path / "var" / "three" / "logs")
        await screen.enter("kill $(jobs -p); wait || true", SECONDS)
        assert len(started) == 12
        assert running(started) == []
