"""What scheduling says to people, in every language: see ``texts/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import listed
from relevo_chassis.languages.loading import Texts, Words
from relevo_chassis.languages.words import language_name
from relevo_scheduling.domain.materials import MaterialKind
from relevo_scheduling.domain.session import SessionKind


class WeekWords(Words):
    """The page of the week."""

    title: str
    version: str
    times_in: str
    nothing_yet: str
    no_such_edition: str
    other_languages: str
    subscribe: str


class CalendarWords(Words):
    """The calendar feeds."""

    name: str


class SessionWords(Words):
    """A session, on the page and in calendars."""

    optional: str
    in_language: str
    interpretation: str
    kinds: Mapping[SessionKind, str]


class MaterialsWords(Words):
    """The page of the materials that are taken along."""

    title: str
    lead: str
    none: str
    week: str
    needs_line: str
    kilobytes: str
    megabytes: str
    kinds: Mapping[MaterialKind, str]


class SchedulingWords(Words):
    week: WeekWords
    materials: MaterialsWords
    calendar: CalendarWords
    session: SessionWords


TEXTS = Texts(SchedulingWords, "relevo_scheduling")


def tongues(language: Language, spoken: Language, interpretation: Sequence[Language]) -> str:
    """In which language a session is held, and into which it is interpreted."""
    words = TEXTS[language].session
    text = words.in_language.format(language=language_name(spoken, language))
    if not interpretation:
        return text
    into = listed([language_name(each, language) for each in interpretation], language)
    return f"{text}, {words.interpretation.format(languages=into)}"
