"""What the document says of a route is what it does, and a test whose answer it does not say fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import jsonschema_rs
import pytest
from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.answers import EVERY_ROUTE, answers_of, sends
from relevo_chassis.http.catalogue import catalogue_of
from relevo_chassis.http.etag import if_match, if_match_of_any
from relevo_chassis.http.problems import slug_of
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.http.strict import ShortText, Strict
from relevo_chassis.http.tokens import Caller
from relevo_chassis.ids import new_id
from relevo_chassis.languages.preference import Spoken
from relevo_contracts.model import Frozen
from relevo_testkit.answers import Undocumented
from relevo_testkit.callers import caller_with
from relevo_testkit.stand import Stand, stand

NOW = datetime(2019, 9, 12, 12, tzinfo=UTC)
Staff = Annotated[Caller, Depends(caller_with("staff"))]
router = Routes()


class ThingIsFull(Refusal):
    """The thing is full.

    It holds three, and no more.
    """


class NoSuchThing(Refusal):
    """There is no such thing."""

    status = 404


class TooManyAsked(Refusal):
    """Too much was asked for."""

    status = 429


class Size(Frozen):
    """Read back from the store too, where fields may be passed over."""

    metres: int = 1


class Thing(Strict):
    name: ShortText
    sizes: tuple[Size, ...] = ()


@refuses(NoSuchThing)
async def thing_of(id: str) -> str:
    return id


@router.post("/things/{id}", status_code=201)
@refuses(ThingIsFull)
async def fill(id: Annotated[str, Depends(thing_of)], thing: Thing, _: Staff) -> Thing:
    return thing


@router.put("/things/{id}", responses=sends(tag=True))
async def change(id: str, tag: Annotated[str, Depends(if_match)], thing: Thing, _: Staff) -> Thing:
    return thing


@router.patch("/things/{id}")
async def put(id: str, tag: Annotated[str | None, Depends(if_match_of_any)], thing: Thing, _: Staff) -> Thing:
    return thing


@router.get(
    "/things/{id}", response_class=HTMLResponse, responses=sends(tag=True) | sends("text/html", status=404, tag=True)
)
@refuses(NoSuchThing, TooManyAsked)
async def read(id: str, language: Spoken) -> HTMLResponse:
    return HTMLResponse("<p>", headers={"ETag": '"1"'})


class Place(BaseModel):
    """As it is asked for, and as it is answered: answers may grow."""

    model_config = ConfigDict(str_strip_whitespace=True)

    room: Annotated[str, Field(min_length=1)]


class Meeting(BaseModel):
    place: Place
    seats: dict[Annotated[str, Field(pattern="^[a-z]$")], int] = {}


@router.post("/meetings", openapi_extra=NOT_ONCE)
async def meet(meeting: Meeting) -> Place:
    return meeting.place


@router.post("/said/{what}", openapi_extra=NOT_ONCE)
async def say(what: str, request: Request) -> Response:
    """Answers what its document does not say."""
    match what:
        case "refusal":
            raise ThingIsFull()
        case "status":
            return Response(b"1", 201, media_type="application/json")
        case "media":
            return Response("a", media_type="text/plain")
        case "tag":
            return Response(b"1", headers={"ETag": '"1"'}, media_type="application/json")
    return Response(b"1", media_type="application/json")


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([router], NOW) as made:
        yield made


def document_of(at: Stand) -> dict[str, Any]:
    made: dict[str, Any] = at.app.openapi()
    return made


def refused(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The names of all that an operation is said to refuse."""
    found = set()
    for response in operation["responses"].values():
        if "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema = response.get("content", {}).get("application/problem+json", {}).get("schema", {})
        for each in schema.get("oneOf", [schema] if schema else []):
            kind = document["components"]["schemas"][each["$ref"].rpartition("/")[2]]
            assert kind["examples"][0]["type"] == kind["properties"]["type"]["const"]
            assert kind["examples"][0]["status"] == kind["properties"]["status"]["const"]
            found.add(kind["properties"]["type"]["const"].rpartition(":")[2])
    return found


def test_every_refusal_stands_at_its_route_with_type_and_example_whoever_gives_it(at: Stand) -> None:
    document = document_of(at)
    always = {slug_of(kind) for kind in EVERY_ROUTE}
    caller = {"not-authenticated", "not-allowed", "issuer-away"}
    key = {"no-idempotency-key", "once-key-reused"}
    tag = {"no-if-match", "malformed-if-match", "changed-since"}
    things = document["paths"]["/things/{id}"]
    assert refused(document, things["post"]) == always | caller | key | {"thing-is-full", "no-such-thing"}
    assert refused(document, things["put"]) == refused(document, things["patch"]) == always | caller | tag
    assert refused(document, things["get"]) == always | {"no-such-thing", "too-many-asked"}
    assert "default" not in str(things["get"]["responses"].keys())


def test_headers_that_are_asked_for_or_answered_are_told(at: Stand) -> None:
    things = document_of(at)["paths"]["/things/{id}"]
    asked = {
        method: {each["name"]: each["required"] for each in operation["parameters"] if each["in"] == "header"}
        for method, operation in things.items()
    }
    language = {"Accept-Language": False}
    assert asked["post"] == {"Idempotency-Key": True} | language
    assert asked["put"] == {"If-Match": True} | language
    assert asked["patch"] == {"If-Match": False} | language
    assert asked["get"] == {"If-None-Match": False} | language
    assert "ETag" in things["put"]["responses"]["200"]["headers"]
    assert "ETag" in things["get"]["responses"]["304"]["headers"]
    assert "Retry-After" in things["get"]["responses"]["429"]["headers"]


async def test_what_is_sent_is_told_to_have_no_field_that_is_not_known_and_has_none(at: Stand) -> None:
    schemas = document_of(at)["components"]["schemas"]
    assert [schemas[name]["additionalProperties"] for name in ("Thing-Input", "Size-Input")] == [False, False]
    staff = at.tokens.bearer("ana", "staff")
    answer = await at.post("/things/1", {"name": "a", "sizes": [{"metres": 1}, {"meters": 1}]}, headers=staff)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "body.sizes.1.meters")


def test_a_page_is_told_as_what_it_is_and_so_is_the_page_that_says_that_there_is_nothing(at: Stand) -> None:
    answers = document_of(at)["paths"]["/things/{id}"]["get"]["responses"]
    assert list(answers["200"]["content"]) == ["text/html"]
    assert list(answers["404"]["content"]) == ["text/html", "application/problem+json"]


def test_what_several_routes_refuse_alike_stands_once(at: Stand) -> None:
    document = document_of(at)
    assert document["paths"]["/things/{id}"]["post"]["responses"]["413"] == {"$ref": "#/components/responses/413"}
    assert "413" in document["components"]["responses"]


async def test_a_body_is_said_to_be_as_closed_as_it_is_read_and_an_answer_stays_open(at: Stand) -> None:
    document = document_of(at)
    schemas, operation = document["components"]["schemas"], document["paths"]["/meetings"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Meeting"}
    assert operation["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Place"
    }
    assert schemas["Meeting"]["additionalProperties"] is False
    assert schemas["Meeting"]["properties"]["place"] == {"$ref": "#/components/schemas/Place-Input"}
    assert schemas["Meeting"]["properties"]["seats"]["additionalProperties"] is False
    assert schemas["Place-Input"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Place"]
    shut = [{"place": {"room": "A", "other": 1}}, {"place": {"room": " "}}, {"place": {"room": "A"}, "seats": {"1": 1}}]
    fits = jsonschema_rs.validator_for({**schemas["Meeting"], "components": document["components"]}).is_valid
    for body in shut:
        assert not fits(body)
        assert (await at.http.post("/meetings", json=body)).status_code == 422
    assert fits({"place": {"room": "A"}, "seats": {"a": 1}})


@pytest.mark.parametrize(
    ("what", "complaint"),
    [("refusal", "thing-is-full"), ("status", "answers 201"), ("media", "answers text/plain"), ("tag", "an ETag")],
)
async def test_an_answer_that_is_not_documented_fails_the_test_that_got_it(
    at: Stand, what: str, complaint: str
) -> None:
    with pytest.raises(Undocumented, match=complaint):
        await at.http.post(f"/said/{what}")
    assert (await at.http.post("/said/nothing")).status_code == 200


async def test_the_catalogue_has_every_refusal_with_what_it_means_and_who_gives_it(at: Stand) -> None:
    listed = {each["name"]: each for each in (await at.http.get("/problems")).json()["problems"]}
    document = document_of(at)
    refusals = {
        name
        for methods in document["paths"].values()
        for operation in methods.values()
        for name in refused(document, operation)
    }
    assert listed.keys() == refusals
    full = (await at.http.get("/problems/thing-is-full")).json()
    assert full == listed["thing-is-full"]
    assert full["type"] == full["example"]["type"] == "urn:relevo:problem:thing-is-full"
    assert (full["title"], full["meaning"]) == ("The thing is full.", "It holds three, and no more.")
    assert full["given_by"] == ["POST /things/{id}"]
    assert listed["not-well-formed"]["everywhere"]
    assert listed["busy"]["retry_after_seconds"] == 1


async def test_the_catalogue_is_a_page_for_who_comes_with_a_browser(at: Stand) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = await at.http.get("/problems", headers=browser)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<a href="/problems/thing-is-full">' in page.text
    assert "It holds three, and no more." in (await at.http.get("/problems/thing-is-full", headers=browser)).text
    unknown = await at.http.get(f"/problems/{new_id()}", headers=browser)
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (await at.http.get("/problems/nothing")).json()["type"] == "urn:relevo:problem:no-such-problem"


async def test_the_catalogue_says_its_rules_in_the_language_asked_for(at: Stand) -> None:
    spanish = {"Accept-Language": "es"}
    problem = await at.http.get("/problems/not-allowed", headers=spanish)
    assert (problem.headers["content-language"], problem.json()["title"]) == (
        "es",
        "Sus funciones no permiten hacer esto.",
    )
    page = (await at.http.get("/problems", headers={**spanish, "Accept": "text/html"})).text
    assert '<html lang="es">' in page
    assert "Sus funciones no permiten hacer esto." in page


async def test_two_refusals_of_one_name_are_none_that_anybody_could_tell_apart() -> None:
    class ThingIsFull(Refusal):
        """The other thing is full."""

    other = Routes()
    other.get("/others")(refuses(ThingIsFull)(lambda: 1))
    async with stand([router, other], NOW) as both:
        with pytest.raises(ValueError, match="same name"):
            catalogue_of(answers_of(both.app))
