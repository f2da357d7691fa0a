"""States of aggregates, read from the rows that hold them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from relevo_chassis.delivery.change import Kind, Ref
from relevo_chassis.delivery.writes import Document

S = TypeVar("S", bound=BaseModel)
Order = Sequence[tuple[str, int]]


class States(ABC):
    """What reads states, over what reads rows: a row of a kind's collection has an id, a version and a state."""

    @abstractmethod
    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        """Rows by their ids, of several collections, as they stood at one instant."""

    @abstractmethod
    async def row(self, collection: str, id: str) -> Document | None: ...

    @abstractmethod
    async def rows(
        self, collection: str, where: Mapping[str, Any], *, sort: Order = (), limit: int = 0, at_once: bool = False
    ) -> list[Document]:
        """Rows that match; ``at_once`` as they stood at one instant, however long it takes to read them."""

    @abstractmethod
    async def count_rows(self, collection: str, where: Mapping[str, Any]) -> int: ...

    async def state(self, ref: Ref[S]) -> S | None:
        """The state of one aggregate, or ``None``."""
        found = await self.versioned(ref)
        return found[0] if found else None

    async def states(self, kind: Kind[S], ids: Iterable[str]) -> dict[str, S]:
        """The states of those of the aggregates that exist, by id, in one round trip."""
        found = (await self.fetch({kind.name: set(ids)}))[kind.name]
        return {id: kind.model.model_validate(each["state"]) for id, each in found.items()}

    async def versioned(self, ref: Ref[S]) -> tuple[S, int] | None:
        """The state of one aggregate with its version, which grows with each change of the state."""
        document = await self.row(ref.kind.name, ref.id)
        return (ref.kind.model.model_validate(document["state"]), document["version"]) if document else None

    async def select(
        self,
        kind: Kind[S],
        where: Mapping[str, Any],
        *,
        sort: Order = (("_id", 1),),
        limit: int = 0,
        after: str | None = None,
    ) -> list[S]:
        """States that match; ``where`` and ``sort`` name fields of the state. ``after`` pages by id."""
        query = _named(where)
        if after is not None:
            query["_id"] = {"$gt": after}
        found = await self.rows(kind.name, query, sort=[(_path(name), way) for name, way in sort], limit=limit)
        return [kind.model.model_validate(each["state"]) for each in found]

    async def count(self, kind: Kind[Any], where: Mapping[str, Any]) -> int:
        return await self.count_rows(kind.name, _named(where))


def _named(where: Mapping[str, Any]) -> dict[str, Any]:
    return {_path(name): value for name, value in where.items()}


def _path(field: str) -> str:
    return field if field == "_id" else f"state.{field}"
