"""What ``relevo verify`` found, somebody looked into, and nobody can undo: so that the alarm is for what is new.

That is what stands in a stream for good. What can be mended (lost, late, doubled, set aside) is never accepted."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from relevo_deploy.failed import Failed
from relevo_deploy.operations.files import put, read
from relevo_deploy.reconcile.judgement import Check, Kind, Offence


class Accepted(BaseModel):
    """One offence of one check, as it was told, and why it stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str
    of: str
    offence: str
    because: str
    who: str
    at: AwareDatetime


FOR_GOOD: frozenset[Kind] = frozenset({"foreign", "disordered"})


class Sifted(NamedTuple):
    """A check with what is new alone, and how much of it was accepted before."""

    check: Check
    accepted: int


_FILE = TypeAdapter(list[Accepted])


def accepted_in(path: Path | None) -> list[Accepted]:
    """What a file holds; nothing when there is none. Raises ``Failed``."""
    content = read(path) if path else None
    try:
        return _FILE.validate_json(content) if content is not None else []
    except ValidationError:
        raise Failed(f"{path} is not what relevo verify --accept writes; mend it, or name another file") from None


def sift(checks: Iterable[Check], accepted: Iterable[Accepted]) -> list[Sifted]:
    """Part what is new from what was accepted: the very same offence of the very same check."""
    known = {(each.check, each.of, each.offence) for each in accepted}
    return [_sifted(check, known) for check in checks]


def write_down(path: Path, accepted: Sequence[Accepted], checks: Iterable[Check], because: str) -> int:
    """Add to the file all that is wrong and stands for good; returns how much. Raises ``Failed``."""
    who, at = getpass.getuser(), datetime.now(UTC)
    new = [
        Accepted(check=check.name, of=check.of, offence=offence.text, because=because, who=who, at=at)
        for check in checks
        for offence in check.offences
        if offence.kind in FOR_GOOD
    ]
    if new:
        put(path, _FILE.dump_json([*accepted, *new], indent=2) + b"\n")
    return len(new)


def _sifted(check: Check, known: set[tuple[str, str, str]]) -> Sifted:
    def is_known(offence: Offence) -> bool:
        return offence.kind in FOR_GOOD and (check.name, check.of, offence.text) in known

    new = tuple(each for each in check.offences if not is_known(each))
    return Sifted(check._replace(offences=new), len(check.offences) - len(new))
