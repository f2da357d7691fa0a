"""What is past its days on the records goes by a user of its own, and nothing younger, whatever a service says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pymongo import MongoClient

from relevo_chassis.clock import move
from relevo_chassis.given.settings import RECORD_DAYS
from relevo_deploy.command import main
from relevo_deploy.embedded.programs import Program
from relevo_deploy.embedded.stack import Stack
from relevo_testkit.waiting import until

PROGRAM = str(Path(__file__).with_name("operations_service.py"))
BEGAN = datetime(2019, 3, 1, 9, tzinfo=UTC)
YOUNG = BEGAN + timedelta(days=100)
LATER = BEGAN + timedelta(days=RECORD_DAYS + 1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Yard:
    """A stack of one service, in which ana's readings are past their days and carla's are not."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        self.stack = stack
        self._http = http
        password = stack.place.secrets.mongo_admin_password()
        self.client: MongoClient[dict[str, Any]] = MongoClient(
            stack.place.mongo_url, username="admin", password=password
        )
        self.database = self.client["intake"]

    async def read(self, reader: str, times: int) -> None:
        """In a segment of their own, as a rule."""
        before = self.database["readings"].count_documents({})
        for _ in range(times):
            assert (await self._http.get(f"{self.stack.url('intake')}/readings/{reader}")).status_code == 200

        async def sealed() -> bool:
            return self.database["readings"].count_documents({}) == before + times

        await until(sealed, 30)

    async def relevo(self, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
        code = await asyncio.to_thread(main, (*words, "--stack", str(self.stack.folder)))
        output = capsys.readouterr()
        return code, output.out + output.err

    def readers(self) -> list[str]:
        return [row["by"] for row in self.database["readings"].find().sort("_id")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    folder = tmp_path_factory.mktemp("retention") / "stack"
    programs = [Program("intake", (PROGRAM, "intake"))]
    stack = Stack(folder, services=("intake",), programs=programs, clock_start=BEGAN)
    async with stack, httpx.AsyncClient(trust_env=False) as http:
        made = Yard(stack, http)
        with made.client:
            await made.read("ana", 3)
            move(stack.place.clock_file, YOUNG)
            await made.read("carla", 2)
            yield made


async def test_nothing_goes_before_the_service_lets_it_go(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = await yard.relevo(capsys, "retention", "--days", "1")
    assert code == 0, output
    assert "intake, readings: 0 entries removed, goes on with entry 1" in output
    assert yard.readers() == ["ana"] * 3 + ["carla"] * 2


async def test_what_is_past_its_days_is_said_removed_and_written_down_and_the_rest_stays_whole(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    move(yard.stack.place.clock_file, LATER)
    await yard.stack.stop_one("intake")  # what is past its days is let go at the start, then every hour
    await yard.stack.start_one("intake")

    async def let_go() -> bool:
        code, output = await yard.relevo(capsys, "status")
        return code == 0 and "3 entries on record are past their days and lie there still" in output

    await until(let_go, 60)
    early = await yard.relevo(capsys, "retention", "--days", "9999")
    assert (early[0], "intake, readings: 0 entries removed" in early[1]) == (0, True), early
    assert len(yard.readers()) == 5
    code, output = await yard.relevo(capsys, "retention")
    assert (code, "intake, readings: 3 entries removed, goes on with entry 4" in output) == (0, True), output
    assert yard.readers() == ["carla"] * 2
    checkpoints = [row["_id"] for row in yard.database["record_checkpoints"].find({"record": "readings"}).sort("_id")]
    anchor, first = checkpoints[0].removeprefix("anchor/"), checkpoints[1]
    assert anchor == first, checkpoints
    last = (yard.stack.place.logs / "operations.log").read_text().splitlines()[-1]
    facts = {"did": "removed what is past its days", "service": "intake", "record": "readings", "count": 3}
    assert json.loads(last).items() >= facts.items()
    again = await yard.relevo(capsys, "retention")
    assert (again[0], "intake, readings: 0 entries removed" in again[1]) == (0, True), again
    whole = await yard.relevo(capsys, "readings")
    assert whole[0] == 0, whole[1]
    assert "lie there still" not in (await yard.relevo(capsys, "status"))[1]


async def test_nothing_goes_from_a_record_that_is_not_whole(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    row = yard.database["readings"].find_one(sort=[("_id", -1)])
    assert row is not None
    yard.database["readings"].delete_one({"_id": row["_id"]})
    code, output = await yard.relevo(capsys, "retention")
    assert (code, "WRONG   intake, readings: is not whole" in output) == (1, True), output
    yard.database["readings"].insert_one(row)
    assert (await yard.relevo(capsys, "retention"))[0] == 0


async def test_a_service_that_is_away_and_a_user_who_may_not_are_said(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    auditor = str(yard.stack.place.secrets.path("auditor", "mongo.password"))
    refused = await yard.relevo(
        capsys, "retention", "--mongo-user", "auditor", "--mongo-password-file", auditor, "--days", "1"
    )
    assert (refused[0], "not authorized" in refused[1]) == (2, True), refused
    await yard.stack.stop_one("intake")
    away = await yard.relevo(capsys, "retention")
    assert (away[0], "UNKNOWN intake at" in away[1]) == (2, True), away
    await yard.stack.start_one("intake")
