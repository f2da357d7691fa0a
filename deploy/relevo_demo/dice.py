"""Chance that repeats: the same parts give the same dice."""

from __future__ import annotations

import random


def dice(*parts: str | int) -> random.Random:
    """Dice of their own for each purpose, so that one more throw here changes nothing there. Never for secrets."""
    return random.Random("/".join(str(part) for part in parts))  # noqa: S311
