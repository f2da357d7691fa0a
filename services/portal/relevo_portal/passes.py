"""What opens the services for whoever is in, kept in memory between pages and nowhere else."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import NamedTuple

from relevo_portal.services.asking import Service
from relevo_portal.services.intake import Intake, Pass
from relevo_portal.store import Opened

KEPT_FOR = timedelta(minutes=4)
"""A token is good for five; a page may take some of the last one."""
MOST = 10_000
"""People whose tokens are kept; whoever came before them is asked for anew."""


class _Kept(NamedTuple):
    granted: Pass
    until: datetime


class Passes:
    """A token for each service that a person asked lately. Whoever is in goes on while intake is away, for as long.

    What intake has ended by itself opens nothing after ``KEPT_FOR`` here, and after five minutes anywhere.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._kept: OrderedDict[str, dict[Service, _Kept]] = OrderedDict()

    async def of(self, session: Opened, service: Service, now: datetime) -> Pass:
        """Raises ``Away`` or ``SessionOver``."""
        kept = self._kept.get(session.cookie, {}).get(service)
        if kept is not None and now < kept.until:
            return kept.granted
        granted = await self._intake.token(session.handle, service)
        self._kept.setdefault(session.cookie, {})[service] = _Kept(granted, now + KEPT_FOR)
        self._kept.move_to_end(session.cookie)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return granted

    def forget(self, session: Opened) -> None:
        """Somebody left, or became something else to the services."""
        self._kept.pop(session.cookie, None)
