"""Where a service's delivery can be taken apart and put together again with something in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from relevo_chassis.delivery.consume import Delivered
from relevo_chassis.delivery.publisher import Publisher
from relevo_chassis.delivery.writes import Backend


@dataclass(frozen=True, slots=True)
class Seams:
    """What stands between the parts: nothing, unless whoever starts the service puts something there."""

    backend: Callable[[Backend], Backend] = lambda backend: backend
    publisher: Callable[[Publisher], Publisher] = lambda publisher: publisher
    delivered: Callable[[Delivered], Delivered] = lambda delivered: delivered
