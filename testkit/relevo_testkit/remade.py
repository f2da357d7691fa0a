"""A process with bounds that does what its first argument says (``relevo_chassis.capped``)."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from pathlib import Path

from relevo_chassis.capped.failed import Failed
from relevo_chassis.capped.inside import Made, make


def made(content: bytes, arguments: list[str]) -> Made:
    match arguments:
        case ["turn"]:
            return Made(content[::-1], {"bytes": len(content)})
        case ["fail", code]:
            raise Failed(code)
        case ["take", memory_bytes]:
            return Made(bytes(int(memory_bytes)))
        case ["go_on"]:
            while True:
                pass
        case ["open"]:
            return Made(b"", {"opened": _opened()})
        case ["leave", status]:
            raise SystemExit(int(status))
    raise ValueError("nothing that it does")


def _opened() -> int:
    """How many of a file to read, one to write and a connection can be opened."""
    here = Path(__file__)
    return sum(_opens(each) for each in (here.open, here.with_suffix(".written").touch, socket.socket))


def _opens(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError as refused:
        return refused.errno != errno.EMFILE
    return True


if __name__ == "__main__":
    make(made)
