"""Files that operators keep from one time to the next."""

from __future__ import annotations

import os
from pathlib import Path

from relevo_deploy.failed import Failed


def read(path: Path) -> bytes | None:
    """What is in a file; ``None`` when there is none. Raises ``Failed``."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as refused:
        raise Failed(f"{path}: {refused.strerror}") from None


def put(path: Path, content: bytes) -> None:
    """Write a file whole, in place of one that is there. Raises ``Failed``."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
        new.replace(path)
    except OSError as refused:
        raise Failed(f"{path}: {refused.strerror}") from None
