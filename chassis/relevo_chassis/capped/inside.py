"""What runs in the process: it is confined before it looks at the first byte, and answers once.

It has no key, and can open no file and no connection, start nothing, and take no more memory and time than it was
given. What it holds ends with it, and none of it is ever dumped.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

from relevo_chassis.capped.failed import Failed


class Made(NamedTuple):
    """A new file, and what is to be said of it."""

    content: bytes
    values: Mapping[str, int] = {}


def make(made: Callable[[bytes, list[str]], Made], *, out_of_memory: str = "too_costly") -> None:
    """Answer what ``made`` makes of the bytes and the arguments that ``Capped`` was given, or why it makes nothing.

    Whatever it imports only when it is needed is to be imported before. Its ``Failed`` is answered by its code, the end
    of memory by ``out_of_memory``, and anything else that it raises as ``broken``.
    """
    memory_bytes, cpu_seconds, *arguments = sys.argv[1:]
    confine(int(memory_bytes), int(cpu_seconds))
    try:
        new = made(sys.stdin.buffer.read(), arguments)
    except Failed as failed:
        _answer({"failed": str(failed)})
    except MemoryError:
        _answer({"failed": out_of_memory})
    except Exception:
        _answer({"failed": "broken"})  # whatever a reader raises of what it was not made for
    else:
        _answer(new.values, new.content)


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Nothing can be opened from now on."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    for each in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        resource.setrlimit(each, (0, 0))


def _answer(values: Mapping[str, int | str], content: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(dict(values)).encode() + b"\n" + content)
    sys.stdout.buffer.flush()
