"""Why a file was not made anew."""

from __future__ import annotations


class Failed(Exception):
    """A code of whoever makes it anew, or ``broken`` or ``too_costly``."""


class Busy(Exception):
    """As many wait for their turn as may."""
