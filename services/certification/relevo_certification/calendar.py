"""The days of an edition's place, which are what page and papers tell."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from relevo_certification.domain.certificate import Issued
from relevo_certification.domain.edition import EditionFacts
from relevo_chassis.wrong import Wrong

_time_zones = cache(available_timezones)
"""Read from the disk once, which takes longer than all else that is asked of a form."""


def of_a_place(name: str) -> str:
    """A time zone in which people live."""
    if name not in _time_zones() - {"Factory", "localtime"}:
        raise Wrong("time_zone_unknown", "is not a place in the IANA time zone database, like America/Bogota")
    return name


def day_of(facts: EditionFacts, at: datetime) -> date:
    """The day that it is at the edition's place."""
    return at.astimezone(ZoneInfo(facts.time_zone)).date()


def day_begins_at(facts: EditionFacts, on: date) -> datetime:
    """When a day begins there."""
    return datetime.combine(on, time(), ZoneInfo(facts.time_zone))


def day_ends_at(facts: EditionFacts, on: date) -> datetime:
    """The last second of a day there."""
    return day_begins_at(facts, on + timedelta(days=1)) - timedelta(seconds=1)


def issued_on(issued: Issued) -> date:
    """The day that a certificate bears."""
    return issued.dated_on or day_of(issued.facts, issued.issued_at)


def dated_at(issued: Issued) -> datetime:
    """The instant that its credential and its signatures tell: the beginning of that day."""
    return day_begins_at(issued.facts, issued_on(issued))
