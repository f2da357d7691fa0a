"""The files of partners: which events each may have, under which name. They belong to whoever operates the bus."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from relevo_contracts import CONTRACTS, Contract
from relevo_contracts.partners import PUBLIC, durables_of
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.failed import Failed
from relevo_deploy.topology.files import Identity, PartnerFile, TopologyBroken, read_partners

Begin = Literal["oldest", "now"]
_SECRETS_OF_OTHERS = ("admin", "backup", "backup_keys", "bus", "desk", "mongo", "nats", "retention")
_BUS_OF_OTHERS = ("administrator", "streams", "system")
_RESERVED = frozenset((*_SECRETS_OF_OTHERS, *_BUS_OF_OTHERS, "defaults", "overlays", "partners"))
_BY_NAME: Mapping[str, Contract] = {each.model.__name__: each for each in CONTRACTS}
_BY_SUBJECT: Mapping[str, Contract] = {each.subject: each for each in CONTRACTS}


def kept_in(folder: Path) -> Mapping[str, PartnerFile]:
    """The partners of a folder by their names. Raises ``Failed``."""
    try:
        return read_partners(folder)
    except TopologyBroken as broken:
        raise Failed(str(broken)) from None


def check_name(name: str, identities: Iterable[Identity]) -> None:
    """Refuse a name that the bus cannot have, or that somebody else has there or among the secrets.

    Raises ``Failed``.
    """
    try:
        TypeAdapter(Identity).validate_python({"name": name})
    except ValidationError:
        raise Failed(
            f"{name!r} cannot be a name on the bus: begin with a letter from a to z; at most 63 letters from a to z, "
            "digits and underscores, such as human_rights_watch"
        ) from None
    if name in _RESERVED or name in DEPLOYED or any(each.name == name for each in identities):
        raise Failed(f"{name} is somebody else's name, on the bus or among the secrets; choose another")
    if service := next((each for each in DEPLOYED if name.startswith(f"{each}_")), None):
        raise Failed(f"{name} would have durables that look like those of {service}; begin with another word")


def public(names: Sequence[str]) -> Sequence[Contract]:
    """The public events of these names, in the order of the contracts. Raises ``Failed``, naming what there is."""
    there_are = f"a partner may have {', '.join(each.model.__name__ for each in PUBLIC)}"
    if unknown := [each for each in names if each not in _BY_NAME]:
        raise Failed(f"there is no event {', '.join(unknown)}; {there_are}")
    if internal := [each for each in names if _BY_NAME[each].audience == "internal"]:
        raise Failed(f"not for anybody outside: {', '.join(internal)}; {there_are}")
    return [each for each in PUBLIC if each.model.__name__ in names]


def new_partner(name: str, contracts: Sequence[Contract], begin: Begin, now: datetime) -> PartnerFile:
    """A partner that may have these events, from the oldest that is kept or from now on."""
    return _file(name, now, [{**each, **_start(begin, now)} for each in durables_of(name, contracts)], contracts)


def with_events(old: PartnerFile, contracts: Sequence[Contract], begin: Begin, now: datetime) -> PartnerFile:
    """The same partner with these events in place of those that it had. What its file says of durables stays."""
    name, had = old.identity.name, {each["name"]: each for each in old.consumers}
    durables = [
        {**had.get(each["name"], {**each, **_start(begin, now)}), "filter_subjects": each["filter_subjects"]}
        for each in durables_of(name, contracts)
    ]
    return _file(name, old.added_at, durables, contracts)


def events_of(subjects: Iterable[str]) -> list[str]:
    """What these subjects are called; one that this release does not know is called as it is."""
    return [_BY_SUBJECT[each].model.__name__ if each in _BY_SUBJECT else each for each in subjects]


def write(folder: Path, file: PartnerFile) -> None:
    """Write a partner's file whole, in place of one that is there. Nothing in it is secret."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file.identity.name}.json"
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(file.model_dump_json(indent=2, exclude_defaults=True) + "\n", encoding="utf-8")
    new.replace(path)


def remove(folder: Path, name: str) -> bool:
    """Remove a partner's file; whether there was one."""
    path = folder / f"{name}.json"
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _file(name: str, added_at: datetime, durables: Sequence[Mapping[str, Any]], of: Sequence[Contract]) -> PartnerFile:
    identity = Identity(
        name=name,
        description="Reads these public events, live or from its durables.",
        take=tuple(each["name"] for each in durables),
        hear=tuple(each.subject for each in of),
    )
    return PartnerFile(
        description="A system outside the organisation, which may have these public events and nothing else.",
        added_at=added_at,
        consumers=tuple(dict(each) for each in durables),
        identities=(identity,),
    )


def _start(begin: Begin, now: datetime) -> Mapping[str, str]:
    """As an instant, and not as ``new``: a durable that was lost and made again misses nothing of what came since."""
    if begin == "oldest":
        return {}
    return {"deliver_policy": "by_start_time", "opt_start_time": now.isoformat()}
