"""Makes the pages. Each is whole without script, loads nothing but two files of this package, and is titled alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, NamedTuple

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from relevo_chassis.http.page import page
from relevo_chassis.languages import Language
from relevo_chassis.languages.days import instant
from relevo_chassis.languages.words import CHOICES
from relevo_portal.services.intake import Mine
from relevo_portal.words import TEXTS, Deed, LostMistake, Mistake, Notice, Passage, Problem

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
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
    """A file of this package under a name that no other content of it has."""
    content = (files("relevo_portal") / "page" / name).read_bytes()
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}", File(content, media)


_STYLE, _SCRIPT = _file("portal.css", "text/css"), _file("exit.js", "text/javascript")
FILES: Mapping[str, File] = dict((_STYLE, _SCRIPT))
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
    """What is around a page: ``here`` is its own address, ``token`` that of forms of whoever is in."""

    language: Language
    keep: str
    here: str
    exit_to: str
    token: str | None = None


class Asked(NamedTuple):
    """Something that is asked about first: what it is about, and the key under which it is done once."""

    deed: Deed
    subject: str
    once: str
    until: datetime | None = None


class Choice(NamedTuple):
    """Something that the person may do, with the page that asks first."""

    deed: Deed
    until: datetime | None = None


class Typed(NamedTuple):
    """What somebody typed who lost their code."""

    contact: str = ""
    word: str = ""


def door_page(
    frame: Frame, token: str, mistake: Mistake | None = None, *, typed: str = "", notice: Notice | None = None
) -> str:
    return _made("door.html", frame, form_token=token, mistake=mistake, typed=typed, notice=notice)


def lost_page(frame: Frame, token: str | None, typed: Typed, mistake: LostMistake | None = None) -> str:
    """The form for whoever lost their code; without a ``token`` what is said once it was sent."""
    where = "word" if mistake == "short_word" else "contact"
    return _made("lost.html", frame, form_token=token, typed=typed, mistake=mistake, where=where)


def mine_page(frame: Frame, found: Mine | None, choices: Sequence[Choice]) -> str:
    """What stands with somebody; ``None`` while intake cannot tell."""
    words = TEXTS[frame.language].mine
    steps = [(text, may.until) for step, text in words.steps.items() if found and (may := found.may(step))]
    passage = _passage(found, frame.language)
    return _made("mine.html", frame, passage=passage, facts=_facts(found, frame.language), choices=choices, steps=steps)


def sure_page(frame: Frame, asked: Asked, problem: str | None = None) -> str:
    """What something means, and the button; with what stood in the way on top."""
    return _made("sure.html", frame, asked=asked, problem=problem)


def problem_page(frame: Frame, problem: Problem) -> str:
    return _made("problem.html", frame, passage=TEXTS[frame.language].problems[problem])


def specimens_page(frame: Frame) -> str:
    return _made("specimens.html", frame)


def sent(html: str, language: Language, status: int = 200) -> HTMLResponse:
    """The page as it goes out: kept by nobody, framed by nobody."""
    return page(html, language, POLICY, status, _HEADERS)


def _passage(found: Mine | None, language: Language) -> Passage:
    words = TEXTS[language].mine
    if found is None:
        return words.away
    if found.state in ("draft", "expired"):
        return words.draft if found.state == "draft" else words.expired
    return words.standing["withdrawn" if found.state == "withdrawn" else found.standing]


def _facts(found: Mine | None, language: Language) -> list[tuple[str, str]]:
    words, facts = TEXTS[language].mine, list[tuple[str, str]]()
    if found is None:
        return facts
    if title := found.titles.get(language) or next(iter(found.titles.values()), None):
        facts.append((words.call, title))
    if found.closes_at and found.standing == "undecided" and found.state != "withdrawn":
        facts.append((words.closes, instant(found.closes_at, language)))
    if found.offer and found.standing == "offered":
        facts.append((words.offer_until, instant(found.offer.expires_at, language)))
    if found.offer and found.standing in ("offered", "accepted"):
        facts.append((words.grant, words.grant_yes if found.offer.travel_grant else words.grant_no))
    return facts


def _made(name: str, frame: Frame, **values: Any) -> str:
    return _TEMPLATES.get_template(name).render(frame=frame, words=TEXTS[frame.language], **values)


_TEMPLATES = Environment(
    loader=PackageLoader("relevo_portal", "page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["instant"] = instant
_TEMPLATES.globals.update(
    languages=CHOICES, strands=tuple(_strands()), style=f"/files/{_STYLE[0]}", script=f"/files/{_SCRIPT[0]}"
)
