"""What opens the services for whoever is in, kept in memory between pages and nowhere else."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, Protocol, TypeVar
from weakref import WeakValueDictionary

from relevo_portal.services.asking import Service, SessionOver
from relevo_portal.services.intake import Intake, Pass
from relevo_portal.services.openid import OpenId, StaffService
from relevo_portal.store import Opened
from relevo_portal.store.staff import StaffSession, StaffSessions

KEPT_FOR = timedelta(minutes=4)
"""A token is good for five; a page may take some of the last one."""
MOST = 10_000
"""People whose tokens are kept; whoever came before them is asked for anew."""


class _OfABrowser(Protocol):
    @property
    def cookie(self) -> str: ...


S = TypeVar("S", bound=_OfABrowser)
To = TypeVar("To", bound=Hashable)
P = TypeVar("P")


class _Kept(NamedTuple, Generic[P]):
    granted: P
    until: datetime


class Kept(Generic[S, To, P]):
    """A token for each service that a person asked lately. Whoever is in goes on while its issuer is away, for as long.

    What the issuer has ended by itself opens nothing after ``KEPT_FOR`` here, and after five minutes anywhere.
    """

    def __init__(self, grant: Callable[[S, To, datetime], Awaitable[P]]) -> None:
        self._grant = grant
        self._kept: OrderedDict[str, dict[To, _Kept[P]]] = OrderedDict()

    async def of(self, session: S, service: To, now: datetime) -> P:
        """Raises ``Away`` or ``SessionOver``."""
        kept = self._kept.get(session.cookie, {}).get(service)
        if kept is not None and now < kept.until:
            return kept.granted
        granted = await self._grant(session, service, now)
        self.keep(session, service, granted, now)
        return granted

    def keep(self, session: S, service: To, granted: P, now: datetime) -> None:
        """One that was given this moment."""
        self._kept.setdefault(session.cookie, {})[service] = _Kept(granted, now + KEPT_FOR)
        self._kept.move_to_end(session.cookie)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def forget(self, session: S) -> None:
        """Somebody left, or became something else to the services."""
        self._kept.pop(session.cookie, None)


Passes = Kept[Opened, Service, Pass]
StaffPasses = Kept[StaffSession, StaffService, str]


def passes_of_intake(intake: Intake) -> Passes:
    """For whoever has no account: intake's tokens, for the handle of their session."""

    async def grant(session: Opened, service: Service, now: datetime) -> Pass:
        return await intake.token(session.handle, service)

    return Passes(grant)


def passes_of_provider(openid: OpenId, sessions: StaffSessions) -> StaffPasses:
    """For staff: the provider's tokens, for the refresh token of their session. One at a time for each session, because
    a provider may take each refresh token once."""
    locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def grant(session: StaffSession, service: StaffService, now: datetime) -> str:
        lock = locks.setdefault(session.cookie, asyncio.Lock())
        async with lock:
            refresh_token = await sessions.refresh_token(session, now)
            if refresh_token is None:
                raise SessionOver()
            renewed = await openid.renew(refresh_token, service)
            if renewed.refresh_token is not None and renewed.refresh_token != refresh_token:
                await sessions.renew(session, renewed.refresh_token)
            return renewed.access_token

    return StaffPasses(grant)
