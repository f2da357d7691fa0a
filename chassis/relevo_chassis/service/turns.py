"""How long one thread of a service may keep the interpreter while others wait for it."""

from __future__ import annotations

import sys

SECONDS = 0.001


def keep_turns_short() -> None:
    """Let the driver's threads go on soon.

    Motor works in threads, and each of them needs the interpreter for a moment to send a command or to read an
    answer; while the loop is busy it gets it after Python's default of 5 ms, several times for each command. Called
    once, at the start.
    """
    sys.setswitchinterval(SECONDS)
