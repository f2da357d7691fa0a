"""Putting what a backup holds in the place of what a database holds, as an administrator of MongoDB.

Everything is first loaded beside (``restoring.NAME``, which no service may use), and read back and compared. Only then
a mark is set, and the service's user loses all rights, until each collection was renamed into its place. Who is broken
off before the mark has changed nothing. Who is broken off after it leaves a service that cannot start, and repeats it:
``relevo mongo-init`` gives no rights back while the mark is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from bson import json_util
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from relevo_deploy.backups.manifest import Manifest, content_of, metadata_of
from relevo_deploy.backups.progress import Progress
from relevo_deploy.failed import Failed
from relevo_deploy.servers.administration import UNFINISHED

BESIDE = "restoring."
_AT_ONCE = 8 << 20
_ON_DISK = WriteConcern(w="majority", j=True)

Client = MongoClient[dict[str, Any]]


class Database:
    """The database of a service, to an administrator. Raises ``Failed`` for whatever MongoDB refuses."""

    def __init__(self, client: Client, service: str) -> None:
        self._client = client
        self._service = service
        self._database = client.get_database(service, write_concern=_ON_DISK)

    def connected(self) -> list[str]:
        """From where somebody is connected as the service's own user: a replica that runs."""
        pipeline: list[dict[str, Any]] = [
            {"$currentOp": {"allUsers": True, "idleConnections": True}},
            {"$match": {"effectiveUsers.user": self._service}},
        ]
        return sorted({each.get("client", "somewhere") for each in self._client.admin.aggregate(pipeline)})

    def filled(self, collections: Collection[str]) -> list[str]:
        """Those of the collections that hold something."""
        return [each for each in sorted(collections) if self._database[each].find_one({}, {"_id": 1})]

    @property
    def is_unfinished(self) -> bool:
        """Whether a restore was broken off after it had begun to put things in place."""
        return self._database[UNFINISHED].find_one({"_id": UNFINISHED}) is not None

    def load(self, folder: Path, manifest: Manifest) -> None:
        """Put all of a backup beside what is there, and compare it with the backup."""
        progress = Progress(self._service)
        for name, kept in manifest.collections.items():
            beside = self._database[BESIDE + name]
            beside.drop()
            self._database.create_collection(beside.name)
            with open(folder / content_of(name), "rb") as file:
                for batch in progress(name, batches(file)):
                    beside.insert_many([RawBSONDocument(each) for each in documents(batch)])
            digest = hashlib.sha256()
            pieces: Iterable[Any] = beside.find_raw_batches(sort=[("$natural", 1)])
            for piece in pieces:
                digest.update(piece)
            if digest.hexdigest() != kept.content.sha256:
                raise Failed(f"{self._service}: MongoDB holds {name} otherwise than the backup; nothing was changed")
            self._make_indexes(beside.name, (folder / metadata_of(name)).read_text("utf-8"))

    def _make_indexes(self, collection: str, metadata: str) -> None:
        indexes = [each for each in json_util.loads(metadata)["indexes"] if each["name"] != "_id_"]
        if indexes:
            self._database.command("createIndexes", collection, indexes=indexes)

    def mark(self, backup: str) -> None:
        """From here on the service does not start before all is in place."""
        self._database[UNFINISHED].replace_one({"_id": UNFINISHED}, {"backup": backup}, upsert=True)

    def put_in_place(self, collections: Collection[str]) -> None:
        """Let what was loaded take the place of what was there, collection by collection."""
        for name in sorted(collections):
            renamed(self._client, f"{self._service}.{BESIDE}{name}", f"{self._service}.{name}")

    def drop(self, collections: Collection[str]) -> None:
        """Drop collections that a backup does not know."""
        for name in collections:
            self._database[name].drop()

    def unmark(self) -> None:
        """All is in place."""
        self._database[UNFINISHED].drop()

    def clear(self) -> None:
        """Drop what lies beside from a run that was broken off."""
        for name in self._database.list_collection_names(filter={"name": {"$regex": r"^restoring\."}}):
            self._database[name].drop()


@contextmanager
def database_of(url: str, service: str) -> Iterator[Database]:
    """The database of a service as an administrator, who ``url`` names. Raises ``Failed``."""
    client: Client = MongoClient(url, serverSelectionTimeoutMS=5_000)
    try:
        with client:
            yield Database(client, service)
    except OperationFailure as refused:
        raise Failed(f"{service}: MongoDB refused: {(refused.details or {}).get('errmsg', refused)}") from None
    except PyMongoError as away:
        raise Failed(f"{service}: MongoDB could not be asked ({type(away).__name__})") from None


def renamed(client: Client, collection: str, to: str) -> None:
    """Give a collection another's name and place, in one step."""
    client.admin.command("renameCollection", collection, to=to, dropTarget=True)


def batches(file: BinaryIO) -> Iterator[bytes]:
    """A file of documents in pieces of some 8 MB, each of which ends with a document."""
    piece = bytearray()
    while length := file.read(4):
        piece += length + file.read(int.from_bytes(length, "little") - 4)
        if len(piece) >= _AT_ONCE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def documents(batch: bytes) -> Sequence[bytes]:
    """The documents of a piece: each begins with how long it is."""
    found, at = [], 0
    while at < len(batch):
        length = int.from_bytes(batch[at : at + 4], "little")
        found.append(batch[at : at + length])
        at += length
    return found
