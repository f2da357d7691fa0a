"""What stands on the records, in pages, the newest first: for who is responsible for a thing, and for auditors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

from fastapi import Depends, Query, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from relevo_chassis.clock import Clock
from relevo_chassis.delivery.change import Change, CommitsMany, Decision, Reading
from relevo_chassis.delivery.recorder import DECISIONS, READINGS, UNSEALED
from relevo_chassis.delivery.store import Store
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.rights import HOUSE, HouseTask
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import Caller, Tokens, UnknownIssuer, named
from relevo_chassis.ids import new_id
from relevo_chassis.people.records.keeping import Records
from relevo_chassis.people.vault import SEALED, SERVICE, ClassKey, PersonKey, SealBroken, ServiceKey, Vault

PURPOSE = "decisions"
"""Why sealed reasons are opened, as it goes on record."""
ROUTER = Routes(prefix="/records", tags=["records"])
Auditor = Annotated[Caller, Depends(HOUSE.who_may(HouseTask.AUDIT))]


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if instant.year == 1 else datetime.max.replace(tzinfo=UTC)


Bound = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant in UTC, as the store takes it; one that lies beyond all years is the first or the last that there is."""
Reasons = Annotated[bool, Query(description="open the sealed reasons, which goes on record with who and when")]
By = Annotated[str | None, Query(max_length=600, description="only what this caller did, or the service itself")]
Since = Annotated[Bound | None, Query(description="only from this instant on")]
Before = Annotated[Bound | None, Query(description="only from before this instant")]
Code = Annotated[str | None, Query(pattern="^[a-z][a-z_]{0,99}$", description="only decisions of this code")]

Entry = Mapping[str, Any]


class Kept(Protocol):
    """What of a service's shell its records are read with."""

    @property
    def store(self) -> Store: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def records(self) -> Records: ...
    @property
    def committer(self) -> CommitsMany: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def tokens(self) -> Tokens: ...


async def kept_of(request: Request) -> Kept:
    """A dependency: the service's shell."""
    shell: Kept = request.app.state.shell
    return shell


Shelf = Annotated[Kept, Depends(kept_of)]


class DecisionView(BaseModel):
    """A decision, as it stands on record."""

    model_config = ConfigDict(frozen=True)

    id: str
    at: datetime
    stands: bool = Field(description="whether it is as the service wrote it; see relevo readings if it is not")
    by: str = Field(description="who decided: a caller, or the service itself")
    code: str = Field(description="what was decided")
    about: str = Field(description="the kind of thing that it was decided about")
    about_id: str
    version: int | None = Field(description="of that thing, on which it was decided; 0 for one that began with it")
    because: str | None = Field(description="the code of the reason, where it may be seen")
    has_reason: bool = Field(description="whether a reason is sealed beside it")
    reason: dict[str, Any] | None = Field(default=None, description="the sealed reason, if it was asked for")
    reason_stands: bool | None = Field(
        default=None,
        description="whether what is sealed is what was on record; null if it is gone, or was not asked for",
    )


class ReadingView(BaseModel):
    """A reading of sealed data, as it stands on record: ids alone."""

    model_config = ConfigDict(frozen=True)

    id: str
    at: datetime
    stands: bool = Field(description="whether it is as the service wrote it; see relevo readings if it is not")
    by: str
    purpose: str
    field_sets: tuple[str, ...]
    person_ids: tuple[str, ...]


class _Reason(BaseModel):
    """A sealed reason, whatever its service made of it."""

    model_config = ConfigDict(extra="allow", frozen=True)


@ROUTER.get("/decisions")
@refuses(BadCursor, UnknownIssuer)
async def decisions(
    caller: Auditor,
    kept: Shelf,
    by: By = None,
    code: Code = None,
    since: Since = None,
    before: Before = None,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    """All that was decided in this service, the newest first (auditor)."""
    where = {**_between(since, before), **_by(kept, by), **_named(code=code)}
    cursors = Cursors(kept.vault.service_key, DECISIONS, str((by, code, since, before)))
    return await _decisions(kept, caller, where, cursors, after, limit, reasons)


@ROUTER.get("/readings")
@refuses(BadCursor, UnknownIssuer)
async def readings(
    _: Auditor,
    kept: Shelf,
    by: By = None,
    since: Since = None,
    before: Before = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ReadingView]:
    """Who opened whose sealed data in this service, the newest first (auditor)."""
    cursors = Cursors(kept.vault.service_key, READINGS, str((by, since, before)))
    where = {**_between(since, before), **_by(kept, by)}
    found = await _entries(kept, READINGS, where, cursors.after(after), limit + 1)
    page = cursors.page(found, limit, _place)
    return Page(items=tuple(ReadingView.model_validate(each) for each in page.items), next=page.next)


async def decisions_under(
    kept: Kept, caller: Caller, id: str, *, after: str | None, limit: int, reasons: bool = False
) -> Page[DecisionView]:
    """What was decided about a thing, or under its id, the newest first. With ``reasons`` the caller goes on record
    before those that are sealed are opened. Raises ``BadCursor``."""
    cursors = Cursors(kept.vault.service_key, DECISIONS, id)
    return await _decisions(kept, caller, {"under": id}, cursors, after, limit, reasons)


async def _decisions(
    kept: Kept, caller: Caller, where: Entry, cursors: Cursors, after: str | None, limit: int, reasons: bool
) -> Page[DecisionView]:
    found = await _entries(kept, DECISIONS, where, cursors.after(after), limit + 1)
    page = cursors.page(found, limit, _place)
    opened = await _opened(kept, caller, page.items) if reasons else {}
    closed = {"reason": None, "reason_stands": None}
    items = (
        DecisionView.model_validate(
            {**each, "has_reason": each["reason"] is not None, **opened.get(each["id"], closed)}
        )
        for each in page.items
    )
    return Page(items=tuple(items), next=page.next)


async def _entries(kept: Kept, record: str, where: Entry, after: str | None, limit: int) -> Sequence[Entry]:
    """Those that match, the newest first: those not sealed yet, as the service wrote them, and then the sealed ones.

    Read in this order, one that is sealed meanwhile is found twice and never missed. A sealed one says whether it still
    is as the service wrote it; what was never an entry is left out.
    """
    query = {**where, **_older(after)}
    newest = (("at", -1), ("id", -1))
    waiting = await kept.store.rows(UNSEALED, {**query, "record": record}, sort=newest, limit=limit)
    behind = {"_id": {"$gt": await kept.records.kept_after(record)}}
    sealed = await kept.store.rows(record, {**query, **behind}, sort=newest, limit=limit)
    is_genuine = kept.records.recorder.is_genuine
    readable = [{**each, "stands": is_genuine(each)} for each in (*filter(is_genuine, waiting), *sealed)]
    found = {each["id"]: each for each in readable if each["stands"] or _is_readable(record, each)}
    return sorted(found.values(), key=lambda each: (each["at"], each["id"]), reverse=True)[:limit]


async def _opened(kept: Kept, caller: Caller, entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """The reasons that are sealed beside these decisions, after it is on record that they are opened."""
    reasons = {each["id"]: each["reason"] for each in entries if each["stands"] and each["reason"] is not None}
    if not reasons:
        return {}
    places = {id: reason["place"].split("/", 1) for id, reason in reasons.items()}
    people, field_sets = ({place[at] for place in places.values()} for at in (0, 1))
    reading = Reading(caller.id, PURPOSE, sorted(field_sets), sorted(people))
    await kept.committer.commit(Change((), lambda _: Decision(on_record=[reading]), kept.clock.now(), new_id()))
    rows = await kept.store.rows(SEALED, {"_id": {"$in": [reason["place"] for reason in reasons.values()]}})
    sealed = {row["_id"]: row for row in rows}
    keys = await kept.vault.keys_of(people - {SERVICE})
    found: dict[str, dict[str, Any]] = {}
    for id, (owner, field_set) in places.items():
        row = sealed.get(reasons[id]["place"])
        key = _key_of(row, kept.vault.service_key if owner == SERVICE else keys.get(owner)) if row else None
        if row and key:
            there = bytes(row["sealed"])
            stands = hashlib.sha256(there).hexdigest() == reasons[id]["sha256"]
            found[id] = {"reason": _reason(key, field_set, there), "reason_stands": stands}
    return found


def _key_of(row: Mapping[str, Any], owner: PersonKey | ServiceKey | None) -> ClassKey | ServiceKey | None:
    """The key that a reason is sealed under, as long as there is one."""
    return owner.under(row["retention"]) if isinstance(owner, PersonKey) else owner


def _reason(key: ClassKey | ServiceKey, field_set: str, sealed: bytes) -> dict[str, Any] | None:
    try:
        return key.open(field_set, _Reason, sealed).model_dump()
    except SealBroken:
        return None


def _is_readable(record: str, entry: Entry) -> bool:
    """Whether a row that the service did not write so can be shown as an entry at all."""
    try:
        view: type[BaseModel] = DecisionView if record == DECISIONS else ReadingView
        view.model_validate({**entry, "has_reason": False, "reason": None, "reason_stands": None})
        return isinstance(entry["at"], datetime) and isinstance(entry.get("reason"), dict | None)
    except (KeyError, ValidationError):
        return False


def _older(after: str | None) -> Entry:
    if after is None:
        return {}
    at, _, id = after.partition("/")
    then = datetime.fromtimestamp(int(at) / 1000, UTC)
    return {"$or": [{"at": {"$lt": then}}, {"at": then, "id": {"$lt": id}}]}


def _place(entry: Entry) -> str:
    """Where a page goes on: the instant in milliseconds, and the id."""
    return f"{round(entry['at'].timestamp() * 1000)}/{entry['id']}"


def _between(since: datetime | None, before: datetime | None) -> Entry:
    bounds = {"$gte": since, "$lt": before}
    values = {name: each for name, each in bounds.items() if each is not None}
    return {"at": values} if values else {}


def _by(kept: Kept, by: str | None) -> Entry:
    """What a caller did, spelled as they are answered or by their bare subject; or what the service did itself."""
    return {"by": {"$in": [by, named(by, kept.tokens.issuers)]}} if by else {}


def _named(**values: str | None) -> Entry:
    return {name: value for name, value in values.items() if value is not None}
