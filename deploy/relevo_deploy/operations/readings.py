"""``relevo readings``: whether the records of who opened whose sealed data are whole, and still those of last time."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from relevo_deploy.operations.columns import columns
from relevo_deploy.operations.doors import DoorRefused, Doors, DoorShut
from relevo_deploy.operations.files import put, read
from relevo_deploy.operations.reach import reach_of
from relevo_deploy.told import Failed

_DO = (
    "somebody wrote to this database who is not its service. Keep a copy of it as it is; compare it with the backups "
    "from that entry on; change who can write to it"
)
_DO_REWRITTEN = (
    "a backup that was restored ends before its record did: then move the kept file aside and begin a new one. "
    f"Otherwise {_DO}"
)


class End(BaseModel):
    """The end of a service's record, as it was seen and found whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: int = Field(ge=0)
    head: str
    seen_at: AwareDatetime


class Looked(BaseModel):
    """What was found of one service's record; ``wrong`` and ``unknown`` say what, and one of them at most is set."""

    model_config = ConfigDict(frozen=True)

    entries: int | None = None
    head: str | None = None
    since: int | None = None
    wrong: str | None = None
    do: str | None = None
    unknown: str | None = None


_ENDS = TypeAdapter(dict[str, End])


async def readings(given: argparse.Namespace) -> int:
    """Ask every service; 0 all whole and as they were, 1 one is not, 2 it cannot be told of one."""
    reach = reach_of(given)
    kept_in = reach.kept
    kept = _kept(kept_in)
    async with Doors(reach) as doors:
        looked = {service: await _looked(doors, service, kept.get(service)) for service in doors.services}
    if kept_in:
        put(kept_in, _ENDS.dump_json({**kept, **_ends(looked)}, indent=2) + b"\n")
    if given.json:
        print(json.dumps({service: each.model_dump() for service, each in looked.items()}, indent=2))
    else:
        print(_as_text(looked, kept, kept_in))
    wrong, unknown = (any(getattr(each, what) for each in looked.values()) for what in ("wrong", "unknown"))
    return 1 if wrong else 2 if unknown else 0


async def _looked(doors: Doors, service: str, kept: End | None) -> Looked:
    try:
        found = await doors.get(service, "/readings", then=kept.entries if kept else 0)
    except (DoorRefused, DoorShut) as refused:
        return Looked(unknown=str(refused))
    return judged(found, kept)


def judged(found: Mapping[str, Any], kept: End | None) -> Looked:
    """What a service says of its record, beside the end that was kept."""
    entries, head = found["entries"], found["head"]
    looked = Looked(entries=entries, head=head, since=entries - kept.entries if kept else None)
    if found["broken_at"] is not None:
        wrong = f"entry {found['broken_at']} was changed, left out or put in"
        return looked.model_copy(update={"wrong": wrong, "do": _DO})
    if kept and found["hash_then"] != kept.head:
        became = "is gone" if found["hash_then"] is None else "is another now"
        wrong = f"entry {kept.entries}, with which it ended at {kept.seen_at:%Y-%m-%d %H:%M} UTC, {became}"
        return looked.model_copy(update={"wrong": wrong, "do": _DO_REWRITTEN})
    return looked


def _kept(path: Path | None) -> dict[str, End]:
    content = read(path) if path else None
    try:
        return _ENDS.validate_json(content) if content is not None else {}
    except ValidationError:
        raise Failed(f"{path} is not what relevo readings keeps; name another file, or move this one aside") from None


def _ends(looked: Mapping[str, Looked]) -> dict[str, End]:
    now = datetime.now(UTC)
    return {
        service: End(entries=each.entries, head=each.head, seen_at=now)
        for service, each in looked.items()
        if each.entries is not None and each.head is not None and not each.wrong
    }


def _as_text(looked: Mapping[str, Looked], kept: Mapping[str, End], kept_in: Path | None) -> str:
    rows = [(service, _count(each), _since(each, kept.get(service)), _mark(each)) for service, each in looked.items()]
    lines: list[str] = [columns(("service", "readings", "since then", ""), rows)]
    for service, each in looked.items():
        if each.wrong:
            lines += [f"WRONG   {service}: {each.wrong}", f"        do: {each.do}"]
        if each.unknown:
            lines += [f"UNKNOWN {each.unknown}", "        do: see relevo status, then ask again"]
    lines.append(_end(list(looked.values()), kept_in))
    return "\n".join(lines)


def _count(each: Looked) -> str:
    return "?" if each.entries is None else f"{each.entries:,}"


def _since(each: Looked, kept: End | None) -> str:
    if kept is None or each.since is None:
        return "-"
    return f"{each.since:+,} since {kept.seen_at:%Y-%m-%d %H:%M} UTC"


def _mark(each: Looked) -> str:
    return "WRONG" if each.wrong else "?" if each.unknown else "whole"


def _end(looked: Sequence[Looked], kept_in: Path | None) -> str:
    if any(each.wrong for each in looked):
        return "a record is not what was written"
    if any(each.unknown for each in looked):
        return "it cannot be told of every record"
    if kept_in:
        return f"all are whole; their ends are kept in {kept_in}"
    return "all are whole; with --kept FILE, on another machine, a record that was rewritten whole is found as well"
