"""What falls due by itself: an edition's reach is counted (rule 27)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from relevo_contracts.scheduling import OnsiteCompleted
from relevo_multiplier_tracking.domain import days

EDITION = "e" * 32
DAY = date(2019, 12, 16)


async def test_rule_27_reach_is_counted_every_day_and_told_once_until_it_is_another(house: Any) -> None:
    for number in range(20):
        await house.enrolled(f"{number:032x}")
    for number in range(20, 58):
        await house.opened(f"{number:032x}")
    for day in range(8):
        await house.time(days.ends_at(DAY + timedelta(days=day)) + timedelta(hours=1))
    rows = house.stand.store.collections["outbox"].values()
    events = [json.loads(row["body"]) for row in rows if "MultiplierReachCounted" in str(row["headers"]["ce-type"])]
    assert [(each["commitments"], each["fulfilled"]) for each in events] == [(40, 0)]
    due = [key for key in house.stand.store.collections["deadlines"] if key.startswith("reach/")]
    assert due == [f"reach/{EDITION}/{DAY + timedelta(days=8)}"]
    for number in range(9):
        await house.receive(house.onsite(OnsiteCompleted, f"{number:032x}", completed_at=house.stand.clock.at))
    await house.time(days.ends_at(DAY + timedelta(days=9)) + timedelta(hours=1))
    assert house.events().count("MultiplierReachCounted") == 1
