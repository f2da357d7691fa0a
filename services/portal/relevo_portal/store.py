"""What the portal keeps: who is in, sealed, and nothing else.

A row's id is a keyed hash of what the browser holds, so the store lets nobody in. Rows are written beside the
committer, one at a time: no event tells of them, and no two of them have to agree. When a session is over, its row says
to whoever reads it; the index only clears away.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.kept import KeptRows
from relevo_chassis.people.vault import ServiceKey
from relevo_contracts.model import Frozen
from relevo_portal.domain.kept import HANDLE, SESSION
from relevo_portal.domain.session import Session, begin, use

SESSIONS = "sessions"
COLLECTIONS: tuple[str, ...] = (SESSIONS,)
INDEXES: Mapping[str, Sequence[Index]] = {SESSIONS: (Index((("ends_at", 1),), expires=True),)}
ROWS: Mapping[str, Sequence[KeptRows]] = {
    SESSIONS: (KeptRows(SESSION, ("begun_at", "ends_at")), KeptRows(HANDLE, ("sealed",))),
}
"""Why what lies there is kept."""

_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}\Z")


class SealedHandle(Frozen):
    """What is sealed: by what intake knows who came in."""

    handle: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that goes on: what the browser holds of it, and what intake does."""

    cookie: str
    handle: str


class Sessions:
    """Who is in. Raises ``Busy`` when the store does not answer."""

    def __init__(self, store: Store, key: ServiceKey) -> None:
        self._store = store
        self._key = key

    async def begin(self, handle: str, now: datetime) -> Opened:
        """Let somebody in; what the browser is to hold are 256 random bits that are stored nowhere."""
        cookie = secrets.token_urlsafe(32)
        id = self._id(cookie)
        sealed = self._key.seal(_place(id), SealedHandle(handle=handle))
        await self._store.insert(SESSIONS, {"_id": id, "sealed": sealed, **begin(now).model_dump()})
        return Opened(cookie, handle)

    async def use(self, cookie: str | None, now: datetime) -> Opened | None:
        """The session of a browser, which goes on from now; ``None`` when it has none, or it is over."""
        if cookie is None or not _COOKIE.match(cookie):
            return None
        id = self._id(cookie)
        row = await self._store.row(SESSIONS, id)
        going_on = use(Session(begun_at=row["begun_at"], ends_at=row["ends_at"]), now) if row else None
        if row is None or going_on is None:
            return None
        there = {"_id": id, "ends_at": {"$gt": now}}
        if not await self._store.update_rows(SESSIONS, there, {"ends_at": going_on.ends_at}):
            return None  # somebody left with it meanwhile
        return Opened(cookie, self._key.open(_place(id), SealedHandle, bytes(row["sealed"])).handle)

    async def end(self, session: Opened) -> None:
        """Let nobody in with it any more. Twice does no harm."""
        await self._store.remove_rows(SESSIONS, {"_id": self._id(session.cookie)})

    def _id(self, cookie: str) -> str:
        return self._key.keyed_hash("session", cookie)


def _place(id: str) -> str:
    return f"session/{id}"
