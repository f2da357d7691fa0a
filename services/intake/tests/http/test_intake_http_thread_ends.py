"""What somebody and the secretariat wrote to each other ends 90 days after the certificate, and nothing is added."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from relevo_chassis.delivery.change import Asked, Change
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import KEYS, SEALED, NoLongerKept
from relevo_contracts.intake import PersonDataDestroyed
from relevo_intake.commands import threads
from relevo_intake.commands.threads import AnswerThread, WriteMessage
from relevo_intake.domain.thread import MessageText, NoSuchThread
from relevo_intake.store import ENDING
from relevo_intake.store.people import APPLICATION

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.secretariat import Person, problem
else:
    from services.intake.tests.secretariat import Person, problem


@pytest.fixture
async def ana(call_with: Any) -> AsyncIterator[Person]:
    async with call_with() as call:
        yield Person(call, await call.apply(1), await call.apply(2))


class EndsFirst:
    """Whatever is committed, what is due is done just before."""

    def __init__(self, person: Person) -> None:
        self._call = person.call

    async def commit(self, change: Change[Any]) -> Any:
        await self._call.sweep()
        return await self._call.on.shell.committer.commit(change)


async def test_it_ends_90_days_after_the_certificate_and_nothing_more_is_kept(ana: Person) -> None:
    await ana.certified()
    assert (await ana.writes()).status_code == 201
    await ana.staff("answer")
    person_id = ana.call.on.store.collections["application"][ana.id]["state"]["person_id"]
    ana.clock.at += timedelta(days=89)
    await ana.call.sweep()
    assert len((await ana.own())["messages"]) == 2
    ana.clock.at += timedelta(days=1)
    await ana.call.sweep()
    assert ((await ana.own())["state"], (await ana.own())["messages"]) == ("over", [])
    assert (await ana.mark())["state"] == "over"
    assert problem(await ana.writes()) == (410, "no-longer-kept")
    assert [each["retention_class"] for each in ana.call.events(PersonDataDestroyed)] == ["threads"]
    assert "wrapped" not in ana.call.on.store.collections[KEYS][f"{person_id}/threads"]
    assert [id for id in ana.call.on.store.collections[SEALED] if id.startswith(f"{person_id}/thread")] == []
    assert (await ana.call.ask(f"/applications/{ana.id}/details", **ana.code))["name"].startswith("CANARY")


async def test_what_waits_90_days_after_the_certificate_is_answered_before_it_ends(ana: Person) -> None:
    await ana.certified()
    ana.clock.at += timedelta(days=89)
    await ana.writes()
    ana.clock.at += timedelta(days=2)
    await ana.call.sweep()
    assert (await ana.own())["state"] == "waiting"
    await ana.staff("answer")
    ana.clock.at += timedelta(days=5)
    await ana.call.sweep()
    assert (await ana.own())["state"] == "over"


async def test_whoever_never_wrote_begins_no_thread_90_days_after_the_certificate(ana: Person) -> None:
    await ana.certified()
    ana.clock.at = datetime(2020, 6, 1, tzinfo=UTC)
    await ana.call.sweep()
    assert (await ana.own())["state"] == "over"
    assert problem(await ana.writes()) == (410, "no-longer-kept")


async def test_what_waits_and_can_be_read_no_more_is_over_too(ana: Person) -> None:
    """As after a restore from before it ended."""
    await ana.certified()
    await ana.writes()
    at, person_id = ana.call.on.shell, ana.call.on.store.collections["thread"][ana.id]["state"]["person_id"]
    ana.clock.at += timedelta(days=90)
    await ENDING.destroy(at.store, at.committer, person_id, "threads", Asked("intake", ana.clock.at, new_id()))
    assert (await ana.own())["messages"][0]["content"] is None
    await ana.call.sweep()
    assert (await ana.own())["state"] == "over"
    assert (await ana.listed())["total"] == 0


async def test_what_ends_at_the_same_moment_takes_nothing_more_in(ana: Person) -> None:
    await ana.certified()
    await ana.writes()
    await ana.staff("answer")
    ana.clock.at += timedelta(days=90)
    own = await ana.call.on.store.state(APPLICATION(ana.id))
    office, text = replace(ana.call.office, commits=EndsFirst(ana)), MessageText(language="es", text="Tarde")
    asked = Asked("issuer|carla", ana.clock.now(), new_id())
    with pytest.raises(NoLongerKept):
        await threads.write_message(office, WriteMessage(own, text), asked)
    with pytest.raises(NoSuchThread):
        await threads.answer_thread(office, AnswerThread(ana.id, 2, text), asked)
    assert (await ana.own())["messages"] == []
