"""What subscribers read, as pages: the catalogue of events, the problems, the rules and the words.

The Markdown of the repository is the source, and a page is made of it whenever somebody asks.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from relevo_deploy.embedded.desk.picture import arrows_in, pictures
from relevo_deploy.embedded.desk.style import READING

FIRST = "docs/events/README.html"
DOORS = {
    "Events": FIRST,
    "Subscribing": "docs/subscribe.html",
    "Contracts": "contracts/README.html",
    "Changes": "contracts/CHANGELOG.html",
    "Problems": "docs/problems.html",
    "Rules": "docs/rules.html",
    "Words": "docs/words.html",
}
SHELVES = (
    *("docs/events/*.md", "docs/problems.md", "docs/wrong-fields.md", "docs/rules.md", "docs/words.md"),
    "docs/subscribe.md",
    *("contracts/README.md", "contracts/CHANGELOG.md", "contracts/typescript/README.md"),
)
DATA = ("contracts/schemas/*.json", "contracts/asyncapi*.json", "docs/api/*.json")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}


def default_library() -> Path:
    """``RELEVO_LIBRARY``, else the tree that this package stands in."""
    named = os.environ.get("RELEVO_LIBRARY")
    return Path(named) if named else Path(__file__).parents[4]


class Library:
    """The documents of a folder that is laid out as the repository is, by their address: ``docs/rules.html``, and data
    as it is called there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> dict[str, Path]:
        """Each document by its address; what is on no shelf has none."""
        pages = {self._address(path): path for shelf in SHELVES for path in sorted(self._folder.glob(shelf))}
        return pages | {self._named(path): path for shelf in DATA for path in sorted(self._folder.glob(shelf))}

    def page(self, address: str) -> str:
        """A document as a page. Raises ``KeyError`` for an address that nothing has."""
        names = self.names()
        tokens = _MARKDOWN.parse(names[address].read_text("utf-8"))
        _link(tokens, address, {self._named(path): name for name, path in names.items()})
        body = str(_MARKDOWN.renderer.render(_shaped(tokens), _MARKDOWN.options, {}))
        return _framed(address, _title(tokens), body, names)

    def _named(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _address(self, path: Path) -> str:
        return self._named(path.with_suffix(".html"))


def _link(tokens: Iterable[Token], address: str, known: dict[str, str]) -> None:
    """Have links lead to the pages here. What is in the repository alone keeps its name and leads nowhere."""
    for token in _every(tokens):
        if token.type != "link_open":
            continue
        target, _, place = str(token.attrs["href"]).partition("#")
        if target.startswith(("http:", "https:")):
            continue
        file = posixpath.normpath(posixpath.join(posixpath.dirname(address), target)) if target else ""
        if not target or file in known:
            at = posixpath.relpath(known[file], posixpath.dirname(address)) if target else ""
            token.attrs = {"href": f"{at}#{place}" if place else at}
        else:
            token.tag, token.attrs = "span", {"title": file}


def _every(tokens: Iterable[Token]) -> Iterable[Token]:
    """Links that are none any more are closed as what they are opened as."""
    for token in tokens:
        opened = ""
        for inner in token.children or ():
            yield inner
            opened = inner.tag if inner.type == "link_open" else opened
            if inner.type == "link_close":
                inner.tag = opened


def _shaped(tokens: Sequence[Token]) -> list[Token]:
    """Headings that one can lead to, pictures drawn, tables that stay tables where they are laid out otherwise."""
    made, anchors = list[Token](), set[str]()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrs = {"id": _anchor(_text(tokens[place + 1]), anchors)}
        elif token.type == "fence" and token.info == "mermaid" and (arrows := arrows_in(token.content)):
            made.append(Token("html_block", "", 0, content=pictures(arrows)))
            continue
        elif token.nesting == 1 and token.tag in _ROLES:
            token.attrs = {"role": _ROLES[token.tag]}
        elif token.type == "th_open":
            token.attrs = {"role": "columnheader"}
        made.append(token)
    return _labelled(made)


def _labelled(tokens: Sequence[Token]) -> list[Token]:
    """A cell says under which name it stands, for where it stands beneath others. A table of facts has no such names:
    its first cells name its rows."""
    made, names, column = list[Token](), list[str](), 0
    for place, token in enumerate(tokens):
        if token.type == "thead_open":
            end = next(at for at in range(place, len(tokens)) if tokens[at].type == "thead_close")
            names = [_text(tokens[at + 1]) for at in range(place, end) if tokens[at].type == "th_open"]
        elif token.type == "tr_open":
            column = 0
        elif token.type == "td_open" and any(names):
            token.attrs = {**token.attrs, "data-name": names[column]}
        elif token.tag == "td" and column == 0:
            token.tag, token.attrs = "th", {"role": "rowheader", "scope": "row"} if token.nesting == 1 else {}
        column += token.type == "td_close"
        made.append(token)
    return _without_empty_heads(made)


def _without_empty_heads(tokens: Sequence[Token]) -> list[Token]:
    made, head = list[Token](), list[Token]()
    for token in tokens:
        if token.type == "thead_open" or head:
            head.append(token)
        if not head:
            made.append(token)
        elif token.type == "thead_close":
            made += head if any(each.content for each in head) else []
            head = []
    return made


def _anchor(text: str, anchors: set[str]) -> str:
    """As GitHub makes it of a heading."""
    first = re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")
    found = next(each for each in (first, *(f"{first}-{again}" for again in range(1, 1000))) if each not in anchors)
    anchors.add(found)
    return found


def _text(token: Token) -> str:
    return "".join(each.content for each in token.children or () if each.type in ("text", "code_inline"))


def _title(tokens: Sequence[Token]) -> str:
    return next((_text(tokens[place + 1]) for place, each in enumerate(tokens) if each.tag == "h1"), "Relevo")


def _framed(address: str, title: str, body: str, names: Iterable[str]) -> str:
    here = posixpath.dirname(address)
    doors = "".join(
        f'<li><a href="{posixpath.relpath(door, here)}"{" aria-current=page" * (door == address)}>{name}</a>'
        for name, door in DOORS.items()
        if door in names
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Relevo</title><style>{READING}</style></head><body>"
        '<a class="skip" href="#read">To the text</a>'
        f'<header><nav aria-label="Documents"><ul>{doors}</ul></nav></header>'
        f'<main id="read">{body}</main></body></html>'
    )
