"""The operator's command on real servers: what is wrong is said, with what to do, and doing it brings back to green."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from relevo_deploy.operations import again, waiting
from relevo_deploy.reconcile import scope
from relevo_deploy.topology.files import default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStream
from relevo_testkit.movers import id_of
from relevo_testkit.waiting import until

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.yard import Yard, opened, typed
else:
    from deploy.tests.yard import Yard, opened, typed

STREAM, DURABLE = "EVENTS_INTAKE", "scheduling_intake"
[CONSUMER] = [each for each in read_topology(default_folder()).consumers if each.name == DURABLE]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    async with opened(tmp_path_factory.mktemp("operations") / "stack") as yard:
        yield yard


async def test_on_a_healthy_stack_all_is_well_and_all_agree(yard: Yard) -> None:
    await yard.publish(1, 3)
    await yard.publish(2, 2)
    await until(yard.hears(2, 2))
    await yard.green()
    status = json.loads((await yard.relevo("status", "--json")).output)
    assert (status["ok"], status["findings"], set(status["services"])) == (True, [], {"intake", "scheduling"})
    verified = json.loads((await yard.relevo("verify", "--json")).output)
    compared = {(each["check"], each["of"]): each["compared"] for each in verified["checks"]}
    assert compared["outbox numbered", "intake"] == compared["stream against outbox", "intake"] == 5
    assert compared["stores against outbox", "intake"] == compared["positions against stream", DURABLE] == 2


async def test_what_is_too_much_to_hold_at_once_is_reconciled_in_shares(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = json.loads((await yard.relevo("verify", "--json")).output)
    monkeypatch.setattr(scope, "EVENTS_AT_ONCE", 0)
    in_shares = json.loads((await yard.relevo("verify", "--json")).output)
    assert whole["checks"] == in_shares["checks"]
    assert in_shares["ok"]


async def test_a_replay_says_what_it_waits_for_and_what_holds_it_up(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    remade, here = again._remade, asyncio.get_running_loop()

    async def remade_and_stopped(*about: Any) -> int:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(yard.stack.stop_one("scheduling"), here))
        return await remade(*about)

    monkeypatch.setattr(again, "_remade", remade_and_stopped)
    monkeypatch.setattr(waiting, "PROGRESS_SECONDS", 0.2)
    replayed = await yard.relevo("replay", DURABLE, "--wait", "1")
    await yard.stack.start_one("scheduling")
    left = rf"waiting for {DURABLE} to catch up: \d+ events to be delivered, 0 in hand \(scheduling at .* not answer"
    assert replayed.code == 2
    assert len(re.findall(left, replayed.errors)) > 1, replayed.errors
    assert "after 1 s; see: relevo status" in replayed.errors
    await until(yard.is_well, 60)


async def test_a_deleted_durable_is_said_and_made_anew_by_the_topology(yard: Yard) -> None:
    async def delete(jetstream: JetStream, _: Any) -> None:
        await jetstream.delete(CONSUMER)

    await yard.on_the_bus(delete)
    await yard.publish(6, 2)
    status, verified = await yard.relevo("status"), await yard.relevo("verify")
    assert (status.code, verified.code) == (1, 1)
    assert f"consumer {DURABLE} of {STREAM}: does not exist\n        do: relevo topology apply" in status.output
    assert "the durable does not exist" in verified.output
    assert (await yard.relevo("topology", "apply")).code == 0
    await until(yard.hears(6, 2))
    await yard.green()


async def test_a_lost_stream_is_said_and_told_again_from_the_outbox(yard: Yard) -> None:
    before = [await yard.heard(number) for number in range(1, 8)]

    async def lose(_: JetStream, client: Any) -> None:
        await client.delete_stream(STREAM)

    await yard.on_the_bus(lose)
    status, verified = await yard.relevo("status"), await yard.relevo("verify")
    assert (status.code, verified.code) == (1, 1)
    assert f"stream {STREAM}: does not exist" in status.output
    assert "relevo topology apply, then relevo republish intake" in status.output
    assert f"the stream {STREAM} is gone" in verified.output
    await yard.publish(7)
    assert (await yard.relevo("topology", "apply")).code == 0
    again = await yard.relevo("republish", "intake", "--slice", "4")
    assert (again.code, "events of intake told again" in again.output) == (0, True), again.errors
    await until(yard.hears(7, 1))
    await yard.green()
    assert [await yard.heard(number) for number in range(1, 7)] == before[:6]


async def test_an_event_that_was_passed_over_is_found_and_replayed_and_the_others_take_no_effect(yard: Yard) -> None:
    async def delete(jetstream: JetStream, _: Any) -> None:
        await jetstream.delete(CONSUMER)

    async def make(jetstream: JetStream, _: Any) -> None:
        await jetstream.make(CONSUMER, {"deliver_policy": "new"})

    await yard.on_the_bus(delete)
    await yard.publish(8)
    await asyncio.sleep(1)
    await yard.on_the_bus(make)
    verified = await yard.relevo("verify")
    assert (verified.code, f"participant/{id_of(8)}: took 0 of 1" in verified.output) == (1, True)
    assert f"relevo replay {DURABLE}" in verified.output
    replayed = await yard.relevo("replay", DURABLE)
    assert (replayed.code, ", 1 took effect that had not before" in replayed.output) == (0, True), replayed.errors
    assert await yard.heard(8) == 1
    again = await yard.relevo("replay", DURABLE, "--from-message", "2")
    assert (again.code, ", 0 took effect that had not before" in again.output) == (0, True), again.errors
    assert (await yard.relevo("topology", "diff")).output == "no differences\n"
    await yard.green()


async def test_a_message_that_nobody_told_is_found_and_accepted_once(yard: Yard, tmp_path: Path) -> None:
    async def forge(_: JetStream, client: Any) -> None:
        await client.publish("events.intake.call.opened.v1", b"{}")

    await yard.on_the_bus(forge)
    verified = await yard.relevo("verify", "--json")
    [wrong] = [each for each in json.loads(verified.output)["checks"] if not each["ok"]]
    assert (verified.code, wrong["check"], wrong["of"], wrong["offending"]) == (1, "stream against outbox", "intake", 1)

    known = ("--known", str(tmp_path / "known.json"))
    for words, says in ((("--accept", "why"), "--known FILE"), ((*known, "--accept", " "), "--accept WHY")):
        refused = await yard.relevo("verify", *words)
        assert (refused.code, says in refused.errors) == (2, True)
    accepted = await yard.relevo("verify", *known, "--accept", "forged by this test")
    assert (accepted.code, accepted.output) == (0, f"1 accepted in {known[1]}\n"), accepted.errors
    journal = yard.stack.place.logs.joinpath("operations.log").read_text()
    assert ("accepted what verify found" in journal, "forged by" in journal) == (True, False)
    verified = await yard.relevo("verify", *known)
    assert (verified.code, "all agree, but for 1 that were accepted" in verified.output) == (0, True), verified.output
    assert (await yard.relevo("verify")).code == 1

    await yard.on_the_bus(forge)
    again = await yard.relevo("verify", *known)
    assert (again.code, "(1)" in again.output, "but for 1 that were" in again.output) == (1, True, True), again.output
    (tmp_path / "known.json").write_text("[{}]")
    assert (await yard.relevo("verify", *known)).code == 2


async def test_a_read_model_is_rebuilt_and_what_is_none_is_said_to_be_none(yard: Yard) -> None:
    heard = [await yard.heard(number) for number in range(1, 9)]
    rebuilt = await yard.relevo("rebuild", "scheduling", "heard", "--settle", "1")
    assert (rebuilt.code, "heard holds everything again" in rebuilt.output) == (0, True), rebuilt.errors
    assert [await yard.heard(number) for number in range(1, 9)] == heard
    none = await yard.relevo("rebuild", "intake", "faces")
    assert (none.code, "it declares: none" in none.errors) == (2, True)
    assert (await yard.relevo("status")).code == 0


async def test_a_service_that_does_not_answer_is_said(yard: Yard) -> None:
    await yard.stack.stop_one("scheduling")
    status = await yard.relevo("status")
    assert (status.code, "WRONG   scheduling: scheduling at" in status.output) == (1, True)
    readings = await yard.relevo("readings")
    assert (readings.code, "UNKNOWN scheduling at" in readings.output) == (2, True)
    await yard.stack.start_one("scheduling")
    await until(yard.is_well, 60)


async def test_a_record_that_was_changed_or_cut_back_is_found(yard: Yard, tmp_path: Path) -> None:
    kept = ("--kept", str(ends := tmp_path / "elsewhere" / "ends.json"))
    for reader in ("ana", "carla", "olga"):
        await yard.read(reader)
    alone, first = await yard.relevo("readings"), await yard.relevo("readings", *kept)
    assert "all are whole; with --kept FILE" in alone.output, alone.errors
    output = [line.split() for line in first.output.splitlines()]
    assert output[1] == ["intake", "readings", "3", "-", "whole"]
    await yard.read("ana")
    again = await yard.relevo("readings", *kept)
    assert (again.code, "+1 since 20" in again.output) == (0, True), again.output
    with yard.writing_to("intake") as database:
        database["readings"].update_one({"_id": f"{2:012d}"}, {"$set": {"by": "nobody"}})
        changed = json.loads((await yard.relevo("readings", "--json", *kept)).output)
        assert "entry 2 was changed" in changed["intake"]["readings"]["wrong"]
        database["readings"].update_one({"_id": f"{2:012d}"}, {"$set": {"by": "carla"}})
        [*_, last] = database["record_checkpoints"].find({"record": "readings"}).sort("_id")
        database["record_checkpoints"].delete_one({"_id": last["_id"]})
        database["readings"].delete_many({"_id": {"$gte": f"{last['first']:012d}"}})
    cut = await yard.relevo("readings", *kept)
    assert f"WRONG   intake, readings: segment {last['segment']}, with which it ended" in cut.output
    await yard.read("carla")
    rewritten = await yard.relevo("readings", *kept)
    assert (rewritten.code, "is another now" in rewritten.output) == (1, True), rewritten.output
    ends.write_text('{"intake": 3}')
    unknown = await yard.relevo("readings", *kept)
    assert (unknown.code, "is not what relevo readings keeps" in unknown.errors) == (2, True)
    ends.unlink()
    await until(yard.is_not_well, 60)
    assert "were removed or replaced" in (await yard.relevo("status")).output
    missed = await yard.relevo("readings", *kept)
    assert "1 times a replica saw that something was gone" in missed.output, missed.output
    await yard.stack.stop_one("intake")
    await yard.stack.start_one("intake")


async def test_a_database_that_is_away_is_said_by_the_services_that_need_it(yard: Yard) -> None:
    await yard.stack.stop_one("mongo")
    status, verified = await yard.relevo("status"), await yard.relevo("verify")
    await yard.stack.start_one("mongo")
    assert (status.code, "WRONG   scheduling" in status.output) == (1, True)
    assert (verified.code, "cannot read it all" in verified.errors) == (2, True)
    await until(yard.is_well, 60)


async def test_nats_that_is_away_is_said(yard: Yard) -> None:
    await yard.stack.stop_one("nats")
    status, verified = await yard.relevo("status"), await yard.relevo("verify")
    await yard.stack.start_one("nats")
    assert (status.code, "WRONG   nats: cannot be asked" in status.output) == (1, True)
    assert (verified.code, "NATS at" in verified.errors) == (2, True)
    await until(yard.is_well, 60)


async def test_without_the_role_it_cannot_be_told(yard: Yard) -> None:
    desk = yard.stack.desk()
    async with desk:
        token = await desk.token("carla", ["coordinator"], ["intake", "scheduling"])
    status = await yard.relevo("status", "--token-command", f"echo {token}")
    assert (status.code, "UNKNOWN intake" in status.output) == (2, True)


async def test_other_servers_are_named_by_options_and_by_the_environment(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = yard.stack.place
    async with yard.stack.desk() as desk:
        token = await desk.token("olga", ["operator"], ["intake", "scheduling"])
    words = [
        *("--services", ",".join(f"{name}={yard.stack.url(name)}" for name in ("intake", "scheduling"))),
        *("--nats-url", place.nats_url, "--stack", str(tmp_path), "--token-command", f"echo {token}"),
        *("--nats-credentials-file", str(place.secrets.path("operator", "nats.creds"))),
    ]

    async def all_is_well() -> bool:
        return (await asyncio.to_thread(typed, "status", *words)).code == 0

    await until(all_is_well, 60)
    status = await asyncio.to_thread(typed, "status", *words)
    assert (status.output.splitlines()[-1], status.code) == ("all is well", 0)
    environment = {
        "SERVICES": words[1],
        "NATS_URL": place.nats_url,
        "NATS_CREDENTIALS_FILE": str(place.secrets.path("auditor", "nats.creds")),
        "MONGO_URL": place.mongo_url,
        "MONGO_PASSWORD_FILE": str(place.secrets.path("auditor", "mongo.password")),
    }
    for name, value in environment.items():
        monkeypatch.setenv(f"RELEVO_OPERATOR_{name}", value)
    verified = await asyncio.to_thread(typed, "verify", "--all", "--stack", str(tmp_path))
    assert "positions against stream  scheduling_intake" in verified.output
    for name in environment:
        monkeypatch.delenv(f"RELEVO_OPERATOR_{name}")
    nowhere = await asyncio.to_thread(typed, "status", "--stack", str(tmp_path))
    assert (nowhere.code, "no stack runs" in nowhere.errors) == (2, True)
