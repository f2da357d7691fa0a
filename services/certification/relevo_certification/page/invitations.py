"""Renders the page on which an invitation is verified: without scripts, and without a name."""

from __future__ import annotations

from typing import Any, Literal

from relevo_certification.page.render import STYLE, made
from relevo_certification.verification import InvitationVerification
from relevo_certification.words import INVITATION_TEXTS, InvitationMoment
from relevo_chassis.http.page import security_policy
from relevo_chassis.ids import normalised
from relevo_chassis.languages import Language
from relevo_chassis.languages.days import day, span

Compared = Literal["same", "other", "unreadable"]
"""What became of a name that was typed in."""

POLICY = security_policy(style=STYLE, sends_forms=True)


def invitation_page(
    found: InvitationVerification, code: str, language: Language, compared: Compared | None = None
) -> str:
    """What a code verifies, and whether a name is the one on the paper, if one was typed in."""
    return _page(
        language,
        found.status,
        facts=_facts(found, language),
        code=normalised(code),
        compares=found.compares_names,
        compared=compared,
    )


def about_page(language: Language) -> str:
    """How one is verified, with a field for the code."""
    return _page(language, "about", asks=True)


def unknown_page(language: Language) -> str:
    """The same page whatever the code."""
    return _page(language, "unknown", asks=True)


def too_many_page(language: Language) -> str:
    return _page(language, "too_many")


def _facts(found: InvitationVerification, language: Language) -> list[tuple[str, str]]:
    words, texts = INVITATION_TEXTS[language].page, found.texts[language]
    return [
        (words.institution, texts.issuer),
        (words.occasion, texts.occasion),
        (words.days, span(found.first_on, found.last_on, language)),
        (words.place, texts.place),
        (words.address, found.address),
        (words.made, day(found.made_on, language)),
        (words.valid_until, day(found.last_on, language)),
        (words.contact, found.contact),
    ]


def _page(language: Language, moment: InvitationMoment, **content: Any) -> str:
    defaults: dict[str, Any] = {"facts": [], "code": None, "compares": False, "compared": None, "asks": False}
    here = f"/i/{code}" if (code := content.get("code")) else ""
    words = INVITATION_TEXTS[language].page
    return made("invitation.html", language, moment, words, **{**defaults, "here": here, **content})
