"""What is printed on an invitation: A4, tagged, in the language that its holder chose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from relevo_certification.assets.faces import FAMILIES
from relevo_certification.domain.edition import Language
from relevo_certification.domain.invitation import Stated
from relevo_certification.pdf import band
from relevo_certification.pdf.parts import in_runs, in_two, name_parts, qr_svg
from relevo_certification.words import INVITATION_TEXTS
from relevo_chassis.languages.days import day, span

_GROUP = 4


class InvitationSheet(NamedTuple):
    """What is printed; ``code`` is the last part of ``verify_url``."""

    name: str
    language: Language
    stated: Stated
    made_on: date
    verify_url: str
    code: str


def content(sheet: InvitationSheet) -> dict[str, Any]:
    """What the template is filled in with. Raises ``CannotTypeset``."""
    facts, language = sheet.stated.facts, sheet.language
    words, texts = INVITATION_TEXTS[language].paper, facts.texts[language]
    return {
        "language": language,
        "fonts": FAMILIES,
        "document_title": words.title,
        "author": texts.issuer,
        "issuer": in_runs(texts.issuer),
        "title": words.title,
        "to": words.to,
        "made": [sheet.made_on.year, sheet.made_on.month, sheet.made_on.day],
        "made_text": day(sheet.made_on, language),
        "invites": words.invites,
        "name": name_parts(sheet.name),
        "taking_part": words.taking_part,
        "occasion": in_runs(sheet.stated.occasion(language)),
        "rows": [[name, in_runs(value)] for name, value in _rows(sheet)],
        "asks": words.asks,
        "as_stated": words.as_stated,
        "signatories": [[in_runs(each.name), in_runs(each.office[language])] for each in facts.signatories],
        "verify": words.verify,
        "verify_more": words.verify_more,
        "verify_url": sheet.verify_url,
        "verify_place": in_two(sheet.verify_url)[0],
        "code": words.code.format(code=grouped(sheet.code)),
        "band": band.svg(),
        "qr": qr_svg(sheet.verify_url),
        "qr_alt": words.qr_alt,
    }


def _rows(sheet: InvitationSheet) -> Iterator[tuple[str, str]]:
    facts, terms = sheet.stated
    language, words = sheet.language, INVITATION_TEXTS[sheet.language].paper
    yield words.days, span(facts.first_on, facts.last_on, language)
    yield words.place, facts.texts[language].place
    yield words.address, terms.address
    if costs := terms.texts[language].costs:
        yield words.costs, costs
    yield words.contact, terms.contact
    yield words.valid_until, day(facts.last_on, language)


def texts_of_others(sheet: InvitationSheet) -> Iterator[str]:
    """What is printed and was not written by us."""
    facts, terms = sheet.stated
    texts = facts.texts[sheet.language]
    yield from (sheet.name, texts.issuer, texts.place, sheet.stated.occasion(sheet.language))
    yield from (terms.address, terms.contact, terms.texts[sheet.language].costs or "")
    for signatory in facts.signatories:
        yield from (signatory.name, signatory.office[sheet.language])


def grouped(code: str) -> str:
    """A code as it is read off paper and typed in."""
    return " ".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
