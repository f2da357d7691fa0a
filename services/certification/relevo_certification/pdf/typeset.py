"""Typesets a certificate, A4 landscape with its credential attached, and an invitation, A4; both tagged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import typst

from relevo_certification.assets import FONTS
from relevo_certification.assets.faces import FAMILIES
from relevo_certification.calendar import day_begins_at
from relevo_certification.domain.edition import EditionFacts, Language
from relevo_certification.pdf import band, invitation
from relevo_certification.pdf.parts import Template, in_runs, in_two, name_parts, qr_svg
from relevo_certification.words import TEXTS, onsite, passed_on
from relevo_chassis.languages.days import day


class Sheet(NamedTuple):
    """What is printed. ``credential`` is the signed credential as it is handed out, byte for byte."""

    name: str
    language: Language
    facts: EditionFacts
    issued_on: date
    verify_url: str
    credential: bytes


class Typesetter:
    """Keeps the fonts and the compiled templates between papers. May be called from any thread."""

    def __init__(self) -> None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        self._certificate = Template("certificate", fonts)
        self._invitation = Template("invitation", fonts)

    def pdf(self, sheet: Sheet) -> bytes:
        """A certificate; the same sheet gives the same bytes. Raises ``CannotTypeset``."""
        begins_at = day_begins_at(sheet.facts, sheet.issued_on)
        return self._certificate.filled(_content(sheet), _texts_of_others(sheet), begins_at)

    def invitation(self, sheet: invitation.InvitationSheet) -> bytes:
        """The same sheet gives the same bytes. Raises ``CannotTypeset``."""
        begins_at = day_begins_at(sheet.stated.facts, sheet.made_on)
        return self._invitation.filled(invitation.content(sheet), invitation.texts_of_others(sheet), begins_at)


def _content(sheet: Sheet) -> dict[str, Any]:
    facts, language = sheet.facts, sheet.language
    words, texts = TEXTS[language].certificate, facts.texts[language]
    issued_on = sheet.issued_on
    return {
        "language": language,
        "fonts": FAMILIES,
        "document_title": f"{words.document_title} · {texts.title}",
        "author": texts.issuer,
        "issuer": in_runs(texts.issuer),
        "certifies": words.certifies,
        "name": name_parts(sheet.name),
        "completed": words.completed,
        "description": texts.title,
        "title": in_runs(texts.title),
        "onsite": in_runs(onsite(facts, language)),
        "passed_on": passed_on(facts, language),
        "support": in_runs(words.support.format(supporter=texts.supporter)) if texts.supporter else None,
        "signatories": [
            {"name": in_runs(each.name), "office": in_runs(each.office[language])} for each in facts.signatories
        ],
        "issued": [issued_on.year, issued_on.month, issued_on.day],
        "issued_text": words.issued.format(day=day(issued_on, language)),
        "verify": words.verify,
        "verify_url": sheet.verify_url,
        "verify_shown": list(in_two(sheet.verify_url)),
        "band": band.svg(),
        "qr": qr_svg(sheet.verify_url),
        "qr_alt": words.qr_alt,
        "credential": sheet.credential.decode(),
        "attachment": words.attachment,
    }


def _texts_of_others(sheet: Sheet) -> Iterator[str]:
    """What is printed and was not written by us."""
    texts = sheet.facts.texts[sheet.language]
    yield from (sheet.name, texts.issuer, texts.title, texts.place, texts.supporter or "")
    for signatory in sheet.facts.signatories:
        yield from (signatory.name, signatory.office[sheet.language])
