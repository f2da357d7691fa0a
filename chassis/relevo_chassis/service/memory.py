"""How often a service looks for cycles of garbage."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 100_000, 20, 100


def collect_rarely() -> None:
    """Leave what was made at the start out of every search for cycles, and search less often.

    A request and an event make hundreds of objects that live for milliseconds and are freed by counting references;
    Python's default looks for cycles among them after every 700, which took a third of a consumer's time. Called once,
    when everything has started; until then ``starting`` has nothing searched at all.
    """
    gc.enable()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
