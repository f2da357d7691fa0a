"""What the portal keeps: who is in, and for an hour what somebody sent who was in no longer, both sealed; and counts.

The id of a session's row is a keyed hash of what the browser holds, so the store lets nobody in. These rows are written
beside the committer, one at a time: no event tells of them, and no two of them have to agree. When a session is over,
its row says to whoever reads it; the index only clears away. The counts are a read model, written by consumers alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.http.granted import GRANTED
from relevo_chassis.kept import KeptRows
from relevo_chassis.people.vault import ServiceKey
from relevo_contracts.model import Frozen
from relevo_portal.domain.kept import HANDLE, SESSION, WAITING, WAITING_FORM
from relevo_portal.domain.overview import Counted, DayCounts
from relevo_portal.domain.session import FORM_WAITS, Session, begin, use

SESSIONS = "sessions"
WAITING_FORMS = "waiting_forms"
COLLECTIONS: tuple[str, ...] = (SESSIONS, WAITING_FORMS)
OVERVIEW_DAY = Kind("overview_day", DayCounts)
OVERVIEW_COUNTED = Kind("overview_counted", Counted)
KINDS: tuple[Kind[Any], ...] = (OVERVIEW_DAY, OVERVIEW_COUNTED, GRANTED)
_OVER = Index((("ends_at", 1),), expires=True)
INDEXES: Mapping[str, Sequence[Index]] = {
    SESSIONS: (_OVER,),
    WAITING_FORMS: (_OVER,),
    OVERVIEW_DAY.name: (Index((("state.edition_id", 1), ("state.on", 1))),),
}
ROWS: Mapping[str, Sequence[KeptRows]] = {
    SESSIONS: (KeptRows(SESSION, ("begun_at", "ends_at")), KeptRows(HANDLE, ("sealed",))),
    WAITING_FORMS: (KeptRows(WAITING, ("ends_at",)), KeptRows(WAITING_FORM, ("sealed",))),
}
"""Why what lies there is kept."""

_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}\Z")


async def overview_of(store: Store, edition_id: str) -> Sequence[DayCounts]:
    """The days of an edition on which anything was counted, in their order. Raises ``Busy``."""
    return await store.select(OVERVIEW_DAY, {"edition_id": edition_id}, sort=[("on", 1)])


class SealedHandle(Frozen):
    """What is sealed: by what intake knows who came in, and a receipt code until whoever was given it has kept it."""

    handle: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that goes on: what the browser holds of it, and what intake does; with a receipt code that was given
    in it and does not count yet."""

    cookie: str
    handle: str
    code: str | None = None


class Sessions:
    """Who is in. Raises ``Busy`` when the store does not answer."""

    def __init__(self, store: Store, key: ServiceKey) -> None:
        self._store = store
        self._key = key

    async def begin(self, handle: str, now: datetime, code: str | None = None) -> Opened:
        """Let somebody in; what the browser is to hold are 256 random bits that are stored nowhere. A new receipt code
        is kept beside the handle, to be seen again until they have it (``forget_code``)."""
        cookie = secrets.token_urlsafe(32)
        id = self._id(cookie)
        sealed = self._key.seal(_place(id), SealedHandle(handle=handle, code=code))
        await self._store.insert(SESSIONS, {"_id": id, "sealed": sealed, **begin(now).model_dump()})
        return Opened(cookie, handle, code)

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
        opened = self._key.open(_place(id), SealedHandle, bytes(row["sealed"]))
        return Opened(cookie, opened.handle, opened.code)

    async def forget_code(self, session: Opened) -> None:
        """Whoever was given a code has it: it is not kept here any more. Twice does no harm."""
        id = self._id(session.cookie)
        sealed = self._key.seal(_place(id), SealedHandle(handle=session.handle))
        await self._store.update_rows(SESSIONS, {"_id": id}, {"sealed": sealed})

    async def end(self, session: Opened) -> None:
        """Let nobody in with it any more. Twice does no harm."""
        await self._store.remove_rows(SESSIONS, {"_id": self._id(session.cookie)})

    def _id(self, cookie: str) -> str:
        return self._key.keyed_hash("session", cookie)


class WaitingForm(Frozen):
    """A form that was sent when its session was over: from which page, whose, and what is in it."""

    path: str
    whose: str
    fields: dict[str, str]


class WaitingForms:
    """Forms that wait for whoever sent them, by what their browser held of the session: one for each, the last."""

    def __init__(self, store: Store, key: ServiceKey) -> None:
        self._store = store
        self._key = key

    async def keep(self, cookie: str, form: WaitingForm, now: datetime) -> None:
        id = self._id(cookie)
        row = {"sealed": self._key.seal(_place_of_form(id), form), "ends_at": now + FORM_WAITS}
        if not await self._store.insert(WAITING_FORMS, {"_id": id, **row}):
            await self._store.update_rows(WAITING_FORMS, {"_id": id}, row)

    async def read(self, cookie: str | None, now: datetime) -> WaitingForm | None:
        if cookie is None or not _COOKIE.match(cookie):
            return None
        id = self._id(cookie)
        row = await self._store.row(WAITING_FORMS, id)
        if row is None or now >= row["ends_at"]:
            return None
        return self._key.open(_place_of_form(id), WaitingForm, bytes(row["sealed"]))

    async def remove(self, cookie: str) -> None:
        await self._store.remove_rows(WAITING_FORMS, {"_id": self._id(cookie)})

    def _id(self, cookie: str) -> str:
        return self._key.keyed_hash("waiting-form", cookie)


def _place_of_form(id: str) -> str:
    return f"waiting-form/{id}"


def _place(id: str) -> str:
    return f"session/{id}"
