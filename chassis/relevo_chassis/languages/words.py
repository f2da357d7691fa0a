"""The chassis's own words: names of languages, and how days are said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.loading import Texts, Words


class DayWords(Words):
    """Patterns for days. ``first`` is the number of the first of a month; ``one_alone`` and ``span`` say when."""

    months: Annotated[Sequence[str], Field(min_length=12, max_length=12)]
    weekdays: Annotated[Sequence[str], Field(min_length=7, max_length=7)]
    first: str
    in_the_year: str
    full: str
    with_weekday: str
    instant: str
    one_alone: str
    span: str


class OwnWords(Words):
    """``name`` is what the language calls itself, and ``languages`` what it calls each of them.

    ``conjunction`` is its *and*, ``conjunction_before_i`` the same before a word that begins with that sound.
    """

    name: str
    languages: Mapping[Language, str]
    conjunction: str
    conjunction_before_i: str
    days: DayWords


TEXTS = Texts(OwnWords, "relevo_chassis.languages")

CHOICES: Sequence[tuple[Language, str]] = [(each, TEXTS[each].name) for each in LANGUAGES]
"""Every language with what it calls itself, for a switch on a page."""


def language_name(named: Language, language: Language) -> str:
    """What one language is called in another: ``language_name("en", "es")`` is inglés."""
    return TEXTS[language].languages[named]
