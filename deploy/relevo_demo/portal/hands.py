"""Somebody in front of the portal's pages, and what they leave behind there."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

Way = Literal["script", "plain"]
"""How somebody uses the pages: with script, or without."""


class File(NamedTuple):
    """What is sent along by a form."""

    name: str
    media: str
    content: bytes


Typed = str | File


class Hands(Protocol):
    """Each page is opened in ``language``. ``addresses`` are all that were asked for, ``titles`` of all windows."""

    language: str
    addresses: list[str]
    titles: list[str]

    async def open(self, path: str) -> str:
        """Open a page of the portal; what it says."""

    async def follow(self, link: str) -> str:
        """Open a link of a letter; what the page says."""

    async def send(self, **fields: Typed) -> str:
        """Fill in the form of the page and send it; what the page says that comes. A box is ticked by its value.

        Raises ``Misbehaved`` when what was typed is not taken.
        """

    async def seen(self, selector: Literal["output", "#address"]) -> str:
        """What stands in that part of the page."""

    @property
    def here(self) -> str:
        """The address of the page."""

    async def forget(self) -> None:
        """What closing the browser does: its cookies are gone."""

    async def kept(self) -> str:
        """All that lies in the browser now."""
