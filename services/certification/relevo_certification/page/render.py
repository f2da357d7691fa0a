"""Renders the verification page, and the frame of all pages that strangers see.

Nothing in them comes from anywhere else, and no script runs but one of ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from relevo_certification.verification import CertificateStatus, Replaced, Verification
from relevo_certification.words import TEXTS, Moment, hours, people
from relevo_chassis.http.page import security_policy
from relevo_chassis.languages import Language
from relevo_chassis.languages.days import day, span
from relevo_chassis.languages.loading import Words
from relevo_chassis.languages.words import CHOICES

_HERE = Path(__file__).parent
STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "name.js").read_text(encoding="utf-8")
ENVIRONMENT = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)


_POLICY = security_policy(style=STYLE)
_WITH_SCRIPT = security_policy(style=STYLE, script=_SCRIPT)


def certificate_page(found: Verification | Replaced, language: Language) -> str:
    """What a token verifies."""
    return _page(
        language,
        found.status,
        standing=_revocation(found, language),
        **({"new": found.superseded_by} if isinstance(found, Replaced) else _certified(found, language)),
    )


def policy_of(found: Verification | Replaced | None) -> str:
    """The policy of its page: a script runs only where there is a name that the paper opens."""
    return _WITH_SCRIPT if isinstance(found, Verification) and found.sealed_name is not None else _POLICY


def _certified(found: Verification, language: Language) -> dict[str, Any]:
    return {
        "holder": _holder(found, language),
        "sealed_name": found.sealed_name,
        "facts": _facts(found, language),
        "downloads": _downloads(found, language),
        "compare": TEXTS[language].page.compare,
    }


def _holder(found: Verification, language: Language) -> dict[str, str]:
    """The name, or why it is not there: its holder does not show it, or it is kept no longer (rules 14 and 18)."""
    words = TEXTS[language].page
    if found.holder is not None:
        return {"text": found.holder, "how": "name"}
    text = (
        words.holder_sealed if found.sealed_name else words.holder_withheld if found.credential else words.holder_gone
    )
    return {"text": text, "how": "withheld"}


def _facts(found: Verification, language: Language) -> list[tuple[str, str]]:
    words, texts = TEXTS[language].page, found.texts[language]
    signed = "; ".join(f"{each.name}, {each.office[language]}" for each in found.signatories)
    return [
        (words.course, texts.title),
        (words.issuer, texts.issuer),
        (words.onsite, _onsite(found, language)),
        *_attested(found, language),
        *([(words.supporter, texts.supporter)] if texts.supporter else []),
        (words.signed_by, signed),
        (words.issued, day(found.issued_on, language)),
    ]


def issuer_page(did: str, language: Language) -> str:
    """What stands at the address of the site, which credentials name as their issuer's."""
    words = TEXTS[language].page
    downloads = [(words.issuer_keys, "/.well-known/did.json")]
    return _page(language, "about", standing=[(words.issuer_id, did)], downloads=downloads)


def _attested(found: Verification, language: Language) -> list[tuple[str, str]]:
    """What the holder did; of a revoked certificate only that it said so."""
    words, criteria = TEXTS[language].page, found.texts[language].criteria
    if found.status == "revoked":
        return [(words.criteria_revoked, criteria)]
    passed_on = words.passed_on_value.format(
        people=people(found.multiplier_people, language), hours=hours(found.multiplier_hours, language)
    )
    return [(words.passed_on, passed_on), (words.criteria, criteria)]


def unknown_page(language: Language) -> str:
    """The same page for a token that never was and for one that shows nothing."""
    return _page(language, "unknown")


def too_many_page(language: Language) -> str:
    return _page(language, "too_many")


def made(template: str, language: Language, moment: str, words: Words, **content: Any) -> str:
    """A page within the frame that all have; ``here`` is its own address, where that is not the one in the browser."""
    return ENVIRONMENT.get_template(template).render(
        language=language,
        languages=CHOICES,
        moment=moment,
        words=words,
        style=Markup(STYLE),  # noqa: S704 (a file of this package)
        strands=STRANDS,
        **{"here": "", **content},
    )


def _page(language: Language, moment: Moment, **content: Any) -> str:
    defaults: dict[str, Any] = {
        "standing": [],
        "holder": None,
        "sealed_name": None,
        "facts": [],
        "new": None,
        "downloads": (),
        "compare": None,
        "script": Markup(_SCRIPT),  # noqa: S704 (a file of this package)
    }
    return made("page.html", language, moment, TEXTS[language].page, **{**defaults, **content})


def _onsite(found: Verification, language: Language) -> str:
    texts = found.texts[language]
    when = span(found.first_on, found.last_on, language)
    return f"{texts.place}, {when}, {hours(found.hours, language)}"


def _revocation(found: CertificateStatus, language: Language) -> list[tuple[str, str]]:
    words = TEXTS[language].page
    if found.revoked_on is None or found.revoked_because is None:
        return []
    reason = words.revoked_because[found.revoked_because]
    return [(words.revoked_on, day(found.revoked_on, language)), (words.reason, reason)]


def _downloads(found: Verification, language: Language) -> list[tuple[str, str]]:
    words = TEXTS[language].page
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


STRANDS = tuple(_strands())
