"""Why a file cannot be made anew."""

from __future__ import annotations


class Failed(Exception):
    """A code of ``FailedBecause``."""
