"""The short parts of the first page of one's own, each of what another page tells in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from relevo_portal.words import Room

Facts = Sequence[tuple[str, str]]
"""What something is called, and what it is."""


class Part(NamedTuple):
    """What stands in a few words: ``room`` is the page that tells it in full, by its address and its name."""

    room: Room
    title: str
    facts: Facts = ()


class Parts(NamedTuple):
    """The parts that there are; ``away`` are those whose service does not answer now."""

    found: Sequence[Part] = ()
    away: Sequence[Room] = ()


NO_PARTS = Parts()
