"""The two editions of 2019: what the press releases of the Commission say, and what had to be assumed.

Assumed, because it was not published: the closing day of the calls and that they were to close a week before, when
the selection was made, and the hours of the sessions. The first edition's press release does not list its contents; it
is replayed with those of the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from relevo_contracts import derived_id

LANGUAGES = ("es", "en", "pt", "fr")
PRIORITY_COUNTRIES = ("HN", "SV", "GT", "NI", "CO", "MX", "BR")
MULTIPLIER_DAYS = 60


@dataclass(frozen=True)
class Edition:
    """One run of the course. ``seats_announced`` are those of the call, ``seats`` those set at the selection."""

    code: str
    titles: dict[str, str]
    opens_at: datetime
    closes_at: datetime
    selected_at: datetime
    applications: int
    seats_announced: int
    seats: int
    country_cap: int
    first_on: date
    last_on: date
    time_zone: str
    venue: str
    city: str

    def id(self, seed: int) -> str:
        return derived_id("demo", "edition", self.code, seed)

    def call_id(self, seed: int) -> str:
        return derived_id("demo", "call", self.code, seed)

    @property
    def closes_first_at(self) -> datetime:
        """When the call was to close, before it was kept open longer."""
        return self.closes_at - timedelta(days=7)

    @property
    def in_words(self) -> str:
        """When and where the week is."""
        return f"On-site week in {self.city}, {self.first_on.day}–{self.last_on.day} {self.last_on:%B %Y}"

    @property
    def due_on(self) -> date:
        """Day 60 after the last on-site day (rule 7)."""
        return self.last_on + timedelta(days=MULTIPLIER_DAYS)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """An instant at the place of the on-site week, in UTC."""
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(self.time_zone))
        return local.astimezone(UTC)


def _titles(es: str, en: str, pt: str, fr: str) -> dict[str, str]:
    return {"es": es, "en": en, "pt": pt, "fr": fr}


SECOND = Edition(
    code="2019-2",
    titles=_titles("Segunda edición, 2019", "Second edition, 2019", "Segunda edição, 2019", "Deuxième édition, 2019"),
    opens_at=datetime(2019, 9, 12, 14, tzinfo=UTC),
    closes_at=datetime(2019, 10, 4, 4, 59, tzinfo=UTC),
    selected_at=datetime(2019, 10, 28, 15, tzinfo=UTC),
    applications=841,
    seats_announced=60,
    seats=30,
    country_cap=5,
    first_on=date(2019, 12, 9),
    last_on=date(2019, 12, 13),
    time_zone="America/New_York",
    venue="IACHR headquarters",
    city="Washington, DC",
)
FIRST = Edition(
    code="2019-1",
    titles=_titles("Primera edición, 2019", "First edition, 2019", "Primeira edição, 2019", "Première édition, 2019"),
    opens_at=datetime(2019, 4, 16, 14, tzinfo=UTC),
    closes_at=datetime(2019, 5, 11, 4, 59, tzinfo=UTC),
    selected_at=datetime(2019, 5, 27, 15, tzinfo=UTC),
    applications=2_953,
    seats_announced=30,
    seats=60,
    country_cap=9,
    first_on=date(2019, 7, 1),
    last_on=date(2019, 7, 5),
    time_zone="America/Lima",
    venue="Lima",
    city="Lima",
)
EDITIONS = {each.code: each for each in (SECOND, FIRST)}
