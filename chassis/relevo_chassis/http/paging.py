"""Pages by cursor: the last id seen, which only this service could have written and only for this list."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.people.vault import ServiceKey

T = TypeVar("T")

_MAC_CHARACTERS = 32

Limit = Annotated[int, Query(ge=1, le=200, description="at most so many items")]
After = Annotated[str | None, Query(max_length=2_048, description="the cursor `next` of the page before")]


class BadCursor(Refusal):
    """The cursor is not one of this list; start again without it."""

    status = 400


class Page(BaseModel, Generic[T]):
    """Some items of a list, and the cursor to the next ones; ``next`` is null at the end."""

    model_config = ConfigDict(frozen=True)

    items: tuple[T, ...]
    next: str | None = Field(default=None, description="send it as `after` to get the next page")


class Cursors:
    """Writes and reads the cursors of one list; ``scope`` names the list with its filters."""

    def __init__(self, key: ServiceKey, *scope: str) -> None:
        self._key = key
        self._scope = scope

    def after(self, cursor: str | None) -> str | None:
        """The id to go on after (``Store.select(after=…)``). Raises ``BadCursor``."""
        if cursor is None:
            return None
        try:
            mac, _, last_id = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("utf-8").partition(".")
        except ValueError:
            raise BadCursor() from None
        if not hmac.compare_digest(mac.encode(), self._mac(last_id).encode()):
            raise BadCursor()
        return last_id

    def page(self, found: Sequence[T], limit: int, id_of: Callable[[T], str]) -> Page[T]:
        """A page of what was found when one more than ``limit`` was asked for."""
        items = tuple(found[:limit])
        more = len(found) > limit and bool(items)
        return Page(items=items, next=self.cursor(id_of(items[-1])) if more else None)

    def cursor(self, last_id: str) -> str:
        """The cursor to what follows after an id."""
        return base64.urlsafe_b64encode(f"{self._mac(last_id)}.{last_id}".encode()).decode("ascii")

    def _mac(self, last_id: str) -> str:
        return self._key.keyed_hash("cursor", last_id, *self._scope)[:_MAC_CHARACTERS]
