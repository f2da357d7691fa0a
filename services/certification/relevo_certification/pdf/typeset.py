"""Typesets a certificate: A4 landscape, tagged, its credential attached; PDF/UA-1 and PDF/A-3a if it reads well."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import segno
import typst

from relevo_certification.assets import FONTS
from relevo_certification.assets.faces import FAMILIES
from relevo_certification.calendar import day_begins_at
from relevo_certification.domain.edition import EditionFacts, Language
from relevo_certification.pdf import band
from relevo_certification.pdf.printable import (
    Unprintable,
    first_strong,
    fonts,
    measured,
    reads_as_written,
    runs,
)
from relevo_certification.words import TEXTS, onsite, passed_on
from relevo_chassis.languages.days import day

_TEMPLATE = Path(__file__).parent / "certificate.typ"


class CannotTypeset(ValueError):
    """A text has characters that no shipped font can show, or is too long for the page; correct it, or add a font.

    ``name`` says why, when it is the name that cannot be printed.
    """

    def __init__(self, name: Unprintable | None = None) -> None:
        super().__init__((self.__doc__ or "").splitlines()[0])
        self.name = name


class Sheet(NamedTuple):
    """What is printed. ``credential`` is the signed credential as it is handed out, byte for byte."""

    name: str
    language: Language
    facts: EditionFacts
    issued_on: date
    verify_url: str
    credential: bytes


class Typesetter:
    """Keeps the fonts and the compiled template between certificates. May be called from any thread, one at a time."""

    def __init__(self) -> None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        self._compiler = typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts)
        self._one_at_a_time = threading.Lock()

    def pdf(self, sheet: Sheet) -> bytes:
        """The same sheet gives the same bytes. Raises ``CannotTypeset``; a warning counts as an error."""
        content = _content(sheet)
        with self._one_at_a_time:
            try:
                made, warnings = self._compiler.compile_with_warnings(
                    format="pdf",
                    sys_inputs={"certificate": json.dumps(content, ensure_ascii=False)},
                    pdf_standards=["ua-1", "a-3a"] if reads_as_written(_texts_of_others(sheet)) else ["a-3b"],
                    timestamp=int(day_begins_at(sheet.facts, sheet.issued_on).timestamp()),
                )
            except typst.TypstError:
                raise CannotTypeset() from None
        if warnings or not isinstance(made, bytes):
            raise CannotTypeset()
        return made


def _content(sheet: Sheet) -> dict[str, Any]:
    facts, language = sheet.facts, sheet.language
    words, texts = TEXTS[language].certificate, facts.texts[language]
    issued_on = sheet.issued_on
    return {
        "language": language,
        "fonts": FAMILIES,
        "document_title": f"{words.document_title} · {texts.title}",
        "author": texts.issuer,
        "issuer": _runs(texts.issuer),
        "certifies": words.certifies,
        "name": _name(sheet.name),
        "completed": words.completed,
        "description": texts.title,
        "title": _runs(texts.title),
        "onsite": _runs(onsite(facts, language)),
        "passed_on": passed_on(facts, language),
        "support": _runs(words.support.format(supporter=texts.supporter)) if texts.supporter else None,
        "signatories": [
            {"name": _runs(each.name), "office": _runs(each.office[language])} for each in facts.signatories
        ],
        "issued": [issued_on.year, issued_on.month, issued_on.day],
        "issued_text": words.issued.format(day=day(issued_on, language)),
        "verify": words.verify,
        "verify_url": sheet.verify_url,
        "verify_shown": list(_in_two(sheet.verify_url)),
        "band": band.svg(),
        "qr": qr_svg(sheet.verify_url),
        "qr_alt": words.qr_alt,
        "credential": sheet.credential.decode(),
        "attachment": words.attachment,
    }


def _name(name: str) -> dict[str, Any]:
    """The name and how it is set. Raises ``CannotTypeset``."""
    found = measured(name, fonts())
    if isinstance(found, Unprintable):
        raise CannotTypeset(found)
    return {
        "runs": _runs(name),
        "words": [_runs(word) for word in name.split(" ")],
        "above": found.above,
        "below": found.below,
        "rtl": first_strong(name) in ("R", "AL"),
    }


def _runs(text: str) -> list[dict[str, str | None]]:
    return [run._asdict() for run in runs(text, fonts())]


def _texts_of_others(sheet: Sheet) -> Iterator[str]:
    """What is printed and was not written by us."""
    texts = sheet.facts.texts[sheet.language]
    yield from (sheet.name, texts.issuer, texts.title, texts.place, texts.supporter or "")
    for signatory in sheet.facts.signatories:
        yield from (signatory.name, signatory.office[sheet.language])


def _in_two(url: str) -> tuple[str, str]:
    """The address as it is typed in: without its scheme, broken before its last part."""
    site, _, token = url.partition("#")[0].partition("://")[2].rpartition("/")
    return f"{site}/", token


@lru_cache(maxsize=1)
def qr_svg(url: str) -> str:
    """A QR code with a quarter of its area to spare (level Q), as SVG. All trials show one, which is drawn once."""
    made = io.BytesIO()
    segno.make(url, error="q", micro=False).save(made, kind="svg", border=0, dark="#1b2a41", xmldecl=False)
    return made.getvalue().decode()
