"""What the portal keeps: who is in or comes in, and for an hour what was sent too late, all sealed; and counts.

The id of a session's row is a keyed hash of what the browser holds, so the store lets nobody in. These rows are written
beside the committer, one at a time: no event tells of them, and no two of them have to agree. When a session is over,
its row says to whoever reads it; the index only clears away. The counts are a read model, written by consumers alone.
"""

from __future__ import annotations

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
from relevo_portal.domain.kept import (
    HANDLE,
    SESSION,
    SIGN_IN,
    SIGN_IN_SECRETS,
    STAFF_SESSION,
    STAFF_TOKENS,
    WAITING,
    WAITING_FORM,
)
from relevo_portal.domain.overview import Counted, DayCounts
from relevo_portal.domain.session import FORM_WAITS, IDLE
from relevo_portal.store.rows import SealedRows, SessionRows
from relevo_portal.store.staff import SIGN_INS, STAFF_SESSIONS

SESSIONS = "sessions"
WAITING_FORMS = "waiting_forms"
COLLECTIONS: tuple[str, ...] = (SESSIONS, WAITING_FORMS, STAFF_SESSIONS, SIGN_INS)
OVERVIEW_DAY = Kind("overview_day", DayCounts)
OVERVIEW_COUNTED = Kind("overview_counted", Counted)
KINDS: tuple[Kind[Any], ...] = (OVERVIEW_DAY, OVERVIEW_COUNTED, GRANTED)
_OVER = Index((("ends_at", 1),), expires=True)
INDEXES: Mapping[str, Sequence[Index]] = {
    SESSIONS: (_OVER,),
    WAITING_FORMS: (_OVER,),
    STAFF_SESSIONS: (_OVER,),
    SIGN_INS: (_OVER,),
    OVERVIEW_DAY.name: (Index((("state.edition_id", 1), ("state.on", 1))),),
}
ROWS: Mapping[str, Sequence[KeptRows]] = {
    SESSIONS: (KeptRows(SESSION, ("begun_at", "ends_at")), KeptRows(HANDLE, ("sealed",))),
    WAITING_FORMS: (KeptRows(WAITING, ("ends_at",)), KeptRows(WAITING_FORM, ("sealed",))),
    STAFF_SESSIONS: (KeptRows(STAFF_SESSION, ("begun_at", "ends_at")), KeptRows(STAFF_TOKENS, ("sealed",))),
    SIGN_INS: (KeptRows(SIGN_IN, ("ends_at",)), KeptRows(SIGN_IN_SECRETS, ("sealed",))),
}
"""Why what lies there is kept."""


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
        self._rows = SessionRows(SealedRows(store, key, SESSIONS, "session", SealedHandle), IDLE)

    async def begin(self, handle: str, now: datetime, code: str | None = None) -> Opened:
        """Let somebody in. A new receipt code is kept beside the handle, to be seen again until they have it
        (``forget_code``)."""
        return Opened(await self._rows.begin(SealedHandle(handle=handle, code=code), now), handle, code)

    async def use(self, cookie: str | None, now: datetime) -> Opened | None:
        """The session of a browser, which goes on from now; ``None`` when it has none, or it is over."""
        found = await self._rows.use(cookie, now)
        return Opened(cookie, found.handle, found.code) if cookie and found else None

    async def forget_code(self, session: Opened) -> None:
        """Whoever was given a code has it: it is not kept here any more. Twice does no harm."""
        await self._rows.seal(session.cookie, SealedHandle(handle=session.handle))

    async def end(self, session: Opened) -> None:
        """Let nobody in with it any more. Twice does no harm."""
        await self._rows.end(session.cookie)


class WaitingForm(Frozen):
    """A form that was sent when its session was over: from which page, whose, and what is in it."""

    path: str
    whose: str
    fields: dict[str, str]


class WaitingForms:
    """Forms that wait for whoever sent them, by what their browser held of the session: one for each, the last."""

    def __init__(self, store: Store, key: ServiceKey) -> None:
        self._rows = SealedRows(store, key, WAITING_FORMS, "waiting-form", WaitingForm)

    async def keep(self, cookie: str, form: WaitingForm, now: datetime) -> None:
        await self._rows.put(cookie, form, ends_at=now + FORM_WAITS)

    async def read(self, cookie: str | None, now: datetime) -> WaitingForm | None:
        found = await self._rows.read(cookie, now)
        return found.content if found else None

    async def remove(self, cookie: str) -> None:
        await self._rows.remove(cookie)
