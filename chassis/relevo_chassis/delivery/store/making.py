"""Making the collections and indexes that a service wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import IndexModel
from pymongo.errors import OperationFailure

_UNAUTHORIZED = 13
_NAMESPACE_EXISTS = 48


class Index(NamedTuple):
    """An index that a service wants: document paths with their directions; ``where`` makes it partial.

    With ``expires`` a row goes, within a minute or two of the server's clock, when the instant under its key is over.
    """

    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    where: Mapping[str, Any] | None = None
    expires: bool = False


class NotForThisUser(RuntimeError):
    """A collection or an index is missing that the user of this service may not make."""


async def made(database: AsyncIOMotorDatabase[Any], wanted: Mapping[str, Sequence[Index]]) -> None:
    """Make what is missing; what is there is left as it is. Raises ``NotForThisUser``."""
    existing = set(await database.list_collection_names(authorizedCollections=True))
    for name, indexes in sorted(wanted.items()):
        with _denial_explained(name):
            if name not in existing:
                await _make(database, name)
            there = [_facts(each) async for each in database[name].list_indexes()]
            missing = [each for each in map(_model, indexes) if _facts(each.document) not in there]
            if missing:
                await database[name].create_indexes(missing)


async def _make(database: AsyncIOMotorDatabase[Any], name: str) -> None:
    try:
        await database.create_collection(name, check_exists=False)
    except OperationFailure as refused:
        if refused.code != _NAMESPACE_EXISTS:  # a replica that starts at the same time was first
            raise


def _model(index: Index) -> IndexModel:
    options: dict[str, Any] = {"unique": index.unique}
    if index.where is not None:
        options["partialFilterExpression"] = dict(index.where)
    if index.expires:
        options["expireAfterSeconds"] = 0
    return IndexModel(list(index.keys), **options)


def _facts(index: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes an index the one that is wanted."""
    facts = index.get("partialFilterExpression"), index.get("expireAfterSeconds")
    return index["name"], [*index["key"].items()], bool(index.get("unique")), *facts


@contextmanager
def _denial_explained(name: str) -> Iterator[None]:
    try:
        yield
    except OperationFailure as refused:
        if refused.code != _UNAUTHORIZED:
            raise
        raise NotForThisUser(
            f"MongoDB does not let this user make the collection {name} or its indexes: deploy/databases has to name "
            "it, and relevo mongo-init of this release has to have run"
        ) from None
