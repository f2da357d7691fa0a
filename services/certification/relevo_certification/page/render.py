"""Renders the verification page; nothing in it comes from anywhere else, and no script runs."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from relevo_certification.domain.edition import LANGUAGES, Language
from relevo_certification.verification import Replaced, Standing, Verification
from relevo_certification.words import PAGE, day, month, span

_HERE = Path(__file__).parent
_STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_NAMES: Mapping[Language, str] = {"es": "Español", "en": "English", "pt": "Português", "fr": "Français"}
_ENVIRONMENT = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Vary": "Accept, Accept-Language",
}


def certificate_page(found: Verification | Replaced, language: Language) -> str:
    """What a token verifies."""
    words = PAGE[language]
    certified = (
        {"new": found.superseded_by}
        if isinstance(found, Replaced)
        else {"facts": _facts(found, language), "downloads": _downloads(found, language), "compare": words.compare}
    )
    return _page(
        language,
        status=found.status,
        title=getattr(words, found.status),
        more=getattr(words, f"{found.status}_more"),
        standing=_revocation(found, language),
        **certified,
    )


def _facts(found: Verification, language: Language) -> list[tuple[str, str, bool]]:
    words, texts = PAGE[language], found.texts[language]
    year, number = found.issued_in.split("-")
    return [
        (words.holder, found.holder or words.holder_withheld, found.holder is None),
        (words.course, texts.title, False),
        (words.issuer, texts.issuer, False),
        (words.onsite, _onsite(found, language), False),
        (words.criteria, texts.criteria, False),
        (words.issued, month(date(int(year), int(number), 1), language), False),
    ]


def unknown_page(language: Language) -> str:
    """The same page for a token that never was and for one that shows nothing."""
    words = PAGE[language]
    return _page(language, status="unknown", title=words.unknown, more=words.unknown_more)


def too_many_page(language: Language) -> str:
    words = PAGE[language]
    return _page(language, status="unknown", title=words.too_many, more=words.too_many_more)


def language_of(asked: str | None, accepted: str) -> Language:
    """The language asked for, else the first accepted one that there is, else Spanish."""
    wanted = [asked or ""]
    ranked = [(-_quality(part), place, part) for place, part in enumerate(accepted[:500].split(","))]
    wanted += [part.split(";")[0].strip()[:2].lower() for _, _, part in sorted(ranked)]
    return next((language for each in wanted for language in LANGUAGES if language == each), "es")


def _quality(part: str) -> float:
    try:
        return float(part.partition(";q=")[2] or 1)
    except ValueError:
        return 0.0


def _page(language: Language, **content: Any) -> str:
    languages = [(code, _NAMES[code]) for code in LANGUAGES]
    defaults: dict[str, Any] = {"standing": [], "facts": [], "new": None, "downloads": (), "compare": None}
    return _ENVIRONMENT.get_template("page.html").render(
        language=language,
        languages=languages,
        words=PAGE[language],
        style=Markup(_STYLE),  # noqa: S704 (a file of this package)
        strands=_STRANDS,
        **{**defaults, **content},
    )


def _onsite(found: Verification, language: Language) -> str:
    words, texts = PAGE[language], found.texts[language]
    when = span(found.first_on, found.last_on, language)
    return f"{texts.place}, {when}, {words.hours.format(hours=found.hours)}"


def _revocation(found: Standing, language: Language) -> list[tuple[str, str, bool]]:
    words = PAGE[language]
    if found.revoked_on is None or found.revoked_because is None:
        return []
    reason = words.reasons.get(found.revoked_because, words.reasons["other"])
    return [(words.revoked_on, day(found.revoked_on, language), False), (words.reason, reason, False)]


def _downloads(found: Verification, language: Language) -> list[tuple[str, str]]:
    words = PAGE[language]
    offered = (
        (words.download_pdf, found.pdf),
        (words.download_credential, found.credential),
        (words.download_jwt, found.jwt),
    )
    return [(name, url) for name, url in offered if url is not None]


def _strand(share: float, phase: float) -> str:
    """One strand of the band above the page, parting from the others and meeting them again."""
    points = [(x, 20 + 17 * share * math.sin(x / 80 * 2 * math.pi + phase)) for x in range(0, 481, 4)]
    return "M" + "L".join(f"{x:.0f} {y:.1f}" for x, y in points)


def _strands() -> Iterator[tuple[str, str]]:
    for turn, colour in enumerate(("ink", "gold", "ink")):
        for line in range(-4, 5):
            yield colour, _strand(line / 4, turn * math.pi / 3)


_STRANDS = tuple(_strands())
