"""``relevo readings``: whether the records of who opened whose sealed data, and of who decided what, are whole, and
still those of last time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from relevo_deploy.backups.receipts import Receipt, receipts_in
from relevo_deploy.failed import Failed
from relevo_deploy.operations.columns import columns
from relevo_deploy.operations.doors import DoorRefused, Doors, DoorShut
from relevo_deploy.operations.files import put, read
from relevo_deploy.operations.reach import EMBEDDED, Servers, of_operators, reach_of
from relevo_deploy.parameters import AsJson, File

RECORDS = ("readings", "decisions")
_DO = (
    "somebody wrote to this database who is not its service. Keep a copy of it as it is; compare it with the backups "
    "from that entry on; change who can write to it"
)
_DO_REWRITTEN = (
    "a backup that was restored ends before its record did: then move the kept file aside and begin a new one. "
    f"Otherwise {_DO}"
)


class End(BaseModel):
    """The end of a record, as it was seen and found whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: int = Field(ge=0)
    segments: int = Field(ge=0)
    head: str
    key: str
    seen_at: AwareDatetime


class Looked(BaseModel):
    """What was found of one record; ``wrong`` and ``unknown`` say what, and one of them at most is set."""

    model_config = ConfigDict(frozen=True)

    entries: int | None = None
    segments: int | None = None
    head: str | None = None
    key: str | None = None
    since: int | None = None
    restored: str | None = None
    """To when it was restored since it was seen last, so that it ends earlier."""
    wrong: str | None = None
    do: str | None = None
    unknown: str | None = None


Name = tuple[str, str]
"""A service and one of its records."""
_ENDS = TypeAdapter(dict[str, dict[str, End]])


async def readings(
    *,
    as_json: AsJson = False,
    kept_in: Annotated[
        File | None, of_operators("KEPT", "FILE"), Parameter(name="--kept", help="The ends of last time; written anew.")
    ] = None,
    servers: Servers = EMBEDDED,
) -> int:
    """Tell whether the services' records are whole.

    Every service writes down who opened whose sealed data, when and what for, and who decided what, on which version.
    Within seconds entries are put into segments that the service signs, each with the one before. This has each service
    read its records from the first entry to the last. It tells where one was changed, left out, put in or moved.
    Nothing of what is in them leaves the service.

    Whoever can write to a database can cut a record back to an earlier end. That is found by the ends that --kept FILE
    keeps from one time to the next, on another machine than the database:

        20 3 * * *  relevo readings --kept /somewhere/else/ends.json

    Exit codes: 0 all are whole and as they were, 1 one is not, 2 it cannot be told of one.
    """
    reach = reach_of(servers)
    kept = _kept(kept_in)
    restores = {name: each for name, end in kept.items() if (each := since(end, *name, receipts_in(reach.restores)))}
    kept |= {name: end_in(each, name[1], kept[name].key) for name, each in restores.items()}
    async with Doors(reach) as doors:
        names = [(service, record) for service in doors.services for record in RECORDS]
        looked = {name: await _looked(doors, name, kept.get(name)) for name in names}
    looked |= {name: looked[name].model_copy(update={"restored": str(each)}) for name, each in restores.items()}
    if kept_in:
        ends = _by_service({**kept, **_ends(looked)})
        put(kept_in, _ENDS.dump_json(_ENDS.validate_python(ends), indent=2) + b"\n")
    if as_json:
        print(json.dumps(_by_service({name: each.model_dump() for name, each in looked.items()}), indent=2))
    else:
        print("\n".join(_lines(looked, kept, kept_in)))
    wrong, unknown = (any(getattr(each, what) for each in looked.values()) for what in ("wrong", "unknown"))
    return 1 if wrong else 2 if unknown else 0


def since(end: End, service: str, record: str, receipts: Sequence[Receipt]) -> Receipt | None:
    """The last restore of a service after a record was seen, to before it was; ``None`` if there was none."""
    after = [each for each in receipts if each.service == service and each.restored_at > end.seen_at >= each.made_at]
    return max((each for each in after if record in each.record_ends), key=lambda each: each.restored_at, default=None)


def end_in(receipt: Receipt, record: str, key: str) -> End:
    """The end that a record had in the backup that was restored: what it goes on from."""
    return End(**receipt.record_ends[record].model_dump(), key=key, seen_at=receipt.made_at)


async def _looked(doors: Doors, name: Name, kept: End | None) -> Looked:
    service, record = name
    try:
        found = await doors.get(service, f"/records/{record}", then=kept.segments if kept else 0)
    except (DoorRefused, DoorShut) as refused:
        return Looked(unknown=str(refused))
    return judged(found, kept)


def judged(found: Mapping[str, Any], kept: End | None) -> Looked:
    """What a service says of a record, beside the end that was kept."""
    report = {name: found[name] for name in ("entries", "segments", "head", "key")}
    looked = Looked(**report, since=found["entries"] - kept.entries if kept else None)
    if found["broken_at"] is not None:
        wrong = f"entry {found['broken_at']} was changed, left out, put in or moved"
        return looked.model_copy(update={"wrong": wrong, "do": _DO})
    if found["forged"]:
        wrong = f"{found['forged']} entries that wait for their seal are not as the service wrote them"
        return looked.model_copy(update={"wrong": wrong, "do": _DO})
    is_there = kept is None or found["gone"] > kept.entries or found["hash_then"] == kept.head
    if kept and not (is_there and found["key"] == kept.key):
        became = "is gone" if found["hash_then"] is None else "is another now"
        wrong = f"segment {kept.segments}, with which it ended at {kept.seen_at:%Y-%m-%d %H:%M} UTC, {became}"
        return looked.model_copy(update={"wrong": wrong, "do": _DO_REWRITTEN})
    if found["missed"]:
        wrong = f"{found['missed']} times a replica saw that something was gone (GET /records/decisions?by=records)"
        return looked.model_copy(update={"wrong": wrong, "do": _DO})
    return looked


def _kept(path: Path | None) -> dict[Name, End]:
    content = read(path) if path else None
    try:
        ends = _ENDS.validate_json(content) if content is not None else {}
    except ValidationError:
        raise Failed(f"{path} is not what relevo readings keeps; name another file, or move this one aside") from None
    return {(service, record): end for service, each in ends.items() for record, end in each.items()}


def _by_service(found: Mapping[Name, Any]) -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = {}
    for (service, record), each in found.items():
        services.setdefault(service, {})[record] = each
    return services


def _ends(looked: Mapping[Name, Looked]) -> dict[Name, End]:
    now = datetime.now(UTC)
    return {
        name: End(**each.model_dump(include={"entries", "segments", "head", "key"}), seen_at=now)
        for name, each in looked.items()
        if each.head is not None and not each.wrong
    }


def _lines(looked: Mapping[Name, Looked], kept: Mapping[Name, End], kept_in: Path | None) -> Iterator[str]:
    rows = [(*name, _count(each), _since(each, kept.get(name)), _mark(each)) for name, each in looked.items()]
    yield columns(("service", "record", "entries", "since then", ""), rows)
    for (service, record), each in looked.items():
        if each.restored:
            yield f"NOTE    {service}, {record}: {each.restored}, and goes on from the end that it had in that backup"
        if each.wrong:
            yield f"WRONG   {service}, {record}: {each.wrong}"
            yield f"        do: {each.do}"
        if each.unknown:
            yield f"UNKNOWN {each.unknown}"
            yield "        do: see relevo status, then ask again"
    if any(each.wrong for each in looked.values()):
        yield "a record is not what was written"
    elif any(each.unknown for each in looked.values()):
        yield "it cannot be told of every record"
    elif kept_in:
        yield f"all are whole; their ends are kept in {kept_in}"
    else:
        yield "all are whole; with --kept FILE, on another machine, a record that was cut back is found as well"


def _count(each: Looked) -> str:
    return "?" if each.entries is None else f"{each.entries:,}"


def _since(each: Looked, kept: End | None) -> str:
    if kept is None or each.since is None:
        return "-"
    return f"{each.since:+,} since {kept.seen_at:%Y-%m-%d %H:%M} UTC"


def _mark(each: Looked) -> str:
    return "WRONG" if each.wrong else "?" if each.unknown else "whole"
