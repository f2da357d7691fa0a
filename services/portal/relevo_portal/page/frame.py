"""What is around every page, and how one is made: whole without script, loading nothing but files of this package, and
titled alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from relevo_chassis.http.page import page
from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import counted
from relevo_chassis.languages.days import day, instant
from relevo_chassis.languages.words import CHOICES
from relevo_portal.words import TEXTS, Room

ROOMS: Sequence[Room] = ("mine", "needs", "week", "days", "paper", "write", "details", "rights")
"""What whoever is in finds, in the order of the way between them."""
OF_PARTICIPANTS = frozenset[Room]({"needs", "week", "days", "paper"})
"""What is there for whoever takes part alone."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class File(NamedTuple):
    content: bytes
    media: str


def _file(name: str, media: str) -> tuple[str, File]:
    return named(name, (files("relevo_portal") / "page" / name).read_bytes(), media)


def named(name: str, content: bytes, media: str) -> tuple[str, File]:
    """A file under a name that no other content of it has."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}", File(content, media)


_STYLE, _SCRIPT = _file("portal.css", "text/css"), _file("exit.js", "text/javascript")
_COUNT = _file("count.js", "text/javascript")
FILES: Mapping[str, File] = dict((_STYLE, _SCRIPT, _COUNT))
"""What pages load, by name."""


class Strand(NamedTuple):
    """One line of the band on top: the certificate's, drawn with few bytes."""

    colour: str
    height: float
    shift: int


def _strands() -> Iterator[Strand]:
    for turn, colour in enumerate(("ink", "gold", "ink")):
        for line in range(-4, 5):
            yield Strand(colour, line * 8.5, turn * 14 - 40)


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around a page: ``here`` is its own address, ``token`` that of forms of whoever is in, and ``whose`` what
    their forms carry to be found again by them alone when the session is over; ``leave`` is where signing out leads."""

    language: Language
    keep: str
    here: str
    exit_to: str
    token: str | None = None
    rooms: Sequence[Room] = ()
    whose: str | None = None
    leave: str = "/leave"


def sent(html: str, language: Language, status: int = 200) -> HTMLResponse:
    """The page as it goes out: kept by nobody, framed by nobody."""
    return page(html, language, POLICY, status, _HEADERS)


def waiting_time(seconds: int | None, language: Language) -> str:
    """How long somebody has to wait, in words; nothing when they have not."""
    return "" if seconds is None else counted(TEXTS[language].frame.seconds, seconds, language)


def made(name: str, frame: Frame, **values: Any) -> str:
    """A page by its template, with the words of the portal and whatever else it shows."""
    return _TEMPLATES.get_template(name).render(frame=frame, words=TEXTS[frame.language], **values)


def made_alone(name: str, frame: Frame, **values: Any) -> str:
    """A page that is read from a file, with nothing of the portal around it."""
    return _TEMPLATES.get_template(name).render(frame=frame, **values)


_TEMPLATES = Environment(
    loader=PackageLoader("relevo_portal", "page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(instant=instant, day=day)
_TEMPLATES.globals.update(
    languages=CHOICES,
    strands=tuple(_strands()),
    style=f"/files/{_STYLE[0]}",
    script=f"/files/{_SCRIPT[0]}",
    count_script=f"/files/{_COUNT[0]}",
)
