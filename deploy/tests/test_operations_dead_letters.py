"""Dead letters on real servers: said, tried again when mended, given up one by one or by their code."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from relevo_testkit.movers import id_of
from relevo_testkit.waiting import until

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.yard import Yard, opened
else:
    from deploy.tests.yard import Yard, opened

DURABLE = "scheduling_intake"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    async with opened(tmp_path_factory.mktemp("letters") / "stack") as yard:
        yield yard


async def test_dead_letters_are_said_retried_when_mended_and_hold_nobody_else(yard: Yard) -> None:
    yard.poison.write_text(id_of(3))
    await yard.publish(3, 3)
    await yard.publish(4)
    await until(yard.hears(4, 1))

    async def is_parked() -> bool:
        return len(await yard.dead_letters()) == 3

    await until(is_parked)
    status, verified = await yard.relevo("status"), await yard.relevo("verify")
    assert (status.code, verified.code) == (1, 1)
    assert f"{DURABLE}: 3 events were set aside" in status.output
    assert f"relevo dead-letters list --durable {DURABLE}" in status.output
    assert f"participant/{id_of(3)} 1 (poisoned)" in verified.output
    assert "relevo dead-letters retry" in verified.output
    listed = await yard.relevo("dead-letters", "list")
    assert (listed.code, listed.output.count("poisoned: it is")) == (0, 3)
    first, second, _ = sorted(await yard.dead_letters(), key=lambda each: int(each["sequence"]))
    assert json.loads((await yard.relevo("dead-letters", "show", first["id"])).output) == first
    still = await yard.relevo("dead-letters", "retry", "--all")
    assert (still.code, "it stays" in still.output) == (1, True)
    early = await yard.relevo("dead-letters", "retry", second["id"])
    assert (early.code, f"begin with: relevo dead-letters retry {first['id']}" in early.output) == (1, True)
    yard.poison.unlink()
    mended = await yard.relevo("dead-letters", "retry", "--all", "--durable", DURABLE)
    assert (mended.code, "3 took effect" in mended.output) == (0, True)
    assert await yard.heard(3) == 3
    await yard.green()


async def test_a_dropped_event_never_takes_effect_and_is_written_down(yard: Yard) -> None:
    yard.poison.write_text(id_of(5))
    await yard.publish(5)

    async def is_parked() -> bool:
        return len(await yard.dead_letters()) == 1

    await until(is_parked)
    yard.poison.unlink()
    [letter] = await yard.dead_letters()
    unsure = await yard.relevo("dead-letters", "drop", letter["id"])
    assert (unsure.code, "--yes" in unsure.errors) == (2, True)
    assert (await yard.relevo("dead-letters", "drop", letter["id"], "--yes")).code == 0
    gone = await yard.relevo("dead-letters", "drop", letter["id"], "--yes")
    assert (gone.code, "nothing is set aside" in gone.errors) == (2, True)
    await yard.green()
    assert await yard.heard(5) == 0
    last = (yard.stack.place.logs / "operations.log").read_text().splitlines()[-1]
    assert json.loads(last)["did"] == "dropped a dead letter"
    log = (yard.stack.place.logs / "scheduling.log").read_text()
    assert "an operator drops a parked event" in log
    [dropped] = [json.loads(line) for line in log.splitlines() if '"parked_dropped"' in line]
    assert (dropped["parked_id"], dropped["event_id"]) == (letter["id"], letter["event_id"])


async def test_all_of_one_code_are_dropped_and_what_waits_behind_is_retried(yard: Yard) -> None:
    yard.poison.write_text(f"{id_of(20)} {id_of(21)}")
    await yard.publish(20, 2)
    await yard.publish(21)

    async def are_parked() -> bool:
        return len(await yard.dead_letters()) == 3

    await until(are_parked)
    for words, says in (
        (("drop", "--all", "--yes"), "--code CODE"),
        (("drop", "--all", "--code", "poisoned"), "3 of code poisoned would be dropped"),
        (("drop", "--yes"), "name one by its id"),
        (("retry", "f" * 32, "--code", "poisoned"), "name one by its id"),
    ):
        refused = await yard.relevo("dead-letters", *words)
        assert (refused.code, says in refused.errors) == (2, True), refused
    other = await yard.relevo("dead-letters", "retry", "--all", "--code", "handler_failed")
    assert (other.code, other.output) == (0, "no dead letters\n")
    assert len(await yard.dead_letters()) == 3
    assert (await yard.relevo("dead-letters", "list", "--code", "behind")).output == "no dead letters\n"
    dropped = await yard.relevo("dead-letters", "drop", "--all", "--code", "poisoned", "--yes")
    assert (dropped.code, "3 of 3 dropped" in dropped.output) == (0, True), dropped
    yard.poison.unlink()
    await yard.publish(20)
    await until(yard.hears(20, 1))
    assert await yard.heard(21) == 0
    await yard.green()


async def test_a_read_model_that_is_rebuilt_takes_what_was_dropped_once_it_can_be_taken(yard: Yard) -> None:
    assert await yard.heard(5) == 0
    rebuilt = await yard.relevo("rebuild", "scheduling", "heard", "--settle", "1")
    assert rebuilt.code == 0, rebuilt.errors
    assert await yard.heard(5) == 1
