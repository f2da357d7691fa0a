"""When a delivery is tried again, and when it is parked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relevo_webhooks.domain.delivery import DELAYS, JITTER, LONGEST_WAIT_WANTED, PARKED_AFTER, Try, next_try

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FAILED = Try(outcome="answered", status=500)


@pytest.mark.parametrize("failures", range(1, 10))
def test_delays_grow_and_stay_at_the_longest(failures: int) -> None:
    expected = DELAYS[min(failures, len(DELAYS)) - 1]
    assert next_try(failures, NOW, FAILED, NOW, drawn=0.5) == NOW + expected


@pytest.mark.parametrize(("drawn", "part"), [(0.0, 1 - JITTER), (1.0, 1 + JITTER)])
def test_each_delay_is_drawn_around_its_length(drawn: float, part: float) -> None:
    assert next_try(2, NOW, FAILED, NOW, drawn) == NOW + DELAYS[1] * part


def test_it_is_parked_when_it_has_failed_for_three_days_and_not_before() -> None:
    assert next_try(20, NOW, FAILED, NOW + PARKED_AFTER - timedelta(seconds=1), 0.5) is not None
    assert next_try(20, NOW, FAILED, NOW + PARKED_AFTER, 0.5) is None


@pytest.mark.parametrize(
    ("wanted", "granted"),
    [
        (1, DELAYS[0]),
        (90, timedelta(seconds=90)),
        (10**9, LONGEST_WAIT_WANTED),
        (-5, DELAYS[0]),
    ],
)
def test_what_the_endpoint_wants_is_granted_within_bounds(wanted: float, granted: timedelta) -> None:
    one = Try(outcome="answered", status=429, wait_seconds=wanted)
    assert next_try(1, NOW, one, NOW, 0.5) == NOW + granted


@pytest.mark.parametrize(
    ("status", "is_delivered"), [(200, True), (204, True), (299, True), (301, False), (404, False), (None, False)]
)
def test_delivered_is_what_was_answered_with_2xx(status: int | None, is_delivered: bool) -> None:
    assert Try(outcome="answered" if status else "timed_out", status=status).is_delivered is is_delivered
