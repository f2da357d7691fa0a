"""One backup of one service: read as it stood at one instant, written beside, and named when it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from relevo_chassis.people.records.chain import CHECKPOINTS, RECORDS, End, checkpoints_after, end_after
from relevo_deploy.backups.files import Writing, put_manifest, written
from relevo_deploy.backups.manifest import Kept, Manifest, Place, Published, RecordEnd, What, content_of, metadata_of
from relevo_deploy.backups.progress import Progress
from relevo_deploy.backups.snapshot import Snapshot, described, snapshot
from relevo_deploy.failed import Failed

OUTBOX = "outbox"
_EVENTS = {"sequence": {"$exists": True}}
_UNSENT = {"sequence": {"$exists": True}, "sent": False}


class Wanted(NamedTuple):
    """What is to be backed up: which collections of whose database, as whom, and where that service stands."""

    what: What
    service: str
    collections: Sequence[str]
    url: str
    into: Path
    places: tuple[Place, ...] | None = None
    published: Published | None = None


class Made(NamedTuple):
    """A backup: where it lies, and what it says of itself."""

    folder: Path
    manifest: Manifest


def release() -> str:
    """The version of this package, which is that of the product."""
    return version("relevo-deploy")


def backed_up(wanted: Wanted) -> Made:
    """Back it up, in memory that does not grow with it. Raises ``Failed``, with nothing left that looks whole."""
    there = sorted(described(wanted.url, wanted.service, wanted.collections))
    if not there:
        raise Failed(f"MongoDB holds nothing of {wanted.service}; did relevo mongo-init run there?")
    now = datetime.now(UTC)
    with (
        written(wanted.into, wanted.service, now) as writing,
        snapshot(wanted.url, wanted.service, there) as found,
    ):
        manifest = _all(wanted, writing, found, there, now)
    return Made(wanted.into / wanted.service / writing.folder.stem, manifest)


def _all(wanted: Wanted, writing: Writing, found: Snapshot, there: Sequence[str], now: datetime) -> Manifest:
    progress = Progress(wanted.service)
    events, unsent = (found.count(OUTBOX, each) if OUTBOX in there else 0 for each in (_EVENTS, _UNSENT))
    documents, content = {}, {}
    for name in there:
        counted = Counted()
        content[name] = writing.put(content_of(name), progress(name, counted(found.content(name))))
        documents[name] = counted.documents
    kept = {}
    for name, each in described(wanted.url, wanted.service, there).items():  # whoever makes an index takes none away
        metadata = writing.put(metadata_of(name), [each.metadata])
        kept[name] = Kept(documents=documents[name], content=content[name], metadata=metadata, indexes=each.indexes)
    manifest = Manifest(
        what=wanted.what,
        service=wanted.service,
        release=release(),
        made_at=now,
        cluster_time=found.at,
        collections=kept,
        events=events,
        unsent=unsent,
        places=wanted.places,
        published=wanted.published,
        record_ends={each: _end(found, each) for each in RECORDS} if CHECKPOINTS in there else {},
    )
    put_manifest(writing, manifest)
    return manifest


def _end(found: Snapshot, record: str) -> RecordEnd:
    row = found.last(CHECKPOINTS, checkpoints_after(record, 0))
    end = end_after(row) if row else End(record=record)
    return RecordEnd(segments=end.segment, entries=end.last, head=end.head)


class Counted:
    """Counts the documents that pass: each begins with how long it is."""

    def __init__(self) -> None:
        self.documents = 0

    def __call__(self, batches: Iterable[bytes]) -> Iterator[bytes]:
        for batch in batches:
            at = 0
            while at < len(batch):
                at += int.from_bytes(batch[at : at + 4], "little")
                self.documents += 1
            yield batch
