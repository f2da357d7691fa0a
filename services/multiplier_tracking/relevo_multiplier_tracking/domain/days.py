"""Days and instants: a day is over when it is over everywhere on Earth, at UTC-12 (rule 7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from math import ceil

_NOON = time(12, tzinfo=UTC)
_A_DAY = timedelta(days=1)
MINUTES = 24 * 60
"""How many minutes a day has."""


def ends_at(day: date) -> datetime:
    """The instant at which ``day`` is over everywhere: noon UTC of the day after."""
    return datetime.combine(day + _A_DAY, _NOON)


def is_over(day: date, now: datetime) -> bool:
    return now >= ends_at(day)


def has_begun(day: date, now: datetime) -> bool:
    """Whether ``day`` has begun anywhere on Earth (UTC+14)."""
    return now >= _begins_at(day)


def minutes_so_far(day: date, now: datetime) -> int:
    """The whole minutes of ``day`` that are over where it begins first, all of them at last."""
    return max(0, min(MINUTES, int((now - _begins_at(day)).total_seconds()) // 60))


def _begins_at(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC)) - timedelta(hours=14)


def current(now: datetime) -> date:
    """The earliest day that is not over everywhere."""
    return (now.astimezone(UTC) - timedelta(hours=12)).date()


def remind_at(due_on: date, distance: int) -> datetime:
    """When the reminder ``distance`` days before ``due_on`` goes out: noon UTC, a morning in the Americas."""
    return datetime.combine(due_on - timedelta(days=distance), _NOON)


def whole_days(since: datetime, until: datetime) -> int:
    """The days a pause gives back: those begun between two instants, at least one (rule 10)."""
    return max(1, ceil((until - since) / _A_DAY))


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)
