"""Days as people say them, the first of a month included: 1 de marzo, 1 March, 1º de março, 1er mars."""

from __future__ import annotations

from datetime import UTC, date, datetime

from relevo_chassis.languages import Language
from relevo_chassis.languages.words import TEXTS


def day(on: date, language: Language) -> str:
    """With its year: 9 de diciembre de 2019."""
    return TEXTS[language].days.full.format(day=day_in_the_year(on, language), year=on.year)


def day_in_the_year(on: date, language: Language) -> str:
    """Without its year: 9 de diciembre."""
    return TEXTS[language].days.in_the_year.format(number=_number(on, language), month=_month(on, language))


def day_with_weekday(on: date, language: Language) -> str:
    """Without its year: lunes 9 de diciembre."""
    words = TEXTS[language].days
    return words.with_weekday.format(weekday=words.weekdays[on.weekday()], day=day_in_the_year(on, language))


def instant(at: datetime, language: Language) -> str:
    """To the minute, in UTC and saying so: 20 de octubre de 2019, 14:00 UTC. ``at`` knows its zone."""
    at = at.astimezone(UTC)
    pattern = TEXTS[language].days.instant
    return pattern.format(day=day(at.date(), language), hour=f"{at:%H}", minute=f"{at:%M}")


def span(first_on: date, last_on: date, language: Language) -> str:
    """From the first to the last day, both included: del 9 al 13 de diciembre de 2019. One day alone: el 9 de …"""
    words = TEXTS[language].days
    if first_on == last_on:
        return words.one_alone.format(day=day(first_on, language))
    if first_on.year != last_on.year:
        first = day(first_on, language)
    elif first_on.month != last_on.month:
        first = day_in_the_year(first_on, language)
    else:
        first = _number(first_on, language)
    return words.span.format(first=first, last=day(last_on, language))


def _number(on: date, language: Language) -> str:
    return TEXTS[language].days.first if on.day == 1 else str(on.day)


def _month(on: date, language: Language) -> str:
    return TEXTS[language].days.months[on.month - 1]
