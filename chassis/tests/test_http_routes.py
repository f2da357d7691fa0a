"""In which order a route asks for what it needs, and what every resource does by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import pytest
from fastapi import Depends, Request, Response
from fastapi.security import APIKeyHeader

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import if_match
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.http.strict import ShortText, Strict
from relevo_chassis.http.tokens import Caller
from relevo_chassis.ids import new_id
from relevo_testkit.callers import caller_with
from relevo_testkit.stand import Stand, stand

NOW = datetime(2019, 9, 12, 12, tzinfo=UTC)
CODE = APIKeyHeader(name="Code", auto_error=False)
Staff = Annotated[Caller, Depends(caller_with("staff"))]
router = Routes(prefix="/things")


class Thing(Strict):
    name: ShortText


class NoCode(Refusal):
    """Send a code."""

    status = 401


@refuses(NoCode)
async def code(header: Annotated[str | None, Depends(CODE)]) -> str:
    if header is None:
        raise NoCode()
    return header


async def behind(header: Annotated[str, Depends(code)]) -> str:
    return header


@router.post("/{id}", status_code=201)
async def make(id: str, tag: Annotated[str, Depends(if_match)], thing: Thing, _: Staff) -> Thing:
    return thing


@router.put("/{id}")
async def change(id: str, thing: Thing, header: Annotated[str, Depends(behind)]) -> Thing:
    return thing


@router.get("/{id}", responses=sends(tag=True))
async def read(id: str, response: Response) -> Thing:
    response.headers["ETag"] = '"one"'
    return Thing(name=id)


@router.post("/{id}/search", openapi_extra=NOT_ONCE)
async def search(id: str, request: Request) -> int:
    return len(await request.body())


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([router], NOW) as made:
        yield made


async def test_who_calls_is_asked_before_anything_else_and_what_is_missing_one_after_the_other(at: Stand) -> None:
    sent: dict[str, str] = {"Content-Type": "text/plain"}
    body = "{"
    for header, status in (
        ({}, 401),
        (at.tokens.bearer("ana", "other"), 403),
        (at.tokens.bearer("ana", "staff"), 400),
        ({"Idempotency-Key": new_id()}, 428),
        ({"If-Match": '"1"'}, 415),
        ({"Content-Type": "application/json"}, 400),
    ):
        sent |= header
        answer = await at.http.post("/things/1", headers=sent, content=body)
        assert answer.status_code == status, answer.text
    assert (await at.http.post("/things/1", headers=sent, content="{}")).status_code == 422
    assert (await at.http.post("/things/1", headers=sent, content='{"name": "a"}')).status_code == 201


async def test_a_code_in_a_header_comes_first_as_well_however_deep_the_dependency_lies(at: Stand) -> None:
    assert (await at.http.put("/things/1", content="{")).json()["type"] == "urn:relevo:problem:no-code"
    assert (await at.http.put("/things/1", content="{", headers={"Code": "a"})).status_code == 415


async def test_a_caller_is_checked_once_however_often_the_route_asks_for_it(
    at: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearer, seen = at.tokens.bearer("ana", "staff"), list[str]()
    checked = at.tokens.caller

    async def counted(token: str) -> Caller:
        seen.append(token)
        return await checked(token)

    monkeypatch.setattr(at.tokens, "caller", counted)
    headers = {**bearer, "Idempotency-Key": new_id(), "If-Match": '"1"'}
    assert (await at.http.post("/things/1", headers=headers, json={"name": "a"})).status_code == 201
    assert len(seen) == 1


async def test_head_is_get_without_its_body(at: Stand) -> None:
    got, head = await at.http.get("/things/1"), await at.http.head("/things/1")
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(got.headers)
    assert (await at.http.head("/things/1/search")).status_code == 405
    assert (await at.http.head("/nowhere")).status_code == 404
    assert (await at.http.head("/openapi.json")).status_code == 200


@pytest.mark.parametrize(
    ("path", "methods"), [("/things/1", "GET, HEAD, OPTIONS, POST, PUT"), ("/things/1/search", "OPTIONS, POST")]
)
async def test_allow_names_every_method_of_a_path(at: Stand, path: str, methods: str) -> None:
    for method, status in (("DELETE", 405), ("PATCH", 405), ("TRACE", 405), ("BREW", 405), ("OPTIONS", 204)):
        answer = await at.http.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (status, methods)
    assert (await at.http.options("/nowhere")).status_code == 404


@pytest.mark.parametrize("path", ["/things/1/", "/things/1/search/", "//things/1", "/things//search", "/openapi.json/"])
async def test_no_slash_too_many_or_too_few_is_redirected(at: Stand, path: str) -> None:
    assert (await at.http.get(path)).status_code == 404


@pytest.mark.parametrize("known", ['"one"', 'W/"one"', '"two", "one"', '"two",W/"one"', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_whoever_has_the_same_copy_is_told_so(at: Stand, method: str, known: str) -> None:
    answer = await at.http.request(method, "/things/1", headers={"If-None-Match": known})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"one"')
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("known", ['"two"', "one", '"one', ""])
async def test_whoever_has_another_copy_gets_this_one(at: Stand, known: str) -> None:
    answer = await at.http.get("/things/1", headers={"If-None-Match": known})
    assert (answer.status_code, answer.json()) == (200, {"name": "1"})


async def test_if_none_match_is_of_no_concern_where_there_is_no_tag_or_nothing_is_read(at: Stand) -> None:
    known = {"If-None-Match": "*", "Content-Type": "application/json"}
    assert (await at.http.get("/openapi.json", headers=known)).status_code == 200
    assert (await at.http.post("/things/1/search", headers=known, content="{}")).status_code == 200
