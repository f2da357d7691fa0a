"""Who of the staff is in, and who is on the way to the provider to come in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from relevo_chassis.delivery.store import Store
from relevo_chassis.people.vault import ServiceKey
from relevo_contracts.model import Frozen
from relevo_portal.domain.session import SIGN_IN_WAITS, STAFF_IDLE
from relevo_portal.store.rows import SealedRows, SessionRows, new_cookie

STAFF_SESSIONS = "staff_sessions"
SIGN_INS = "sign_ins"


class SealedStaff(Frozen):
    """What is sealed of a session: whom the provider let in, and what it gives further tokens for."""

    subject: str
    name: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A session of staff that goes on: what the browser holds of it, and who it is."""

    cookie: str = field(repr=False)
    subject: str
    name: str


class StaffSessions:
    """Raises ``Busy`` when the store does not answer."""

    def __init__(self, store: Store, key: ServiceKey) -> None:
        self._rows = SessionRows(SealedRows(store, key, STAFF_SESSIONS, "staff-session", SealedStaff), STAFF_IDLE)

    async def begin(self, subject: str, name: str, refresh_token: str, now: datetime) -> StaffSession:
        sealed = SealedStaff(subject=subject, name=name, refresh_token=refresh_token)
        return StaffSession(await self._rows.begin(sealed, now), subject, name)

    async def use(self, cookie: str | None, now: datetime) -> StaffSession | None:
        """The session of a browser, which goes on from now; ``None`` when it has none, or it is over."""
        found = await self._rows.use(cookie, now)
        return StaffSession(cookie, found.subject, found.name) if cookie and found else None

    async def refresh_token(self, session: StaffSession, now: datetime) -> str | None:
        """What the provider gives further tokens for; ``None`` when the session is over."""
        found = await self._rows.look(session.cookie, now)
        return found.refresh_token if found else None

    async def renew(self, session: StaffSession, refresh_token: str) -> None:
        """The provider gave another in the place of the one before."""
        sealed = SealedStaff(subject=session.subject, name=session.name, refresh_token=refresh_token)
        await self._rows.seal(session.cookie, sealed)

    async def end(self, session: StaffSession) -> None:
        """Let nobody in with it any more. Twice does no harm."""
        await self._rows.end(session.cookie)


class SignIn(Frozen):
    """What somebody took along to the provider (``state``, ``nonce``), what proves that they are back who went
    (``verifier``; RFC 7636), and where they go on."""

    state: str
    nonce: str
    verifier: str
    to: str


class SignIns:
    """Sign-ins that were begun, each for one browser and one return. Raises ``Busy``."""

    def __init__(self, store: Store, key: ServiceKey) -> None:
        self._rows = SealedRows(store, key, SIGN_INS, "sign-in", SignIn)

    async def begin(self, sign_in: SignIn, now: datetime) -> str:
        """What the browser is to hold of it."""
        cookie = new_cookie()
        await self._rows.put(cookie, sign_in, ends_at=now + SIGN_IN_WAITS)
        return cookie

    async def claim(self, cookie: str | None, now: datetime) -> SignIn | None:
        """What was begun with this browser, for once; ``None`` when nothing was, or it was claimed or is over."""
        found = await self._rows.read(cookie, now)
        if cookie is None or found is None or not await self._rows.remove(cookie):
            return None
        return found.content
