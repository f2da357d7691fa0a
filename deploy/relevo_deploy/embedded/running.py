"""Which stack runs in a folder, for the other commands."""

from __future__ import annotations

from pathlib import Path

from relevo_deploy.embedded.place import Running, read_word
from relevo_deploy.embedded.stack import lock_of
from relevo_deploy.failed import Failed


def stack_in(folder: Path) -> Running | None:
    """The stack that runs in a folder, or ``None``."""
    running = read_word(folder)
    if running and (lock := lock_of(folder)):
        lock.close()
        return None
    return running


def running_in(folder: Path) -> Running:
    """The stack that runs in a folder. Raises ``Failed``."""
    running = stack_in(folder)
    if running is None:
        raise Failed(f"no stack runs in {folder}; bring one up with: relevo up")
    return running
