"""A selection is computed beside everything else: how far it has come, how it is given up, what is left of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from relevo_chassis.delivery.change import Asked
from relevo_chassis.ids import new_id
from relevo_intake.commands.readings import by_the_service
from relevo_intake.commands.selections import proposing
from relevo_intake.commands.selections.applying import NotifyOthers, notify_others
from relevo_intake.commands.selections.computing import ProposeSelection, compute_selection, selection_id_of
from relevo_intake.commands.selections.running import give_up_interrupted
from relevo_intake.commands.selections.under_way import UnderWay
from relevo_intake.domain.selection.deciding import Candidate
from relevo_intake.domain.selection.proposal import SelectionWasGivenUp
from relevo_intake.domain.selection.rules import SelectionRules, terms_of
from relevo_intake.solver import process
from relevo_intake.solver.process import NotDecided
from relevo_intake.store.choosing import OUTCOMES
from relevo_testkit.stand import known_as
from relevo_testkit.waiting import until

Choosing = Any
UNTIL = {"refill_until": "2019-12-08T00:00:00Z"}


async def reviewed(choosing: Choosing) -> str:
    """The path under which selections of a call that is ready for them are proposed."""
    await choosing.review_all()
    await choosing.close()
    return f"/calls/{choosing.call_id}/selections"


def computing(choosing: Choosing, turn: asyncio.Semaphore) -> tuple[asyncio.Task[Any], str]:
    """A selection that waits for its turn once it has begun, and its id."""
    asked = Asked(known_as("coo"), choosing.on.clock.at, new_id())
    office = replace(choosing.office, under_way=UnderWay(turn))
    work = compute_selection(office, ProposeSelection(choosing.call_id), asked)
    return asyncio.create_task(work), selection_id_of(asked)


async def begun(choosing: Choosing, selection_id: str) -> Any:
    await until(lambda: selection_id in choosing.on.store.collections["selection"], 5)
    return await choosing.ask(f"/selections/{selection_id}")


def rows(choosing: Choosing, selection_id: str) -> int:
    return sum(1 for id in choosing.on.store.collections[OUTCOMES] if id.startswith(selection_id))


async def test_what_takes_long_is_answered_with_where_to_look_and_comes_to_its_end(
    choosing: Choosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await reviewed(choosing)
    monkeypatch.setattr(proposing, "PATIENCE_SECONDS", 0)
    key = new_id()
    early = await choosing.on.post(path, {}, key=key, headers=choosing.coordinator)
    assert (early.status_code, early.json()["state"], early.json()["status"]) == (202, "computing", None)
    where = early.headers["location"]

    async def proposed() -> bool:
        return bool((await choosing.ask(where))["state"] == "proposed")

    await until(proposed, 10)
    again = await choosing.on.post(path, {}, key=key, headers=choosing.coordinator)
    assert (again.status_code, again.headers["location"]) == (201, where)
    assert again.json()["selection_id"] == early.json()["selection_id"]
    assert (await choosing.post(f"{where}/apply", UNTIL))["state"] == "applied"


async def test_the_same_request_twice_at_once_is_computed_once_and_answered_alike(choosing: Choosing) -> None:
    path, key = await reviewed(choosing), new_id()
    both = await asyncio.gather(*(choosing.on.post(path, {}, key=key, headers=choosing.coordinator) for _ in range(2)))
    assert [each.status_code for each in both] == [201, 201]
    assert both[0].content == both[1].content
    assert len(choosing.on.store.collections["selection"]) == 1


async def test_a_selection_is_given_up_while_it_is_computed_and_nothing_of_it_counts(choosing: Choosing) -> None:
    path = await reviewed(choosing)
    task, selection_id = computing(choosing, asyncio.Semaphore(0))
    seen = await begun(choosing, selection_id)
    assert (seen["state"], seen["considered"], seen["changed_since"]) == ("computing", 0, {})
    other = await choosing.on.post(path, {}, headers=choosing.coordinator)
    assert other.json()["type"] == "urn:relevo:problem:selection-is-being-computed"
    for refused in (
        await choosing.on.post(f"/selections/{selection_id}/apply", UNTIL, headers=choosing.coordinator),
        await choosing.on.http.get(f"/selections/{selection_id}/outcomes", headers=choosing.coordinator),
        await choosing.on.http.get(f"/selections/{selection_id}/reproduction", headers=choosing.coordinator),
    ):
        assert refused.status_code in (404, 409)
    given_up = await choosing.post(f"/selections/{selection_id}/give-up")
    assert (given_up["state"], given_up["given_up_because"]) == ("given_up", "asked")
    with pytest.raises(SelectionWasGivenUp):
        await asyncio.wait_for(task, 5)
    assert rows(choosing, selection_id) == 0
    assert (await choosing.post(path, {}))["state"] == "proposed"


async def test_what_has_been_computed_cannot_be_given_up(choosing: Choosing) -> None:
    proposed = await choosing.post(await reviewed(choosing), {})
    late = await choosing.on.post(f"/selections/{proposed['selection_id']}/give-up", headers=choosing.coordinator)
    assert late.json()["type"] == "urn:relevo:problem:selection-is-not-being-computed"


async def test_a_selection_whose_process_ended_is_given_up_by_another_and_can_be_proposed_again(
    choosing: Choosing,
) -> None:
    path, office = await reviewed(choosing), choosing.office
    task, selection_id = computing(choosing, asyncio.Semaphore(0))
    await begun(choosing, selection_id)
    assert await give_up_interrupted(office, choosing.on.clock.at) == 0, "it is being computed"
    task.cancel()
    await asyncio.wait({task})
    assert await give_up_interrupted(office, choosing.on.clock.at) == 1
    seen = await choosing.ask(f"/selections/{selection_id}")
    assert (seen["state"], seen["given_up_because"]) == ("given_up", "interrupted")
    assert (await choosing.post(path, {}))["state"] == "proposed"


async def test_a_selection_that_does_not_fit_or_takes_too_long_is_given_up_with_its_reason(
    choosing: Choosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await reviewed(choosing)
    monkeypatch.setattr(process, "MOST_SECONDS", 0)
    slow = await choosing.on.post(path, {}, headers=choosing.coordinator)
    assert (slow.status_code, slow.json()["type"]) == (503, "urn:relevo:problem:selection-took-too-long")
    (record,) = choosing.on.store.collections["selection"].values()
    assert (record["state"]["state"], record["state"]["given_up_because"]) == ("given_up", "took_too_long")


async def test_the_process_that_decides_says_when_it_has_too_little_memory() -> None:
    rules = SelectionRules(seats=10, waitlist=5, seed="seed")
    people = [Candidate("p", f"{at:032x}", at % 100, "PE", (), "s" * 32) for at in range(2_000)]

    async def decided() -> None:
        async with process.solver_process(most_bytes=300 * 2**20) as deciding:
            for _ in range(150):
                await deciding.send(people)
            await deciding.conclusion(terms_of(rules))

    with pytest.raises(NotDecided) as broken:
        await decided()
    assert broken.value.why == "too_large"


async def test_the_outcomes_of_a_selection_are_paged_in_the_order_of_what_was_decided(choosing: Choosing) -> None:
    proposed = await choosing.post(await reviewed(choosing), {})
    assert "outcomes" not in proposed
    found = await choosing.outcomes(proposed)
    assert [each["decided"] for each in found] == ["offered"] * 6 + ["waitlisted"] * 6 + ["turned_down"] * 12
    assert sorted(each["place"] for each in found) == list(range(1, 25))
    waiting = await choosing.ask(f"/selections/{proposed['selection_id']}/outcomes?decided=waitlisted&limit=4")
    assert [each["rank"] for each in waiting["items"]] == [1, 2, 3, 4]
    rest = await choosing.ask(
        f"/selections/{proposed['selection_id']}/outcomes?decided=waitlisted&limit=4&after={waiting['next']}"
    )
    assert ([each["rank"] for each in rest["items"]], rest["next"]) == ([5, 6], None)


async def test_everybody_without_a_seat_is_written_to_once_however_often_telling_is_taken_up_again(
    choosing: Choosing,
) -> None:
    await reviewed(choosing)
    selection = await choosing.selected()
    state = choosing.on.store.collections["selection"][selection["selection_id"]]["state"]
    assert state["told"] == 18
    state["told"] = 3  # as if whoever told them had died, and the rest had not been written
    for _ in range(2):
        await notify_others(
            choosing.office, NotifyOthers(selection["selection_id"]), by_the_service(choosing.on.clock.at)
        )
    letters = Counter(row["kind"] for row in choosing.on.store.collections["letters"].values())
    assert (letters["waitlisted"], letters["turned_down"]) == (6, 12)
