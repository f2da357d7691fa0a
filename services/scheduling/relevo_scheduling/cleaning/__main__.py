"""The process that makes one file anew: its bytes in, a file of the same kind out (``cleaner.py`` starts it).

It has no key, and from before it looks at the first byte it can open no file and no connection, start nothing, and
take no more memory and time than it was given. What it holds ends with it, and none of it is ever dumped.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Mapping

from PIL import Image

from relevo_scheduling.cleaning.failed import Failed
from relevo_scheduling.cleaning.pdf import pdf_anew
from relevo_scheduling.cleaning.pictures import jpeg_anew, png_anew
from relevo_scheduling.cleaning.plain import text_anew

ANEW: Mapping[str, Callable[[bytes], bytes]] = {
    "application/pdf": pdf_anew,
    "image/jpeg": jpeg_anew,
    "image/png": png_anew,
    "text/plain": text_anew,
}


def main() -> int:
    media, (memory_bytes, cpu_seconds, most_bytes) = sys.argv[1], map(int, sys.argv[2:])
    confine(memory_bytes, cpu_seconds)
    try:
        content = ANEW[media](sys.stdin.buffer.read())
    except Failed as failed:
        return answer({"failed": str(failed)})
    except MemoryError:
        return answer({"failed": "too_costly"})
    except Exception:
        return answer({"failed": "broken"})  # whatever a reader raises of what it was not made for
    if not 0 < len(content) <= most_bytes:
        return answer({"failed": "too_large"})
    return answer({}, content)


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Nothing can be opened from now on. What the library imports only when it is needed is had before."""
    Image.preinit()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    for each in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        resource.setrlimit(each, (0, 0))


def answer(values: dict[str, str], content: bytes = b"") -> int:
    sys.stdout.buffer.write(json.dumps(values).encode() + b"\n" + content)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
