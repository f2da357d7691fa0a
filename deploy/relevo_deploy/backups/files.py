"""The folder into which one backup is written: whole under its name, or not there."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relevo_deploy.backups.manifest import NAME, PART, File, Manifest, What, read_manifest
from relevo_deploy.failed import Failed
from relevo_servers import owner_only

_LOCK = ".lock"


class Writing:
    """Files that nobody but their owner reads, each on the disk before the next is begun."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, chunks: Iterable[bytes]) -> File:
        """Write a file chunk by chunk. Raises ``OSError``, or whatever the chunks raise."""
        digest, size = hashlib.sha256(), 0
        with open(self.folder / name, "xb", opener=owner_only) as file:
            for chunk in chunks:
                size += file.write(chunk)
                digest.update(chunk)
            file.flush()
            os.fsync(file.fileno())
        return File(bytes=size, sha256=digest.hexdigest())


@contextmanager
def written(into: Path, service: str, at: datetime) -> Iterator[Writing]:
    """A folder for a service's backup of an instant, which bears its name when all went well and is gone otherwise.

    What an earlier run was killed over is removed. Raises ``Failed`` when the disk refuses or is full, and when
    another run writes a backup of this service there.
    """
    whole = into / service / f"{at.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"
    part = whole.with_name(whole.name + PART)
    try:
        with _alone(whole.parent, service):
            for left in whole.parent.glob(f"*{PART}"):
                shutil.rmtree(left)
            try:
                part.mkdir(mode=0o700)
                yield Writing(part)
                _synced(part)
                part.rename(whole)
                _synced(whole.parent)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
    except OSError as refused:
        raise Failed(f"{whole}: {refused.strerror}; nothing of it was left there") from None


def remove_older(into: Path, service: str, what: What, than: timedelta, now: datetime) -> list[Path]:
    """Remove a service's backups of one kind that are older; returns which. Raises ``Failed``."""
    removed = []
    for manifest in sorted((into / service).glob(f"*/{NAME}")):
        if PART in manifest.parent.name:
            continue
        stated = read_manifest(manifest.parent)
        if stated.what == what and stated.service == service and stated.made_at < now - than:
            removed.append(manifest.parent)
    for folder in removed:
        try:
            gone = folder.with_name(folder.name + PART)  # what is half removed is no backup any more
            folder.rename(gone)
            shutil.rmtree(gone)
        except OSError as refused:
            raise Failed(f"{folder} could not be removed: {refused.strerror}") from None
    return removed


def other_kind_in(into: Path, what: What) -> Path | None:
    """A backup of the other kind that lies in a folder, such as of data where keys are to be put."""
    for manifest in into.glob(f"*/*/{NAME}"):
        if PART not in manifest.parent.name and read_manifest(manifest.parent).what != what:
            return manifest.parent
    return None


def put_manifest(writing: Writing, manifest: Manifest) -> None:
    """The last file of a backup. Raises ``OSError``."""
    writing.put(NAME, [manifest.model_dump_json(indent=2).encode() + b"\n"])


@contextmanager
def _alone(folder: Path, service: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(folder / _LOCK, "ab", opener=owner_only) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed(f"another run writes a backup of {service} in {folder}; wait for it") from None
        yield


def _synced(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
