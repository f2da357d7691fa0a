"""Who may do what: asked once, in one place, with the edition of what a path names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import pytest
from fastapi import Depends
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

from relevo_chassis.delivery.change import Change, Decision, Found, Kind, New, Refusal
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.rights import Rights, Task, asked_of
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import Caller, Who
from relevo_chassis.ids import new_id
from relevo_testkit.stand import Stand, stand

HERE, THERE = "a" * 32, "b" * 32
ONE, OTHER, UNKNOWN, OF_NONE = "1" * 32, "2" * 32, "3" * 32, "4" * 32


class Thing(BaseModel):
    edition_id: str | None


class NoSuchThing(Refusal):
    """There is no such thing."""

    status = 404


class Do(Task):
    LOOK = "look"
    CHANGE = "change"


THING = Kind("thing", Thing)
TABLE = {"looker": {Do.LOOK}, "changer": {Do.LOOK, Do.CHANGE}}


class OnlyHere(Rights):
    """What is to come: who may do a thing in one edition alone."""

    def may(self, caller: Caller, task: Task, edition_id: str | None) -> bool:
        return super().may(caller, task, edition_id) and edition_id in (None, HERE)


RIGHTS = OnlyHere(TABLE, {"thing_id": THING})
MayLook = Annotated[Caller, Depends(RIGHTS.who_may(Do.LOOK))]
router = Routes()


@router.get("/things")
async def list_things(_: MayLook) -> str:
    return "all"


@router.get("/editions/{edition_id}/things/{thing_id}")
async def look_in(edition_id: str, thing_id: str, _: MayLook) -> str:
    return thing_id


@router.get("/things/{thing_id}")
@refuses(NoSuchThing)
async def look(thing_id: str, _: MayLook) -> str:
    if thing_id == UNKNOWN:
        raise NoSuchThing()
    return thing_id


class NoCode(Refusal):
    """Send a code or a token, and not both."""

    status = 401


CODE = APIKeyHeader(name="Code", auto_error=False)


@router.get("/mine/{thing_id}")
async def look_at_mine(
    thing_id: str, credential: Annotated[Caller | str, Depends(RIGHTS.code_or_who_may(Do.LOOK, CODE, NoCode))]
) -> str:
    return f"code {credential}" if isinstance(credential, str) else credential.who.subject


@router.get("/tables/{table_id}")
async def look_at_a_table(table_id: str, _: MayLook) -> str:
    return table_id


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([router], datetime(2019, 9, 12, tzinfo=UTC)) as made:
        for id, edition_id in ((ONE, HERE), (OTHER, THERE), (OF_NONE, None)):
            state = New(THING(id), Thing(edition_id=edition_id))

            def decide(_: Found, state: New = state) -> Decision:
                return Decision([state])

            await made.shell.committer.commit(Change([THING(id)], decide, made.clock.now(), new_id()))
        yield made


def caller(*roles: str) -> Caller:
    return Caller(Who("https://issuer.local", "ana"), frozenset(roles))


def test_a_role_may_do_what_its_table_says_and_nothing_else() -> None:
    rights = Rights(TABLE)
    asked = [("looker", Do.LOOK), ("looker", Do.CHANGE), ("changer", Do.CHANGE), ("other", Do.LOOK), ("", Do.LOOK)]
    assert [rights.may(caller(role), task, None) for role, task in asked] == [True, False, True, False, False]
    assert rights.may(caller("other", "looker"), Do.LOOK, HERE)
    assert not rights.may(caller(), Do.LOOK, HERE)
    assert rights.roles_of(Do.LOOK) == {"looker", "changer"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/things", 200),
        (f"/things/{ONE}", 200),
        (f"/things/{OTHER}", 403),
        (f"/things/{OF_NONE}", 200),
        (f"/things/{UNKNOWN}", 404),
        ("/things/no-id-at-all", 200),
        (f"/editions/{HERE}/things/{OTHER}", 200),
        (f"/editions/{THERE}/things/{ONE}", 403),
        (f"/tables/{OTHER}", 200),
    ],
)
async def test_it_is_asked_for_the_edition_of_what_the_path_names(at: Stand, path: str, status: int) -> None:
    assert (await at.http.get(path, headers=at.tokens.bearer("ana", "looker"))).status_code == status


async def test_nothing_is_looked_up_for_somebody_who_may_do_it_nowhere(at: Stand) -> None:
    answers = [
        await at.http.get(f"/things/{id}", headers=at.tokens.bearer("ana", "other")) for id in (ONE, OTHER, UNKNOWN)
    ]
    assert {(each.status_code, each.text) for each in answers} == {(403, answers[0].text)}


async def test_in_place_of_a_token_there_may_be_a_code_and_not_both(at: Stand) -> None:
    may, may_not = at.tokens.bearer("ana", "looker"), at.tokens.bearer("bea", "other")

    async def asked(id: str, headers: dict[str, str]) -> tuple[int, object]:
        answer = await at.http.get(f"/mine/{id}", headers=headers)
        return answer.status_code, answer.json() if answer.is_success else answer.json()["type"].rpartition(":")[2]

    assert await asked(ONE, may) == (200, "ana")
    assert await asked(OTHER, may) == (403, "not-allowed")
    assert await asked(ONE, may_not) == (403, "not-allowed")
    assert await asked(OTHER, {"Code": "abc"}) == (200, "code abc"), "whoever asks judges the code"
    for both_or_neither in ({}, {**may, "Code": "abc"}, {**may_not, "Code": "abc"}):
        assert await asked(ONE, both_or_neither) == (401, "no-code")


def test_a_dependency_says_for_which_task_it_asks() -> None:
    assert asked_of(RIGHTS.code_or_who_may(Do.LOOK, CODE, NoCode)) == (RIGHTS, Do.LOOK)
    assert asked_of(RIGHTS.who_may(Do.CHANGE)) == (RIGHTS, Do.CHANGE)
    assert asked_of(test_a_dependency_says_for_which_task_it_asks) is None
