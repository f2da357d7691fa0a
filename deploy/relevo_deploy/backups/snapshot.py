"""Reading a service's database as it stood at one instant, while the service runs.

The first read chooses the instant, and all others read at it (``snapshot`` sessions of MongoDB). mongod can do so for
as long as it keeps old versions: ``minSnapshotHistoryWindowInSeconds``, 300 unless set. A database that takes longer to
be read is refused, and never put together of two instants.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from bson import json_util
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_preferences import ReadPreference

from relevo_chassis.delivery.store import CODEC
from relevo_deploy.failed import Failed

WINDOW = "minSnapshotHistoryWindowInSeconds"
_TOO_OLD, _NOT_YET = 239, 246
_TRIES = 5

Client = MongoClient[dict[str, Any]]


class Described(NamedTuple):
    """A collection's options and indexes, as mongodump writes them, and the names of the indexes."""

    metadata: bytes
    indexes: tuple[str, ...]


class Snapshot:
    """One database at one instant."""

    def __init__(self, client: Client, database: str, session: ClientSession, at: str) -> None:
        self._client = client
        self._session = session
        self.database = database
        self.at = at

    def content(self, collection: str) -> Iterator[bytes]:
        """Its documents one after the other as they are stored, in pieces that end with one."""
        found = self._client[self.database][collection]
        yield from found.find_raw_batches(session=self._session, sort=[("$natural", 1)])

    def count(self, collection: str, where: dict[str, Any]) -> int:
        """How many documents match."""
        pipeline: list[dict[str, Any]] = [{"$match": where}, {"$count": "found"}]
        for each in self._client[self.database][collection].aggregate(pipeline, session=self._session):
            return int(each["found"])
        return 0

    def last(self, collection: str, where: Mapping[str, Any]) -> dict[str, Any] | None:
        """The matching document with the highest id."""
        rows = self._client[self.database].get_collection(collection, codec_options=CODEC)
        return rows.find_one(where, sort=[("_id", -1)], session=self._session)


@contextmanager
def snapshot(url: str, database: str, collections: Sequence[str]) -> Iterator[Snapshot]:
    """A database as it stands now; one of these collections at least is there. Raises ``Failed``."""
    client: Client = MongoClient(url, serverSelectionTimeoutMS=5_000, read_preference=ReadPreference.PRIMARY)
    with client, _refusals_explained(database), client.start_session(snapshot=True) as session:
        yield Snapshot(client, database, session, _began(client, database, session, collections))


def described(url: str, database: str, collections: Sequence[str]) -> dict[str, Described]:
    """Those of the collections that are there. Raises ``Failed``."""
    found = {}
    client: Client = MongoClient(url, serverSelectionTimeoutMS=5_000)
    with client, _refusals_explained(database):
        for name in collections:
            indexes = [dict(each) for each in client[database][name].list_indexes()]
            stated = {"options": {}, "indexes": indexes, "collectionName": name, "type": "collection"}
            if indexes:  # each collection that is there has one
                found[name] = Described(json_util.dumps(stated).encode(), tuple(each["name"] for each in indexes))
    return found


def names_in(url: str, database: str) -> set[str]:
    """The collections that a database holds, without views and what is MongoDB's own. Raises ``Failed``."""
    client: Client = MongoClient(url, serverSelectionTimeoutMS=5_000)
    with client, _refusals_explained(database):
        found = client[database].list_collections()
        names = {each["name"] for each in found if each["type"] == "collection"}
    return {each for each in names if not each.startswith("system.")}


def _began(client: Client, database: str, session: ClientSession, collections: Sequence[str]) -> str:
    for left in reversed(range(_TRIES)):
        try:
            first = {"find": collections[0], "limit": 1, "singleBatch": True}
            at = client[database].command(first, session=session)["cursor"]["atClusterTime"]
            return f"{at.time}.{at.inc}"
        except OperationFailure as refused:
            if refused.code != _NOT_YET or not left:
                raise
            time.sleep(0.2)  # a collection or an index is being made
    raise AssertionError("the last try returns or raises")


@contextmanager
def _refusals_explained(database: str) -> Iterator[None]:
    try:
        yield
    except OperationFailure as refused:
        if refused.code == _TOO_OLD:
            raise Failed(
                f"{database}: reading it took longer than MongoDB keeps the instant at which it began; "
                f"set {WINDOW} of mongod higher than 300"
            ) from None
        raise Failed(f"{database}: MongoDB refused: {(refused.details or {}).get('errmsg', refused)}") from None
    except PyMongoError as away:
        raise Failed(f"{database}: MongoDB did not let it be read ({type(away).__name__})") from None
