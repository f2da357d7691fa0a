"""A body that was changed is told, in whichever store or stream, by somebody who has a service's own password."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import nats
import pytest
import pytest_asyncio
from pymongo import MongoClient
from pymongo.database import Database

from relevo_chassis.delivery.digest import digest_of
from relevo_contracts import decode_head
from relevo_deploy.command import main
from relevo_deploy.embedded.programs import Program
from relevo_deploy.embedded.stack import Stack
from relevo_testkit.movers import id_of
from relevo_testkit.waiting import until

PROGRAM = str(Path(__file__).with_name("operations_service.py"))
PROGRAMS = [Program(name, (PROGRAM, name)) for name in ("intake", "scheduling")]
IN_STREAM, HANDLED = ("words in the stream", "intake"), ("words that were taken", "scheduling_intake")
PARKED, PARKED_WORDS = ("parked", "scheduling_intake"), ("words set aside", "scheduling_intake")

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Yard:
    """A stack of two services, and somebody who has the passwords of both."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        self.stack = stack
        self._http = http

    @contextmanager
    def database(self, service: str) -> Iterator[Database[dict[str, Any]]]:
        password = self.stack.place.secrets.mongo_password(service)
        client: MongoClient[dict[str, Any]] = MongoClient(
            self.stack.place.mongo_url, username=service, password=password
        )
        with client:
            yield client[service]

    async def publish_some(self, number: int, times: int) -> None:
        for _ in range(times):
            url, headers = f"{self.stack.url('intake')}/participants/{number}", {"Idempotency-Key": str(uuid4())}
            assert (await self._http.post(url, headers=headers)).status_code == 201

    async def heard(self, number: int, times: int) -> None:
        async def it_is() -> bool:
            answer = await self._http.get(f"{self.stack.url('scheduling')}/participants/{number}")
            return int(answer.text) == times

        await until(it_is, 30)

    async def publish(self, row: dict[str, Any], **headers: str) -> None:
        """What a row of intake's outbox says, with other headers, as intake."""
        credentials = str(self.stack.place.secrets.path("intake", "nats.creds"))
        async with await nats.connect(
            self.stack.nats_url, user_credentials=credentials, inbox_prefix=b"_INBOX_intake"
        ) as client:
            marked = row["headers"] | {"Nats-Msg-Id": uuid4().hex} | headers
            await client.jetstream().publish(row["subject"], row["body"], headers=marked)

    async def relevo(self, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
        code = await asyncio.to_thread(main, (*words, "--stack", str(self.stack.folder)))
        return code, capsys.readouterr().out

    async def wrong(self, capsys: pytest.CaptureFixture[str], *words: str) -> dict[tuple[str, str], int]:
        """What ``relevo verify`` finds, and how often."""
        _, output = await self.relevo(capsys, "verify", "--json", *words)
        checks = json.loads(output)["checks"]
        return {(each["check"], each["of"]): each["offending"] for each in checks if not each["ok"]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    folder = tmp_path_factory.mktemp("words") / "stack"
    stack = Stack(folder, services=("intake", "scheduling"), programs=PROGRAMS)
    async with stack, httpx.AsyncClient(trust_env=False) as http:
        yield Yard(stack, http)


async def test_a_body_that_was_changed_in_the_outbox_is_told(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    await yard.publish_some(1, 3)
    await yard.heard(1, 3)
    assert await yard.wrong(capsys) == {}
    with yard.database("intake") as database:
        await until(lambda: not database["outbox"].count_documents({"sent": False}))
        row = database["outbox"].find_one({"sequence": 2})
        assert row is not None
        changes: list[dict[str, Any]] = [
            {"body": row["body"].replace(b":14", b":15")},
            {"headers": {**row["headers"], "ce-time": "2001-01-01T00:00:00.000Z"}},
            {"headers": {}},
            {"body": None},
        ]
        for changed in changes:
            assert {**row, **changed} != row, changed
            database["outbox"].update_one({"_id": row["_id"]}, {"$set": changed})
            assert await yard.wrong(capsys) == {IN_STREAM: 1, HANDLED: 1}, changed
            database["outbox"].replace_one({"_id": row["_id"]}, row)
    assert await yard.wrong(capsys) == {}


async def test_a_body_that_was_changed_where_it_is_set_aside_is_not_taken_and_told(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    poison = yard.stack.folder / "poison"
    poison.write_text(id_of(2))
    await yard.publish_some(2, 1)

    async def is_parked() -> bool:
        return await yard.wrong(capsys) == {PARKED: 1}

    await until(is_parked, 60)
    poison.unlink()
    with yard.database("scheduling") as database:
        row = database["parked"].find_one()
        assert row is not None
        body = row["body"].replace(b":14", b":15")
        database["parked"].update_one({"_id": row["_id"]}, {"$set": {"body": body}})
        code, output = await yard.relevo(capsys, "dead-letters", "retry", "--all")
        assert (code, "it stays" in output) == (1, True), output
        digest = digest_of(row["subject"], decode_head(row["headers"]), body)
        database["parked"].update_one({"_id": row["_id"]}, {"$set": {"digest": digest}})
        assert await yard.wrong(capsys) == {PARKED: 1, PARKED_WORDS: 1}
        assert (await yard.relevo(capsys, "dead-letters", "retry", "--all"))[0] == 0
    assert await yard.wrong(capsys) == {HANDLED: 1}


async def test_what_was_set_aside_and_changed_is_set_aside_anew_from_the_stream(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await yard.wrong(capsys)
    poison = yard.stack.folder / "poison"
    poison.write_text(id_of(3))
    await yard.publish_some(3, 2)

    async def is_parked() -> bool:
        return await yard.wrong(capsys) == before | {PARKED: 2}

    await until(is_parked, 60)
    poison.unlink()
    with yard.database("scheduling") as database:
        row = database["parked"].find_one({"sequence": 1})
        assert row is not None
        database["parked"].update_one({"_id": row["_id"]}, {"$set": {"digest": bytes(16)}})
        assert await yard.wrong(capsys) == before | {PARKED: 2, PARKED_WORDS: 1}
        database["parked"].delete_one({"_id": row["_id"]})
    assert (await yard.relevo(capsys, "replay", "scheduling_intake"))[0] == 0
    await until(is_parked, 60)
    assert (await yard.relevo(capsys, "dead-letters", "retry", "--all"))[0] == 0
    await yard.heard(3, 2)
    assert await yard.wrong(capsys) == before


async def test_a_message_with_another_body_under_the_id_of_an_event_is_told_until_it_was_looked_into(
    yard: Yard, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = await yard.wrong(capsys)
    with yard.database("intake") as database:
        row = database["outbox"].find_one({"sequence": 3})
        assert row is not None
    await yard.publish(row)
    assert await yard.wrong(capsys) == before
    await yard.publish(row, **{"ce-time": "2001-01-01T00:00:00.000Z"})
    assert await yard.wrong(capsys) == before | {IN_STREAM: 1}
    known = ("--known", str(tmp_path / "known.json"))
    await yard.relevo(capsys, "verify", *known, "--accept", "looked into")
    assert await yard.wrong(capsys, *known) == {}
