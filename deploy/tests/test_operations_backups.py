"""Backups of a stack that runs, and a service put back from one: what operators type, and what they see."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from relevo_chassis.ids import new_id
from relevo_deploy import textfile
from relevo_deploy.backups.manifest import Manifest, backups_in, read_manifest
from relevo_deploy.topology.jetstream import JetStream
from relevo_testkit.measured import figure
from relevo_testkit.waiting import until

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.yard import Yard, opened, typed
else:
    from deploy.tests.yard import Yard, opened, typed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    async with opened(tmp_path_factory.mktemp("backups") / "stack") as yard:
        yield yard


def newest(into: Path, service: str) -> Manifest:
    return read_manifest(backups_in(into / service)[-1])


async def test_all_services_are_backed_up_while_they_run_with_their_places_in_the_streams(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await yard.publish(1, 3)
    await until(yard.hears(1, 3))
    monkeypatch.setenv(textfile.VARIABLE, str(tmp_path))
    data = await yard.relevo("backup", "--all", "--into", str(tmp_path / "data"), "--keep", "90d")
    keys = await yard.relevo("backup-keys", "--all", "--into", str(tmp_path / "keys"))
    assert (data.code, keys.code) == (0, 0), data.errors + keys.errors
    assert "intake: " in data.output
    assert "3 events" in data.output
    intake, scheduling = newest(tmp_path / "data", "intake"), newest(tmp_path / "data", "scheduling")
    assert (intake.events, intake.published and intake.published.last) == (3, 3)
    [place] = [each for each in scheduling.places or () if each.durable == "scheduling_intake"]
    assert (place.stream, place.acknowledged) == ("EVENTS_INTAKE", 3)
    assert newest(tmp_path / "keys", "intake").collections.keys() == {"vault_keys"}
    assert (await asyncio.to_thread(typed, "check-backup", str(tmp_path / "data"))).code == 0
    for command in ("backup", "backup-keys"):
        page = (tmp_path / f"relevo_{command}.prom").read_text("utf-8")
        assert figure(page, "relevo_command_exit_code", command=command) == 0


async def test_a_service_whose_database_was_lost_is_put_back_and_has_all_that_others_published_since(
    yard: Yard, tmp_path: Path
) -> None:
    """The rehearsal: what restore says is to be done next is typed as it stands there."""
    await yard.publish(2, 2)
    await until(yard.hears(2, 2))
    for command in ("backup", "backup-keys"):
        copied = await yard.relevo(command, "scheduling", "--into", str(tmp_path / command))
        assert copied.code == 0, copied.errors
    data, keys = (str(backups_in(tmp_path / each)[0]) for each in ("backup", "backup-keys"))
    await yard.publish(2, 3)
    await yard.publish(3, 4)
    await until(yard.hears(3, 4))

    running = await yard.relevo("restore", "scheduling", data, "--replace")
    assert (running.code, "scheduling runs: somebody is connected" in running.errors) == (2, True), running.errors
    assert (await yard.relevo("stop", "scheduling")).code == 0
    await yard.publish(4, 1)
    with yard.writing_to("scheduling") as database:
        database.client.drop_database("scheduling")
    restored = await yard.relevo("restore", "scheduling", data, "--keys", keys)
    assert restored.code == 0, restored.errors
    assert "scheduling is as it was at" in restored.output
    steps = restored.output.partition("next:")[2].split("\n")[1:-1]
    assert [each.split()[:3] for each in steps] == [
        ["relevo", "start", "scheduling"],
        ["relevo", "replay", "scheduling_intake"],
        ["relevo", "verify"],
    ]
    assert steps[1].endswith("--from-message 6")
    for step in steps:
        done = await yard.relevo(*step.split()[1:])
        assert done.code == 0, done.output + done.errors
    assert [await yard.heard(number) for number in (1, 2, 3, 4)] == [3, 5, 4, 1]
    await until(yard.is_well, 60)
    await yard.green()


async def test_what_a_restore_leaves_behind_is_named_by_its_receipt_and_a_thief_s_deed_is_not(
    yard: Yard, tmp_path: Path
) -> None:
    kept = ("--kept", str(tmp_path / "ends.json"))
    await yard.read("ana")
    await until(yard.has_sealed("intake", "readings", 1), 30)
    data = await yard.relevo("backup", "intake", "--into", str(tmp_path / "data"))
    assert data.code == 0, data.errors
    await yard.publish(1, 2)
    await yard.publish(7, 1)
    await until(yard.hears(7, 1))
    await yard.read("carla")
    await until(yard.has_sealed("intake", "readings", 2), 30)
    before = await yard.relevo("readings", *kept)
    assert before.code == 0, before.output

    assert (await yard.relevo("stop", "intake")).code == 0
    restored = await yard.relevo("restore", "intake", str(backups_in(tmp_path / "data")[0]), "--replace")
    assert restored.code == 0, restored.errors
    assert (await yard.relevo("start", "intake")).code == 0
    await until(yard.is_well, 60)

    verified = await yard.relevo("verify")
    assert verified.code == 0, verified.output
    note = r"NOTE   stream against outbox of intake: restored at .* UTC to .* UTC: 3 events published since, expected"
    assert re.search(note, verified.output), verified.output
    records = await yard.relevo("readings", *kept)
    assert records.code == 0, records.output
    assert "NOTE    intake, readings: restored at" in records.output

    receipts = yard.stack.folder / "restores.json"
    receipts.rename(tmp_path / "receipts.json")
    accused = await yard.relevo("verify")
    assert (accused.code, "messages that intake never told are in its stream (3)" in accused.output) == (1, True)
    (tmp_path / "receipts.json").rename(receipts)

    async def forge(_: JetStream, client: Any) -> None:
        message = await client.get_msg("EVENTS_INTAKE", 1)
        headers = {**message.headers, "Nats-Msg-Id": "forged", "ce-id": new_id()}
        await client.publish(message.subject, message.data, headers=headers)

    await yard.on_the_bus(forge)
    thief = await yard.relevo("verify")
    assert (thief.code, "messages that intake never told are in its stream (1)" in thief.output) == (1, True), (
        thief.output
    )


async def test_a_record_that_was_cut_back_before_the_backup_s_end_is_found_after_a_restore_too(
    yard: Yard, tmp_path: Path
) -> None:
    kept = ("--kept", str(tmp_path / "ends.json"))
    await yard.read("ana")
    await until(yard.has_sealed("intake", "readings", 2), 30)
    assert (await yard.relevo("backup", "intake", "--into", str(tmp_path / "data"))).code == 0
    assert (await yard.relevo("readings", *kept)).code == 0
    assert (await yard.relevo("stop", "intake")).code == 0
    assert (await yard.relevo("restore", "intake", str(backups_in(tmp_path / "data")[0]), "--replace")).code == 0
    with yard.writing_to("intake") as database:
        [*_, last] = database["record_checkpoints"].find({"record": "readings"}).sort("_id")
        database["record_checkpoints"].delete_one({"_id": last["_id"]})
        database["readings"].delete_many({"_id": {"$gte": f"{last['first']:012d}"}})
    assert (await yard.relevo("start", "intake")).code == 0
    cut = await yard.relevo("readings", *kept)
    assert (cut.code, "WRONG   intake, readings: segment" in cut.output) == (1, True), cut.output
