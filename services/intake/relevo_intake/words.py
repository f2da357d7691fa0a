"""What intake says to people, in every language: see ``texts/``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.counts import listed
from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_intake.domain.sealed import Theme
from relevo_intake.domain.selection.deciding import ReasonCode
from relevo_intake.domain.unweighed import Unweighed

LetterKind = Literal[
    "receipt",
    "confirmation",
    "offer",
    "offer_near",
    "offer_expired",
    "waitlisted",
    "turned_down",
    "enrolled",
    "reminder",
    "certificate",
    "certificate_revoked",
    "certificate_superseded",
    "certificate_under_review",
    "certificate_kept",
    "programme_published",
    "own_sessions_changed",
    "onsite_completed",
    "onsite_not_completed",
    "onsite_corrected",
    "commitment_opened",
    "commitment_paused",
    "commitment_resumed",
    "commitment_extended",
    "commitment_lapsed",
    "commitment_reopened",
    "commitment_under_review",
    "commitment_cancelled",
    "commitment_fulfilled",
    "request_declined",
    "report_returned",
    "report_verified",
    "verification_withdrawn",
    "report_rejected",
    "evidence_rejected",
    "support_answered",
    "support_overdue",
    "support_closed",
    "thread_answered",
    "participation_over",
    "news",
    "contact_proposed",
    "contact_changed",
    "details_corrected",
    "recovery_asked",
    "recovery",
    "danger",
]

Letter = LetterKind | Literal["contact_changed_by_staff"]
Recovering = Literal["ask", "done", "unknown"]
Moment = Literal["ask", "ask_contact", "done", "done_contact", "over", "unknown"]
"""What the page behind the link in a letter says."""

Demanded = Literal[
    "priority_country", "women", "indigenous", "african_descent", "lgbti", "theme", "grant", "country_cap"
]
"""What a rule of the selection asks for."""


class LetterWords(Words):
    """A letter, with facts in braces."""

    subject: str
    body: str


class ConfirmingWords(Words):
    """The page behind the link in a letter."""

    title: str
    button: str
    button_contact: str
    moments: Mapping[Moment, str]


class RecoveringWords(Words):
    """The page on which another receipt code is given."""

    title: str
    button: str
    moments: Mapping[Recovering, str]


class ConcessionWords(Words):
    """What a rule of the selection would have to give."""

    quota: str
    cap: str
    what: Mapping[Demanded, str]
    themes: Mapping[Theme, str]


class IntakeWords(Words):
    left: Counted
    news: Counted
    letters: Mapping[Letter, LetterWords]
    confirming: ConfirmingWords
    recovering: RecoveringWords
    outcomes: Mapping[ReasonCode, str]
    unweighed: Mapping[Unweighed, str]
    concessions: ConcessionWords


TEXTS = Texts(IntakeWords, "relevo_intake")


def outcome_words(code: ReasonCode) -> dict[Language, str]:
    """Why an application was decided as it was, in every language."""
    return TEXTS.in_all(lambda words: words.outcomes[code])


def concession_words(code: str, asked: int, reachable: int, candidates: int) -> dict[Language, str]:
    """What a rule that cannot be met would have to give, in every language. ``code`` is one that the rules give."""
    demanded = next(each for each in get_args(Demanded) if f"{code}_".startswith(f"{each}_"))
    detail = code[len(demanded) + 1 :]
    sentences = {}
    for language in LANGUAGES:
        words = TEXTS[language].concessions
        themes = [name for theme, name in words.themes.items() if f"_{theme}_" in f"_{detail}_"]
        exactly = listed(themes, language) if demanded == "theme" else detail
        what = f"{words.what[demanded]} ({exactly})" if exactly else words.what[demanded]
        pattern = words.cap if demanded == "country_cap" else words.quota
        sentences[language] = pattern.format(what=what, asked=asked, reachable=reachable, candidates=candidates)
    return sentences
