"""Backups of a stack that runs, and a service put back from one: what operators type, and what they see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from relevo_deploy import textfile
from relevo_deploy.backups.manifest import Manifest, backups_in, read_manifest
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
