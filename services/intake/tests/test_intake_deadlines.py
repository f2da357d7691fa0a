"""What an offer's holder is told in time: before it expires, and when it did."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relevo_intake.deadlines import offer_reminder_at
from relevo_intake.domain.seating.state import Offer

Choosing = Any
NOW = datetime(2019, 10, 5, tzinfo=UTC)


def letters(choosing: Choosing, *application_ids: str) -> Counter[str]:
    """Kinds of letters queued, to these applicants or to all."""
    rows = choosing.on.store.collections["letters"].values()
    return Counter(
        row["kind"] for row in rows if not application_ids or row["facts"].get("application_id") in application_ids
    )


async def offered(choosing: Choosing) -> dict[str, str]:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    found: dict[str, str] = await choosing.offered()
    return found


async def test_rule_4_whoever_has_not_answered_is_told_once_more_two_days_before_the_offer_expires(
    choosing: Choosing,
) -> None:
    offers = await offered(choosing)
    keen, shy, *_ = offers
    await choosing.post(f"/offers/{offers[keen]}/accept", None, choosing.receipt(keen))
    await choosing.post(f"/offers/{offers[shy]}/decline", None, choosing.receipt(shy))
    called_up = (await choosing.offered()).keys() - offers.keys()
    choosing.on.clock.at += timedelta(days=5) - timedelta(seconds=1)
    await choosing.sweep()
    assert letters(choosing)["offer_near"] == 0
    for _ in range(3):
        choosing.on.clock.at += timedelta(seconds=1)
        await choosing.sweep()
    assert letters(choosing)["offer_near"] == len(offers) - 2 + len(called_up)
    assert letters(choosing, keen, shy)["offer_near"] == 0


async def test_rule_4_whoever_let_an_offer_expire_is_told_so_and_who_answered_is_not(choosing: Choosing) -> None:
    offers = await offered(choosing)
    keen, shy, *silent = offers
    await choosing.post(f"/offers/{offers[keen]}/accept", None, choosing.receipt(keen))
    await choosing.post(f"/offers/{offers[shy]}/decline", None, choosing.receipt(shy))
    choosing.on.clock.at += timedelta(days=8)
    for _ in range(3):
        await choosing.sweep()
    counts = letters(choosing, *silent)
    assert (counts["offer_expired"], counts["offer_near"]) == (len(silent), 0), "too late to be told that it is near"
    assert letters(choosing, keen, shy)["offer_expired"] == 0


@pytest.mark.parametrize(("hours", "before"), [(7 * 24, 48), (96, 48), (72, 36), (2, 1)])
def test_of_a_short_offer_one_is_told_when_half_of_its_time_is_over(hours: int, before: int) -> None:
    offer = Offer(
        offer_id="a" * 32,
        application_id="b" * 32,
        person_id="c" * 32,
        offered_at=NOW,
        expires_at=NOW + timedelta(hours=hours),
        offered_from="selection",
        travel_code="",
    )
    assert offer.expires_at - offer_reminder_at(offer) == timedelta(hours=before)
