"""Days as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.days import day, day_in_the_year, day_with_weekday, instant, span

FIRST = date(2020, 3, 1)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", ["1 de marzo de 2020", "1 de marzo", "domingo 1 de marzo"]),
        ("en", ["1 March 2020", "1 March", "Sunday 1 March"]),
        ("pt", ["1º de março de 2020", "1º de março", "domingo, 1º de março"]),
        ("fr", ["1er mars 2020", "1er mars", "dimanche 1er mars"]),
    ],
)
def test_the_first_of_a_month_is_said_as_people_say_it(language: Language, text: list[str]) -> None:
    assert [day(FIRST, language), day_in_the_year(FIRST, language), day_with_weekday(FIRST, language)] == text
    assert "11" in day(date(2020, 3, 11), language)


def test_every_month_and_every_weekday_has_its_name() -> None:
    for language in LANGUAGES:
        assert len({day_in_the_year(date(2019, month, 9), language) for month in range(1, 13)}) == 12
        assert len({day_with_weekday(FIRST + timedelta(days=each), language).split()[0] for each in range(7)}) == 7
    assert day_with_weekday(date(2019, 12, 9), "pt") == "segunda-feira, 9 de dezembro"


@pytest.mark.parametrize(
    ("language", "within_month", "within_year", "over_years", "one"),
    [
        ("es", "del 9 al 13 de diciembre de 2019", "del 28 de junio al 1 de julio de 2019",
         "del 30 de diciembre de 2019 al 3 de enero de 2020", "el 9 de diciembre de 2019"),
        ("en", "from 9 to 13 December 2019", "from 28 June to 1 July 2019",
         "from 30 December 2019 to 3 January 2020", "on 9 December 2019"),
        ("pt", "de 9 a 13 de dezembro de 2019", "de 28 de junho a 1º de julho de 2019",
         "de 30 de dezembro de 2019 a 3 de janeiro de 2020", "em 9 de dezembro de 2019"),
        ("fr", "du 9 au 13 décembre 2019", "du 28 juin au 1er juillet 2019",
         "du 30 décembre 2019 au 3 janvier 2020", "le 9 décembre 2019"),
    ],
)  # fmt: skip
def test_a_span_says_month_and_year_once_if_they_are_the_same(
    language: Language, within_month: str, within_year: str, over_years: str, one: str
) -> None:
    first = date(2019, 12, 9)
    assert span(first, date(2019, 12, 13), language) == within_month
    assert span(date(2019, 6, 28), date(2019, 7, 1), language) == within_year
    assert span(date(2019, 12, 30), date(2020, 1, 3), language) == over_years
    assert span(first, first, language) == one


def test_an_instant_is_told_in_utc_wherever_it_was_written() -> None:
    at = datetime(2019, 10, 19, 23, 5, tzinfo=timezone(timedelta(hours=-5)))
    assert [instant(at, each) for each in LANGUAGES] == [
        "20 de octubre de 2019, 04:05 UTC",
        "20 October 2019, 04:05 UTC",
        "20 de outubro de 2019, 04:05 UTC",
        "20 octobre 2019, 04\u00a0h\u00a005 UTC",
    ]
    assert instant(at.astimezone(UTC), "en") == instant(at, "en")
