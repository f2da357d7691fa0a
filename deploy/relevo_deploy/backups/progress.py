"""What a copy that takes long says of itself meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress


class Progress:
    """Says what takes longer than two seconds, and then every two seconds."""

    SECONDS = 2.0

    def __init__(self, service: str) -> None:
        self._service = service
        self._last = time.monotonic()
        self._bytes = 0

    def __call__(self, name: str, batches: Iterable[bytes]) -> Iterator[bytes]:
        for batch in batches:
            self._bytes += len(batch)
            if time.monotonic() - self._last >= self.SECONDS:
                self._last = time.monotonic()
                with suppress(BrokenPipeError):
                    print(f"{self._service}: {name}, {self._bytes / 1e6:,.0f} MB so far", file=sys.stderr)
            yield batch
