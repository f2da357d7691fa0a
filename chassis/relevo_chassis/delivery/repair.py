"""Repair: what was parked is tried again in its order, or dropped; no guarantee is broken by either."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import structlog
from pydantic import BaseModel, ConfigDict

from relevo_chassis.delivery import parked
from relevo_chassis.delivery.change import (
    Busy,
    Change,
    Commits,
    Decide,
    Decision,
    Found,
    Parking,
    Refusal,
    Row,
    Source,
    Unknown,
)
from relevo_chassis.delivery.consume import Consumer, source_of
from relevo_chassis.delivery.group import Ahead, Already
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.traced import retrying
from relevo_chassis.delivery.writes import Document
from relevo_contracts import Unreadable, decode_head

log = structlog.get_logger(__name__)


class NoSuchParkedEvent(Refusal):
    """No parked event has this id; list them to see those that there are."""

    status = 404


class NotNextInLine(Refusal):
    """An earlier event of the same aggregate is parked too; begin with that one."""


class StillFailing(Refusal):
    """The event fails again and stays parked; the reason is kept with it."""


class ParkedEvent(BaseModel):
    """An event that was set aside, without its body. ``sequence`` is null when its headers could not be read."""

    model_config = ConfigDict(frozen=True)

    id: str
    durable: str
    subject: str
    aggregate: str | None
    sequence: int | None
    code: str
    reason: str
    parked_at: datetime
    stream_sequence: int
    event_id: str | None
    type: str | None


class Repair:
    """Works on what the consumers of one service have parked."""

    def __init__(self, store: Store, commits: Commits, consumers: Iterable[Consumer]) -> None:
        self._store = store
        self._commits = commits
        self._consumers = {consumer.subscription.durable: consumer for consumer in consumers}

    async def listed(
        self,
        *,
        durable: str | None = None,
        code: str | None = None,
        since: datetime | None = None,
        limit: int = 200,
    ) -> list[ParkedEvent]:
        """What is parked, by one durable or by any, for one reason or for any, from an instant on, the oldest first."""
        wanted = {"consumer": durable, "code": code, "parked_at": since and {"$gte": since}}
        where = {field: value for field, value in wanted.items() if value is not None}
        rows = await self._store.rows(
            parked.COLLECTION, where, sort=[("parked_at", 1), ("sequence", 1), ("_id", 1)], limit=limit
        )
        return [_parked_event(row) for row in rows]

    async def counts(self) -> dict[str, int]:
        """How many events each durable has parked."""
        return {each: await self._store.count_rows(parked.COLLECTION, {"consumer": each}) for each in self._consumers}

    async def event(self, id: str) -> ParkedEvent:
        """One of them; raises ``NoSuchParkedEvent``."""
        return _parked_event(await self._row(id))

    async def retry(self, id: str) -> int:
        """Try a parked event again, and after it what waits behind it; returns how many took effect.

        Raises ``NoSuchParkedEvent``, ``NotNextInLine``, or ``StillFailing`` when the first one fails again; one that
        fails later stays parked with those behind it.
        """
        first = await self._row(id)
        line = await self._line(first)
        if line[0]["_id"] != id:
            raise NotNextInLine(first=line[0]["_id"])
        done = 0
        while line:
            try:
                await self._again(line[0], last=len(line) == 1)
            except (Busy, Unknown):
                raise
            except Exception as failure:
                await self._keep(line[0], failure)
                if not done:
                    raise StillFailing(failure=type(failure).__name__) from None
                break
            done += 1
            line = await self._line(first)
        log.info("parked_retried", durable=first["consumer"], parked_id=id, event_id=_event_id(first), count=done)
        return done

    async def drop(self, id: str) -> None:
        """Give a parked event up: its position moves past it and it never takes effect here.

        Raises ``NoSuchParkedEvent`` or ``NotNextInLine``.
        """
        row = await self._row(id)
        line = await self._line(row)
        if line[0]["_id"] != id:
            raise NotNextInLine(first=line[0]["_id"])
        source = _source(row)
        gone = Row(parked.COLLECTION, id, None)
        change = Change(
            (),
            lambda _: Decision(rows=[gone]),
            datetime.now(UTC),
            id,
            source=source,
            parking=_back(last=len(line) == 1),
        )
        try:
            outcome = await self._commits.commit(change)
        except Ahead:
            raise StillFailing("gap", "events before it are missing; replay what is missing first") from None
        if isinstance(outcome, Already):
            await self._store.remove_rows(parked.COLLECTION, {"_id": id})
        log.warning("parked_dropped", durable=row["consumer"], parked_id=id, event_id=_event_id(row))

    async def _again(self, row: Document, *, last: bool) -> None:
        message = parked.message(row)
        head = decode_head(message.headers)
        source = source_of(message, head)
        if row["position_id"] is not None and (source.position_id, source.sequence, source.digest) != _as_it_came(row):
            raise Unreadable("changed", "it is not what was set aside")
        with retrying(message):
            change = self._consumers[row["consumer"]].change_of(message, head, source)
            decide = _removing(change.decide, row["_id"])
            outcome = await self._commits.commit(replace(change, decide=decide, parking=_back(last=last)))
        if isinstance(outcome, Already):
            await self._store.remove_rows(parked.COLLECTION, {"_id": row["_id"]})

    async def _line(self, row: Document) -> list[Document]:
        """The first two that wait where this one waits: the one whose turn it is, and whether there is another."""
        if row["position_id"] is None:
            rows = await self._store.rows(parked.COLLECTION, {"_id": row["_id"]})
        else:
            where = {"position_id": row["position_id"]}
            rows = await self._store.rows(parked.COLLECTION, where, sort=[("sequence", 1)], limit=2)
        return rows

    async def _row(self, id: str) -> Document:
        row = await self._store.row(parked.COLLECTION, id)
        if row is None:
            raise NoSuchParkedEvent()
        return row

    async def _keep(self, row: Document, failure: Exception) -> None:
        code = failure.code if isinstance(failure, Unreadable) else "handler_failed"
        values = {"code": code, "reason": type(failure).__name__, "parked_at": row["parked_at"]}
        await self._store.update_rows(parked.COLLECTION, {"_id": row["_id"]}, values)


def _removing(decide: Decide, id: str) -> Decide:
    def decided(found: Found) -> Decision:
        decision = decide(found)
        return replace(decision, rows=(*decision.rows, Row(parked.COLLECTION, id, None)))

    return decided


def _as_it_came(row: Document) -> tuple[str, int, bytes]:
    return row["position_id"], row["sequence"], row["digest"]


def _source(row: Document) -> Source | None:
    if row["position_id"] is None:
        return None
    message = parked.message(row)
    return source_of(message, decode_head(message.headers))


def _parked_event(row: Document) -> ParkedEvent:
    return ParkedEvent(
        id=row["_id"],
        durable=row["consumer"],
        subject=row["subject"],
        aggregate=row["position_id"].partition("|")[2] if row["position_id"] else None,
        sequence=row["sequence"],
        code=row["code"],
        reason=row["reason"],
        parked_at=row["parked_at"],
        stream_sequence=row["stream_sequence"],
        event_id=_event_id(row),
        type=_plain(row["headers"].get("ce-type")),
    )


def _back(*, last: bool) -> Parking:
    return Parking.RETRY_LAST if last else Parking.RETRY


def _event_id(row: Document) -> str | None:
    return _plain(row["headers"].get("ce-id"))


def _plain(header: str | None) -> str | None:
    """A header of a message that may come from anywhere: shown when it is what such a header should be."""
    return header if header and _PLAIN.fullmatch(header) else None


_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,100}")
