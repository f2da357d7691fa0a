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
from relevo_chassis.http.granted import GRANTED, Granted, GrantedThere, account_id_of, on_grant_changed
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.rights import Rights, Task, Within, asked_of
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import Caller, Who
from relevo_chassis.ids import new_id
from relevo_contracts import Envelope
from relevo_contracts.intake import GrantChanged, GrantedRole
from relevo_testkit.stand import PEOPLE_ISSUER, Stand, known_as, stand

HERE, THERE = "a" * 32, "b" * 32
ONE, OTHER, UNKNOWN, OF_NONE = "1" * 32, "2" * 32, "3" * 32, "4" * 32
OF_ONE, OF_OTHER = "5" * 32, "6" * 32


class Thing(BaseModel):
    edition_id: str | None


class NoSuchThing(Refusal):
    """There is no such thing."""

    status = 404


class Do(Task):
    LOOK = "look"
    CHANGE = "change"


THING = Kind("thing", Thing)
TABLE = {"press": {Do.LOOK}, "coordinator": {Do.LOOK, Do.CHANGE}, "operator": {Do.LOOK}}


class Piece(BaseModel):
    thing_id: str


PIECE = Kind("piece", Piece)
RIGHTS = Rights(TABLE, {"thing_id": THING, "piece_id": Within(PIECE, "thing_id", THING)}, GRANTED)
MayLook = Annotated[Caller, Depends(RIGHTS.who_may(Do.LOOK))]
MayLookSomewhere = Annotated[Caller, Depends(RIGHTS.who_may(Do.LOOK, anywhere=True))]
router = Routes()


@router.get("/things")
async def list_things(_: MayLook) -> str:
    return "all"


@router.get("/some-things")
async def list_some(caller: MayLookSomewhere, edition_id: str | None = None) -> list[str] | str:
    editions = RIGHTS.looked_into(caller, Do.LOOK, edition_id)
    return "all" if editions is None else list(editions)


@router.get("/pieces/{piece_id}")
async def look_at_a_piece(piece_id: str, _: MayLook) -> str:
    return piece_id


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
        for id, thing_id in ((OF_ONE, ONE), (OF_OTHER, OTHER)):
            piece = New(PIECE(id), Piece(thing_id=thing_id))

            def cut(_: Found, state: New = piece) -> Decision:
                return Decision([state])

            await made.shell.committer.commit(Change([PIECE(id)], cut, made.clock.now(), new_id()))
        yield made


async def grant(at: Stand, subject: str, edition_id: str, *roles: GrantedRole, sequence: int = 1) -> None:
    """As intake tells it."""
    event = GrantChanged(
        account_id=account_id_of(known_as(subject)), edition_id=edition_id, roles=roles, changed_at=at.clock.now()
    )
    id = new_id()
    envelope = Envelope(id=id, sequence=sequence, time=at.clock.now(), cause_id=id, chain_id=id, event=event)
    await at.shell.committer.commit(on_grant_changed(event, envelope))


def caller(*roles: str) -> Caller:
    return Caller(Who("https://issuer.local", "ana"), frozenset(roles))


def test_a_role_may_do_what_its_table_says_and_nothing_else() -> None:
    rights = Rights(TABLE)
    asked = [("press", Do.LOOK), ("press", Do.CHANGE), ("coordinator", Do.CHANGE), ("other", Do.LOOK), ("", Do.LOOK)]
    assert [rights.may(caller(role), task, None) for role, task in asked] == [True, False, True, False, False]
    assert rights.may(caller("other", "press"), Do.LOOK, HERE)
    assert not rights.may(caller(), Do.LOOK, HERE)
    assert rights.roles_of(Do.LOOK) == {"press", "coordinator", "operator"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/things/{ONE}", 200),
        (f"/pieces/{OF_ONE}", 200),
        (f"/editions/{HERE}/things/{OTHER}", 200),
        ("/some-things", 200),
        (f"/some-things?edition_id={HERE}", 200),
        # of another edition
        (f"/things/{OTHER}", 403),
        (f"/pieces/{OF_OTHER}", 403),
        (f"/editions/{THERE}/things/{ONE}", 403),
        (f"/some-things?edition_id={THERE}", 403),
        # of none, or nothing that there is: for whoever may do it in every edition
        ("/things", 403),
        (f"/things/{OF_NONE}", 403),
        (f"/things/{UNKNOWN}", 403),
        (f"/pieces/{UNKNOWN}", 403),
        ("/things/no-id-at-all", 403),
        (f"/tables/{OTHER}", 403),
    ],
)
async def test_what_was_given_in_one_edition_holds_there_alone(at: Stand, path: str, status: int) -> None:
    await grant(at, "ana", HERE, "press")
    bearer = at.tokens.bearer("ana")
    assert (await at.http.get(path, headers=bearer)).status_code == status
    everywhere = await at.http.get(path, headers=at.tokens.bearer("ana", "press"))
    assert everywhere.status_code == (404 if path == f"/things/{UNKNOWN}" else 200)


async def test_a_list_looks_into_the_editions_in_which_whoever_asks_may_do_it(at: Stand) -> None:
    async def some(*roles: str, of: str = "") -> object:
        return (await at.http.get(f"/some-things{of}", headers=at.tokens.bearer("ana", *roles))).json()

    await grant(at, "ana", HERE, "press")
    assert await some() == [HERE]
    await grant(at, "ana", THERE, "coordinator", sequence=2)
    await grant(at, "ana", new_id(), "reviewer", sequence=3)
    assert await some() == [HERE, THERE]
    assert await some(of=f"?edition_id={THERE}") == [THERE]
    assert await some("press") == "all"
    await grant(at, "ana", HERE, sequence=4)
    assert await some() == [THERE], "what was taken holds no more"


async def test_only_what_may_be_given_is_and_the_latest_word_stands(at: Stand) -> None:
    await grant(at, "ana", HERE, "other", sequence=5)
    await grant(at, "ana", HERE, "press", sequence=4)
    bearer = at.tokens.bearer("ana")
    assert (await at.http.get(f"/things/{ONE}", headers=bearer)).status_code == 403
    state = Granted(
        account_id=account_id_of(known_as("bea")), editions={HERE: GrantedThere(roles=("operator",), sequence=1)}
    )
    assert state.by_edition == {HERE: frozenset()}, "an operator is the provider's to name"


async def test_what_was_given_to_one_account_is_nobody_elses(at: Stand) -> None:
    await grant(at, "ana", HERE, "press")
    others = (at.tokens.bearer("bea"), at.tokens.bearer("ana", issuer=PEOPLE_ISSUER), at.tokens.bearer("Ana"))
    answers = [await at.http.get(f"/things/{ONE}", headers=each) for each in others]
    assert {each.status_code for each in answers} == {403}


async def test_nothing_is_looked_up_for_somebody_who_may_do_it_nowhere(at: Stand) -> None:
    answers = [
        await at.http.get(f"/things/{id}", headers=at.tokens.bearer("ana", "other")) for id in (ONE, OTHER, UNKNOWN)
    ]
    assert {(each.status_code, each.text) for each in answers} == {(403, answers[0].text)}


async def test_in_place_of_a_token_there_may_be_a_code_and_not_both(at: Stand) -> None:
    may, may_not = at.tokens.bearer("ana", "press"), at.tokens.bearer("bea", "other")

    async def asked(id: str, headers: dict[str, str]) -> tuple[int, object]:
        answer = await at.http.get(f"/mine/{id}", headers=headers)
        return answer.status_code, answer.json() if answer.is_success else answer.json()["type"].rpartition(":")[2]

    assert await asked(ONE, may) == (200, "ana")
    assert await asked(ONE, may_not) == (403, "not-allowed")
    assert await asked(OTHER, {"Code": "abc"}) == (200, "code abc"), "whoever asks judges the code"
    for both_or_neither in ({}, {**may, "Code": "abc"}, {**may_not, "Code": "abc"}):
        assert await asked(ONE, both_or_neither) == (401, "no-code")


def test_a_dependency_says_for_which_task_it_asks() -> None:
    assert asked_of(RIGHTS.code_or_who_may(Do.LOOK, CODE, NoCode)) == (RIGHTS, Do.LOOK)
    assert asked_of(RIGHTS.who_may(Do.CHANGE)) == (RIGHTS, Do.CHANGE)
    assert asked_of(test_a_dependency_says_for_which_task_it_asks) is None
