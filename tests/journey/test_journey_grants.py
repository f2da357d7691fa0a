"""Somebody of the staff does their part in one edition, in every service, for as long as it is granted to them."""

from __future__ import annotations

import time
from typing import Any

from relevo_contracts import SERVICES, derived_id

HERE, THERE = derived_id("edition", "here"), derived_id("edition", "there")
PAGES = {
    "intake": "/editions/{edition}/participants",
    "scheduling": "/editions/{edition}/rooms",
    "multiplier_tracking": "/editions/{edition}/reach",
    "certification": "/editions/{edition}/certificates",
    "portal": "/editions/{edition}/overview",
}
SOON_SECONDS = 15
"""An event is taken in within a second as a rule; here the machine may be busy."""


async def test_what_is_granted_at_intake_holds_everywhere_and_ends_everywhere(office: Any) -> None:
    head = await office.caller("head_coordinator", "the-head")
    token = await office.desk.token("carla", [], [*SERVICES, "portal"])
    carla = {"Authorization": f"Bearer {token}"}

    async def seen(edition_id: str = HERE) -> dict[str, int]:
        answers = {
            service: await office.send("GET", service, path.format(edition=edition_id), headers=carla)
            for service, path in PAGES.items()
        }
        return {service: each.status_code for service, each in answers.items()}

    async def grant(*roles: str) -> None:
        await office.post("intake", f"/editions/{HERE}/grants", {"account": "carla", "roles": roles}, head)

    assert await seen() == dict.fromkeys(PAGES, 403)
    for roles, status in ((("coordinator",), 200), ((), 403)):
        await grant(*roles)
        asked = time.monotonic()
        await office.until(seen, lambda found, status=status: set(found.values()) == {status}, SOON_SECONDS)
        assert time.monotonic() - asked < SOON_SECONDS
        assert await seen(THERE) == dict.fromkeys(PAGES, 403)
