"""Rows by what one browser holds, with what they say sealed: whoever has the store gets in nowhere with it."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from relevo_chassis.delivery.store import Store
from relevo_chassis.people.vault import ServiceKey
from relevo_contracts.model import Frozen
from relevo_portal.domain.session import Session, begin, use

_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
M = TypeVar("M", bound=Frozen)


class Found(NamedTuple, Generic[M]):
    """A row that counts still."""

    content: M
    times: dict[str, datetime]


class SealedRows(Generic[M]):
    """Each until its ``ends_at``, under a keyed hash of the cookie; ``name`` tells what for from all others.

    Raises ``Busy`` when the store does not answer.
    """

    def __init__(self, store: Store, key: ServiceKey, collection: str, name: str, model: type[M]) -> None:
        self._store, self._key, self._collection, self._name, self._model = store, key, collection, name, model

    async def put(self, cookie: str, content: M, **times: datetime) -> None:
        """In the place of the one before, if there is one."""
        id = self._id(cookie)
        row = {"sealed": self._sealed(id, content), **times}
        if not await self._store.insert(self._collection, {"_id": id, **row}):
            await self._store.update_rows(self._collection, {"_id": id}, row)

    async def read(self, cookie: str | None, now: datetime) -> Found[M] | None:
        """``None`` for a cookie that is none of ours, and when its row is over."""
        if cookie is None or not _COOKIE.match(cookie):
            return None
        id = self._id(cookie)
        row = await self._store.row(self._collection, id)
        if row is None or now >= row["ends_at"]:
            return None
        times = {name: value for name, value in row.items() if isinstance(value, datetime)}
        return Found(self._key.open(self._place(id), self._model, bytes(row["sealed"])), times)

    async def prolong(self, cookie: str, now: datetime, ends_at: datetime) -> bool:
        """Whether it was still there to go on."""
        there = {"_id": self._id(cookie), "ends_at": {"$gt": now}}
        return bool(await self._store.update_rows(self._collection, there, {"ends_at": ends_at}))

    async def seal(self, cookie: str, content: M) -> None:
        """Say something else in it, if it is there."""
        id = self._id(cookie)
        await self._store.update_rows(self._collection, {"_id": id}, {"sealed": self._sealed(id, content)})

    async def remove(self, cookie: str) -> bool:
        """Whether it was there until now: of two who remove it, one did."""
        return bool(await self._store.remove_rows(self._collection, {"_id": self._id(cookie)}))

    def _sealed(self, id: str, content: M) -> bytes:
        return self._key.seal(self._place(id), content)

    def _place(self, id: str) -> str:
        return f"{self._name}/{id}"

    def _id(self, cookie: str) -> str:
        return self._key.keyed_hash(self._name, cookie)


class SessionRows(Generic[M]):
    """Rows of whoever is in, which go on with each page. Raises ``Busy``."""

    def __init__(self, rows: SealedRows[M], idle: timedelta) -> None:
        self._rows, self._idle = rows, idle

    async def begin(self, content: M, now: datetime) -> str:
        """Let somebody in. What the browser is to hold are 256 random bits that are stored nowhere."""
        cookie, session = new_cookie(), begin(now, self._idle)
        await self._rows.put(cookie, content, begun_at=session.begun_at, ends_at=session.ends_at)
        return cookie

    async def use(self, cookie: str | None, now: datetime) -> M | None:
        """What the session of a browser says, which goes on from now; ``None`` when it has none, or it is over."""
        found = await self._rows.read(cookie, now)
        if cookie is None or found is None:
            return None
        session = Session(begun_at=found.times["begun_at"], ends_at=found.times["ends_at"])
        going_on = use(session, now, self._idle)
        if going_on is None or not await self._rows.prolong(cookie, now, going_on.ends_at):
            return None  # somebody left with it meanwhile
        return found.content

    async def look(self, cookie: str, now: datetime) -> M | None:
        """What it says now, without going on."""
        found = await self._rows.read(cookie, now)
        return found.content if found else None

    async def seal(self, cookie: str, content: M) -> None:
        await self._rows.seal(cookie, content)

    async def end(self, cookie: str) -> None:
        """Let nobody in with it any more. Twice does no harm."""
        await self._rows.remove(cookie)


def new_cookie() -> str:
    return secrets.token_urlsafe(32)
