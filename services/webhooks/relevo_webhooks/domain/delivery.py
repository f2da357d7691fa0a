"""One delivery: an event on its way to one subscription, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import derived_id
from relevo_contracts.model import Frozen

DeliveryState = Literal["waiting", "parked", "delivered", "dropped"]
Outcome = Literal["answered", "timed_out", "unreachable", "tls_failed", "address_refused", "broke_off", "fault"]
"""How a try went: answered with a status, or why there was none. ``fault`` is one of ours: the log says which."""

DELAYS = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 3_600, 21_600))
"""Until the next try, after the first failure, the second …; the last one from then on."""
JITTER = 0.2
"""Each delay is up to so much shorter or longer, so that not all come back at once."""
PARKED_AFTER = timedelta(days=3)
LONGEST_WAIT_WANTED = timedelta(hours=6)
"""The most that is granted to a ``Retry-After``."""
KEPT_AFTERWARDS = timedelta(days=30)
GONE = 410


class NoSuchDelivery(Refusal):
    """There is no such delivery of this subscription that is parked."""

    status = 404


class Try(Frozen):
    """How a try went. ``wait_seconds`` is how long the endpoint wants to be left alone, if it said so."""

    outcome: Outcome
    status: int | None = None
    wait_seconds: float | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def delivery_id_of(subscription_id: str, event_id: str) -> str:
    return derived_id("delivery", subscription_id, event_id)


def next_try(failures: int, since: datetime, one: Try, now: datetime, drawn: float) -> datetime | None:
    """When a delivery that failed so often, the first time at ``since``, is tried again; ``None`` when it is given up.

    ``drawn`` lies between 0 and 1.
    """
    if now - since >= PARKED_AFTER:
        return None
    delay = DELAYS[min(failures, len(DELAYS)) - 1] * (1 + JITTER * (2 * drawn - 1))
    wanted = timedelta(seconds=one.wait_seconds) if one.wait_seconds is not None else timedelta()
    return now + max(delay, min(wanted, LONGEST_WAIT_WANTED))
