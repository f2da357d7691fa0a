"""How much one address may ask for: to guess is hopeless, and must not be a burden either."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.addresses import network_of

_ADDRESSES_MAX = 10_000


class Allowance:
    """So many a minute for each address (with IPv6 for each /64), refilled steadily. In memory alone, for those seen
    last; behind proxies the settings must name them, or all who come by them share one."""

    def __init__(
        self, per_minute: int, refusal: type[Refusal], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_minute = per_minute
        self._refusal = refusal
        self._monotonic = monotonic
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, request: Request) -> None:
        """Raises the refusal, which says when to come again."""
        self.spend_of(_client(request))

    def spend_of(self, client: str) -> None:
        """As ``spend``, of whoever is known by another name than an address."""
        now = self._monotonic()
        left, then = self._left.pop(client, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - then) * self._per_minute / 60)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _ADDRESSES_MAX:
            self._left.popitem(last=False)
        if left < 1:
            refused = self._refusal()
            refused.retry_after_seconds = math.ceil((1 - left) * 60 / self._per_minute)
            raise refused

    def refund(self, request: Request) -> None:
        """What was spent on this counts no more: it was no guess."""
        client = _client(request)
        if client in self._left:
            left, then = self._left[client]
            self._left[client] = (min(self._per_minute, left + 1), then)


def _client(request: Request) -> str:
    return network_of(request.client.host if request.client else "")
