"""The whole portal on a real mongod and a real nats-server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from pymongo import MongoClient

from relevo_portal.main import SERVICE
from relevo_portal.settings import PortalSettings
from relevo_portal.store import SESSIONS
from relevo_servers import MongoServer, free_port
from relevo_testkit.serving import Served, listening, serving
from relevo_testkit.surroundings import Surroundings

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
HTML = {"Accept": "text/html"}
URLS = ("intake", "scheduling", "multiplier_tracking", "certification")


@pytest.fixture
def settings(surroundings: Surroundings) -> PortalSettings:
    port = free_port()
    urls = {f"{name}_url": f"http://127.0.0.1:{port}" for name in URLS}
    return surroundings.settings(PortalSettings, public_url="http://localhost:8105", **urls)


@pytest_asyncio.fixture
async def served(settings: PortalSettings) -> AsyncIterator[Served]:
    async with serving(settings, SERVICE) as at:
        yield at


async def come_in(at: Served) -> None:
    html = (await at.http.get("/", headers=HTML)).text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
    answer = await at.http.post("/enter", data={**form, "code": CODE}, headers=HTML)
    assert answer.status_code == 303, answer.text


async def test_a_session_lives_in_the_store_and_outlives_the_process_that_began_it(
    settings: PortalSettings, house: Any, mongo_server: MongoServer
) -> None:
    house.intake.applied(CODE)
    port = int(settings.intake_url.rpartition(":")[2])
    async with listening(house.intake.app, port):
        async with serving(settings, SERVICE) as first:
            await come_in(first)
            cookies = dict(first.http.cookies)
        async with serving(settings, SERVICE) as second:
            second.http.cookies.update(cookies)
            assert (await second.http.get("/mine", headers=HTML)).status_code == 200
            html = (await second.http.get("/mine", headers=HTML)).text
            form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', html))
            assert (await second.http.post("/leave", data=form, headers=HTML)).status_code == 303
            assert (await second.http.get("/mine", headers=HTML)).headers["location"] == "/left"
            await come_in(second)
    with MongoClient[dict[str, Any]](mongo_server.url, tz_aware=True) as client:
        rows = client[settings.mongo_database][SESSIONS]
        [row] = rows.find()
        assert row["ends_at"] > datetime.now(UTC)
        [expiring] = [each for each in rows.list_indexes() if "expireAfterSeconds" in each]
        assert (list(expiring["key"]), expiring["expireAfterSeconds"]) == (["ends_at"], 0)


async def test_while_the_services_are_away_the_door_opens_and_says_so(served: Served) -> None:
    html = (await served.http.get("/", headers=HTML)).text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
    answer = await served.http.post("/enter", data={**form, "code": CODE}, headers=HTML)
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
