"""What the tests of the stack share: which processes run."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def no_process_left() -> Iterator[None]:
    before = children()
    yield
    assert children() - before == set()


def parents() -> dict[int, int]:
    """Each running process and its parent."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(path.parent.name)] = int(parent)
    return found


def children(of: int | None = None) -> set[int]:
    """The running processes that descend from one, by default from this one."""
    running, mine = parents(), {of or os.getpid()}
    while more := {pid for pid, parent in running.items() if parent in mine} - mine:
        mine |= more
    return mine - {of or os.getpid()}


@pytest.fixture
def descendants() -> Callable[[int], set[int]]:
    return children
