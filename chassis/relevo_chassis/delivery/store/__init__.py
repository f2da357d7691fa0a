"""The store: a service's own MongoDB. The one room that imports the driver.

Motor is what this product was asked to use. Its successor is PyMongo's own asyncio API; moving there changes this
room alone (``aggregate`` and ``list_indexes`` become coroutines, ``start_session`` plain, ``close`` awaited).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TypeVar

from bson.codec_options import CodecOptions, TypeCodec, TypeRegistry
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DeleteOne, ReplaceOne, UpdateOne, errors
from pymongo.client_session import ClientSession
from pymongo.collection import Collection as DriverCollection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from relevo_chassis.delivery.change import Busy, Unknown
from relevo_chassis.delivery.states import Order, States
from relevo_chassis.delivery.store.making import Index, NotForThisUser, made
from relevo_chassis.delivery.writes import (
    Batch,
    Claim,
    Conflict,
    Document,
    Duplicate,
    Insert,
    Keep,
    Put,
    Remove,
    Replace,
    Touch,
    Unwritable,
    Write,
)

__all__ = ["CODEC", "Index", "NotForThisUser", "Store"]

R = TypeVar("R")
THREADS = 16
_BOUNDS = {"serverSelectionTimeoutMS": 3_000, "connectTimeoutMS": 3_000, "socketTimeoutMS": 20_000, "maxPoolSize": 32}
_AT_ONCE = ReadConcern("snapshot")
_READ = ReadConcern("majority")
_MAJORITY = WriteConcern(w="majority", j=True, wtimeout=10_000)


class _Day(TypeCodec):
    """Days are stored as ISO 8601 text: they sort, and nothing can turn them into an instant."""

    python_type = date
    bson_type = type("_Never", (), {})

    def transform_python(self, value: date) -> str:
        return value.isoformat()

    def transform_bson(self, value: Any) -> Any:
        return value


CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, type_registry=TypeRegistry([_Day()]))


class Store(States):
    """A service's own database: majority and journal for every write, majority for every read."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._database = client.get_database(database, CODEC, ReadPreference.PRIMARY, _MAJORITY, _READ)

    @classmethod
    def connected(cls, url: str, database: str, **options: Any) -> Store:
        """A store on the given servers. Connects on first use; time-outs are such that a caller is told within 5 s."""
        return cls(AsyncIOMotorClient(url, tz_aware=True, retryWrites=True, **(_BOUNDS | options)), database)

    def close(self) -> None:
        self._client.close()
        self._threads.shutdown(wait=False)

    async def drop_database(self) -> None:
        """Drop all of it. Only for a store that can be made again."""
        await self._client.drop_database(self._database.name)

    async def ping(self) -> None:
        """Raise ``Busy`` unless a primary answers."""
        try:
            await self._client.admin.command("ping")
            hello = await self._client.admin.command("hello")
        except errors.PyMongoError as away:
            raise Busy(f"MongoDB does not answer ({type(away).__name__})") from None
        if not hello.get("isWritablePrimary"):
            raise Busy("the replica set has no primary")

    async def now(self) -> datetime:
        """The instant by the clock of the server that answers. Raises ``Busy``."""
        found: datetime = (await _awaited(self._database.command("hello", codec_options=CODEC)))["localTime"]
        return found

    async def abort_silent(self, seconds: float) -> int:
        """Abort transactions of this service whose client has asked for nothing for so long; returns how many.

        Whoever was killed in the midst of one would keep others from its aggregates until mongod gives it up, which it
        may do after a minute only. One that lives and was slow loses a race, and decides again. Raises ``Busy``.
        """
        silent = {"type": "idleSession", "transaction.timeInactiveMicros": {"$gte": round(seconds * 1_000_000)}}
        cursor = self._client.admin.aggregate([{"$currentOp": {"idleSessions": True}}, {"$match": silent}])
        sessions = [{"id": each["lsid"]["id"]} for each in await _awaited(cursor.to_list(None))]
        if sessions:
            await _awaited(self._client.admin.command("killSessions", sessions))
        return len(sessions)

    async def prepare(self, collections: Iterable[str], indexes: Mapping[str, Sequence[Index]]) -> None:
        """Make missing collections and indexes. Never drops one: the version before may still need it.

        Raises ``NotForThisUser`` when somebody else has to make one.
        """
        await made(self._database, {**dict.fromkeys(collections, ()), **indexes})

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        for pause in _SNAPSHOT_PAUSES:
            try:
                return await self._at_once(_fetched, self._database.delegate, wanted)
            except errors.OperationFailure as failed:
                if failed.code not in _NO_SNAPSHOT:
                    raise
            await asyncio.sleep(pause)  # a collection or an index is being made
        raise Busy("MongoDB cannot read one instant now")

    async def write(self, batch: Batch) -> None:
        await self._at_once(_written, self._database.delegate, batch)

    async def _at_once(self, work: Callable[..., R], *arguments: Any) -> R:
        """Do many commands in one thread: Motor takes a thread for each, and the loop's time before the next."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def row(self, collection: str, id: str) -> Document | None:
        found: Document | None = await _awaited(self._database[collection].find_one({"_id": id}))
        return found

    async def rows(
        self, collection: str, where: Mapping[str, Any], *, sort: Order = (), limit: int = 0, at_once: bool = False
    ) -> list[Document]:
        of = self._database.get_collection(collection, read_concern=_AT_ONCE if at_once else None)
        at_a_time = limit + 1 if limit else 0  # with a limit, all in the first answer
        cursor = of.find(dict(where), sort=list(sort) or None, limit=limit, batch_size=at_a_time)
        return list(await _awaited(cursor.to_list(None)))

    async def count_rows(self, collection: str, where: Mapping[str, Any]) -> int:
        return int(await _awaited(self._database[collection].count_documents(dict(where))))

    async def update_rows(self, collection: str, where: Mapping[str, Any], values: Mapping[str, Any]) -> int:
        """Set fields of all rows that match, outside any transaction; returns how many matched."""
        done = await _awaited(self._database[collection].update_many(dict(where), {"$set": dict(values)}))
        return int(done.matched_count)

    async def hold(self, collection: str, id: str, holder: str, seconds: float) -> bool:
        """Make or renew a row that is the holder's for so long by the server's clock; ``False`` while another's is."""
        ours = {"$literal": holder}
        free = {"$or": [{"$eq": ["$holder", ours]}, {"$lt": ["$until", "$$NOW"]}]}
        until = {"$add": ["$$NOW", round(seconds * 1000)]}
        mine = {name: {"$cond": [free, new, f"${name}"]} for name, new in (("holder", ours), ("until", until))}
        holding = self._database[collection].find_one_and_update
        try:
            now = await _awaited(holding({"_id": id}, [{"$set": mine}], upsert=True, return_document=True))
            return bool(now["holder"] == holder)
        except errors.DuplicateKeyError:
            return False

    async def insert(self, collection: str, document: Mapping[str, Any]) -> bool:
        """Insert one row outside any transaction; ``False`` when its id is taken."""
        try:
            await _awaited(self._database[collection].insert_one(dict(document)))
        except errors.DuplicateKeyError:
            return False
        return True

    async def remove_rows(self, collection: str, where: Mapping[str, Any]) -> int:
        return int((await _awaited(self._database[collection].delete_many(dict(where)))).deleted_count)

    async def every(
        self, collection: str, where: Mapping[str, Any] | None = None, fields: Sequence[str] | None = None
    ) -> AsyncIterator[Document]:
        """All rows that match, in batches, whole or with these fields alone: for counting and for reconciliation."""
        cursor = self._database[collection].find(dict(where or {}), fields and list(fields)).batch_size(1_000)
        try:
            async for each in cursor:
                yield each
        except errors.PyMongoError as away:
            raise Busy(f"MongoDB did not let {collection} be read ({type(away).__name__})") from None


def _operation(write: Replace | Touch | Claim | Put | Keep | Remove) -> Any:
    match write:
        case Replace(id, guard, document):
            return ReplaceOne({"_id": id, **guard}, document)
        case Touch(id, guard):
            return UpdateOne({"_id": id, **guard}, {"$inc": {"touched": 1}})
        case Claim(id, guard):
            return DeleteOne({"_id": id, **guard})
        case Put(id, document):
            return ReplaceOne({"_id": id}, document, upsert=True)
        case Keep(id, document):
            return UpdateOne({"_id": id}, {"$setOnInsert": document}, upsert=True)
        case Remove(id):
            return DeleteOne({"_id": id})


def _fetched(database: Database[Document], wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
    found: dict[str, dict[str, Document]] = {collection: {} for collection in wanted}
    reads: list[tuple[str, list[Mapping[str, Any]]]] = [
        (each, [{"$match": {"_id": {"$in": list(ids)}}}, {"$replaceWith": {"of": each, "document": "$$ROOT"}}])
        for each, ids in wanted.items()
    ]
    if not reads:
        return found
    (into, first), *others = reads
    pipeline = first + [{"$unionWith": {"coll": each, "pipeline": read}} for each, read in others]
    at_a_time = sum(map(len, wanted.values())) + 1  # all in the first answer
    with _errors_translated(), database.client.start_session(snapshot=True) as session:
        for each in database[into].aggregate(pipeline, batchSize=at_a_time, session=session):
            found[each["of"]][each["document"]["_id"]] = each["document"]
    return found


def _written(database: Database[Document], batch: Batch) -> None:
    with _errors_translated():
        session = database.client.start_session()
    with session:
        session.start_transaction(
            read_concern=ReadConcern("snapshot"), write_concern=_MAJORITY, max_commit_time_ms=10_000
        )
        try:
            for collection, writes in batch.items():
                with _guarding():
                    _apply(database[collection], writes, session)
        except (Conflict, Busy):
            _abort(session)
            raise
        except Exception as failure:
            _abort(session)
            raise Unwritable(type(failure).__name__) from failure
        _commit(session)


def _apply(into: DriverCollection[Document], writes: Sequence[Write], session: ClientSession) -> None:
    new = [write.document for write in writes if isinstance(write, Insert)]
    guarded = [_operation(write) for write in writes if isinstance(write, Replace | Touch | Claim)]
    blind = [_operation(write) for write in writes if isinstance(write, Put | Keep | Remove)]
    if new:
        into.insert_many(new, ordered=False, session=session)
    if guarded:
        done = into.bulk_write(guarded, ordered=False, session=session)
        if done.matched_count + done.deleted_count != len(guarded):
            raise Conflict(into.name)
    if blind:
        into.bulk_write(blind, ordered=False, session=session)


async def _awaited(call: Awaitable[Any]) -> Any:
    """Await the driver; what is not the caller's fault becomes ``Busy``."""
    with _errors_translated():
        return await call


@contextmanager
def _errors_translated() -> Iterator[None]:
    try:
        yield
    except errors.DuplicateKeyError:
        raise
    except (errors.ConnectionFailure, errors.ExecutionTimeout, errors.NotPrimaryError) as away:
        raise Busy(f"MongoDB is away ({type(away).__name__})") from None
    except AttributeError:  # how pymongo 4.20 fails on a write concern error of a mongod that is ending
        raise Busy("MongoDB is ending") from None
    except errors.OperationFailure as failed:
        if failed.has_error_label("TransientTransactionError") or failed.code in _PASSING:
            raise Busy(f"MongoDB could not answer now (code {failed.code})") from None
        raise


@contextmanager
def _guarding() -> Iterator[None]:
    """Inside a transaction: a lost race becomes ``Conflict``, nothing written becomes ``Busy``."""
    try:
        yield
    except errors.OperationFailure as failed:
        codes = _codes(failed)
        if _DUPLICATE in codes:
            raise Duplicate("an id or unique value is taken") from None
        if _WRITE_CONFLICT in codes or failed.has_error_label("TransientTransactionError"):
            raise Conflict("somebody else wrote first") from None
        if codes & _PASSING:
            raise Busy(f"MongoDB could not write now (code {failed.code})") from None
        raise
    except errors.ConnectionFailure as away:
        raise Busy(f"MongoDB is away ({type(away).__name__})") from None


def _commit(session: ClientSession) -> None:
    """Commit; the driver repeats it once. When the outcome stays unknown, say so."""
    for last in (False, False, True):
        try:
            return session.commit_transaction()
        except errors.PyMongoError as failed:
            if failed.has_error_label("UnknownTransactionCommitResult"):
                if last:
                    raise Unknown("the commit may or may not have happened; repeat the call") from None
                continue
            if failed.has_error_label("TransientTransactionError"):
                raise Conflict("the transaction was aborted") from None
            if isinstance(failed, errors.OperationFailure) and not isinstance(failed, errors.WriteConcernError):
                raise Unwritable(f"the commit was refused (code {failed.code})") from failed
            raise Unknown("the commit may or may not have happened; repeat the call") from None


def _abort(session: ClientSession) -> None:
    try:
        session.abort_transaction()
    except errors.PyMongoError:
        return  # the server forgets an open transaction by itself; the first error is the one to tell


def _codes(failed: errors.OperationFailure) -> set[Any]:
    details: Mapping[str, Any] = failed.details or {}
    return {failed.code, *(each.get("code") for each in details.get("writeErrors", ()))}


_DUPLICATE = 11000
_WRITE_CONFLICT = 112
_NO_SPACE = 14031
_NO_SNAPSHOT = frozenset({239, 246})
_SNAPSHOT_PAUSES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_PASSING = frozenset({6, 7, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11601, 11602, 13435, 13436, _NO_SPACE})
