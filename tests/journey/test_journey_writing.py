"""Somebody writes to the secretariat on the portal's page, with the real intake behind it, and is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tests.journey.test_journey_portal import applied
from tests.journey.visitor import Visitor

from relevo_chassis.ids import new_id
from relevo_deploy.deployed import PORTAL
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.stack import Stack
from relevo_portal.words.writing import TEXTS
from relevo_testkit.waiting import until

AT = datetime(2019, 9, 12, 12, tzinfo=UTC)
QUESTION, ANSWER = "CANARIO: ¿puedo llegar un día antes?", "CANARIO: puede llegar el domingo."
WORDS = TEXTS["en"]


async def answered(intake: httpx.AsyncClient, staff: dict[str, str]) -> dict[str, Any]:
    """The one thread that waits, once a coordinator has answered it."""
    calls = (await intake.get("/calls")).json()["items"]
    listed = (await intake.get(f"/editions/{calls[0]['edition_id']}/threads?waiting=true", headers=staff)).json()
    [waiting] = listed["items"]
    path = f"/threads/{waiting['thread_id']}"
    seen = (await intake.get(path, headers=staff)).json()
    assert [each["content"]["text"] for each in seen["messages"]] == [QUESTION]
    answer = {"read_to": seen["last"], "language": "es", "text": ANSWER}
    done = await intake.post(f"{path}/answer", json=answer, headers={**staff, "Idempotency-Key": new_id()})
    assert done.status_code == 200, done.text
    return dict(done.json())


async def letters(desk: Desk, clock_to: datetime) -> list[str]:
    """What was mailed once all that waited for its hour has gone out."""
    await desk.move_clock(clock_to)
    found: list[str] = []

    async def arrived() -> bool:
        found[:] = [each["text"] for each in await desk.mails()]
        return len(found) > 1

    await until(arrived, 30)
    return found


async def test_rule_20_who_asks_in_the_portal_is_answered_there_and_no_letter_says_what(tmp_path: Path) -> None:
    async with Stack(tmp_path / "stack", clock_start=AT, services=("intake", PORTAL)) as stack, stack.desk() as desk:
        token = await desk.token("carla", ["coordinator"], ["intake"])
        async with httpx.AsyncClient(base_url=stack.url("intake")) as intake:
            code = await applied(intake, token)
            async with httpx.AsyncClient(base_url=f"http://localhost:{stack.ports[PORTAL]}") as http:
                visitor = Visitor(http)
                await visitor.send("/", "/enter", code=code)
                asked = await visitor.send("/write", "/write", text=QUESTION, language="es")
                assert asked.status_code == 303, asked.text
                assert WORDS.in_short.waiting in await visitor.page("/mine?lang=en")
                await answered(intake, {"Authorization": f"Bearer {token}"})
                assert WORDS.in_short.unread in await visitor.page("/mine?lang=en")
                mailed = await letters(desk, AT.replace(hour=14))
                assert "CANARIO" not in "".join(mailed)
                assert ANSWER in await visitor.page("/write?lang=en")
                assert WORDS.in_short.unread not in await visitor.page("/mine?lang=en")
