"""How many verifications one address may ask for: guessing tokens is hopeless, and must not be a burden either."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from relevo_chassis.delivery.change import Refusal

_ADDRESSES_MAX = 10_000


class TooManyVerifications(Refusal):
    """Too many verifications from one address; wait a minute."""

    status = 429


class Allowance:
    """So many a minute for each address, refilled steadily. Kept in memory alone, for the addresses seen last."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Raises ``TooManyVerifications``."""
        now = self._monotonic()
        left, then = self._left.pop(address, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - then) * self._per_minute / 60)
        self._left[address] = (max(left - 1, 0.0), now)
        if len(self._left) > _ADDRESSES_MAX:
            self._left.popitem(last=False)
        if left < 1:
            raise TooManyVerifications()
