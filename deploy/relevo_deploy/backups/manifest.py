"""What a backup says of itself, and whether it is whole: files alone, no server is wanted.

A backup is a folder ``SERVICE/INSTANT`` with two files for each collection, as MongoDB's own mongodump writes them
(``NAME.bson``, ``NAME.metadata.json``), and ``manifest.json``. It bears its name once all of it lies on the disk, and
ends in ``.part`` until then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from relevo_deploy.failed import Failed

NAME = "manifest.json"
PART = ".part"
_CHUNK = 1 << 20

What = Literal["data", "keys"]


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Stated):
    """A file of a backup, as it was written."""

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Kept(_Stated):
    """A collection: how many documents, the files with them and with its indexes, and the names of these."""

    documents: int = Field(ge=0)
    content: File
    metadata: File
    indexes: tuple[str, ...]


class Place(_Stated):
    """Up to where a durable had acknowledged its stream: all of that had taken effect in what was backed up.

    ``made_at`` is the stream's instant as the server spells it: places begin anew with each making.
    """

    durable: str
    stream: str
    made_at: str
    acknowledged: int = Field(ge=0)


class Published(_Stated):
    """The last message of a service's own stream before the instant of the backup."""

    stream: str
    made_at: str
    last: int = Field(ge=0)


class RecordEnd(_Stated):
    """Where a record ended: its last segment, the last entry in it, and the hash of what signs both."""

    segments: int = Field(ge=0)
    entries: int = Field(ge=0)
    head: str


class Manifest(_Stated):
    """What a backup is of, when it was made, what is in it, and where its service stood in the streams."""

    format: Literal[1] = 1
    what: What
    service: str
    release: str
    made_at: AwareDatetime
    cluster_time: str
    """The one instant at which all of it stood, as MongoDB counts: seconds, and a number within the second."""
    collections: Mapping[str, Kept]
    events: int = Field(ge=0)
    """Events in the outbox."""
    unsent: int = Field(ge=0)
    places: tuple[Place, ...] | None = None
    """``None`` when the bus could not be wanted."""
    published: Published | None = None
    record_ends: Mapping[str, RecordEnd] = {}

    @property
    def documents(self) -> int:
        return sum(each.documents for each in self.collections.values())

    @property
    def bytes(self) -> int:
        return sum(each.content.bytes for each in self.collections.values())


def content_of(collection: str) -> str:
    """The name of the file with its documents."""
    return f"{collection}.bson"


def metadata_of(collection: str) -> str:
    """The name of the file with its indexes."""
    return f"{collection}.metadata.json"


def read_manifest(folder: Path) -> Manifest:
    """What a backup says of itself. Raises ``Failed``."""
    if folder.name.endswith(PART):
        raise Failed(f"{folder} was broken off while it was written, and is no backup")
    try:
        return Manifest.model_validate_json((folder / NAME).read_bytes())
    except FileNotFoundError:
        found = sorted(each.parent for each in folder.glob(f"**/{NAME}") if PART not in str(each))
        among = f"; name one of those in it, such as {found[-1]}" if found else ""
        raise Failed(f"{folder} is no backup: it has no {NAME}{among}") from None
    except OSError as refused:
        raise Failed(f"{folder / NAME}: {refused.strerror}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Failed(f"{folder / NAME} is not what relevo backup writes ({where}: {first['msg']})") from None


def backups_in(folder: Path) -> list[Path]:
    """The backups that lie in a folder, or the folder itself when it is one; also those that were broken off."""
    if (folder / NAME).exists() or folder.name.endswith(PART):
        return [folder]
    whole = {each.parent for each in folder.glob(f"*/{NAME}")} | {each.parent for each in folder.glob(f"*/*/{NAME}")}
    return sorted(whole | {*folder.glob(f"*{PART}"), *folder.glob(f"*/*{PART}")})


def faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What of a backup is not as its manifest says; reads each file whole."""
    wanted = {NAME: None}
    for name, kept in manifest.collections.items():
        for file, stated in ((content_of(name), kept.content), (metadata_of(name), kept.metadata)):
            wanted[file] = None
            if fault := _fault(folder / file, stated):
                yield f"{file} {fault}"
    yield from (f"{each.name} is not in its manifest" for each in sorted(folder.iterdir()) if each.name not in wanted)


def _fault(path: Path, stated: File) -> str | None:
    digest = hashlib.sha256()
    try:
        if path.stat().st_size != stated.bytes:
            return f"has {path.stat().st_size:,} bytes in place of {stated.bytes:,}"
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as refused:
        return f"cannot be read: {refused.strerror}"
    return None if digest.hexdigest() == stated.sha256 else "is not as it was written: its sha256 is another"
