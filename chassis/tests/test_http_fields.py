"""Fields of a request are what their type says and nothing that looks alike; what is wrong has a place and a code."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import pytest
from fastapi import Depends, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, Field, model_validator

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.answers import sends
from relevo_chassis.http.fields import REASONS
from relevo_chassis.http.paging import Limit
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.http.strict import Name, ShortText, Strict
from relevo_chassis.ids import new_id
from relevo_chassis.wrong import FieldsRefused, Wrong, WrongField
from relevo_testkit.callers import caller_with
from relevo_testkit.stand import Stand, stand

NOW = datetime(2019, 9, 12, 12, tzinfo=UTC)
Kind = Literal["talk", "walk"]
router = Routes()


class Place(Strict):
    room: Name
    seats: Annotated[int, Field(ge=1, le=60)]


class Meeting(Strict):
    agreed: Literal[True] = True
    open: bool = True
    minutes: Annotated[int, Field(ge=0, le=720)] = 90
    share: float = 0.5
    starts_at: AwareDatetime = NOW
    held_on: date = NOW.date()
    until: AwareDatetime | None = None
    kind: Kind = "talk"
    names: Annotated[tuple[ShortText, ...], Field(max_length=2)] = ()
    hosts: Annotated[tuple[Name, ...], Field(min_length=1)] = ("Ana",)
    titles: dict[Kind, Name] = Field(default_factory=dict)
    place: Place | None = None
    code: Annotated[str, Field(pattern="^[a-z]{4}$", max_length=6)] = "aaaa"

    @model_validator(mode="after")
    def _in_order(self) -> Meeting:
        if self.until is not None and self.until <= self.starts_at:
            raise Wrong("times_not_in_order", "ends at {latest} o'clock at most", latest=22)
        return self


class RoomIsFull(FieldsRefused):
    """Choose another room."""


@router.post("/meetings", openapi_extra=NOT_ONCE)
@refuses(RoomIsFull)
async def meet(meeting: Meeting) -> Meeting:
    if meeting.place is not None and meeting.place.room == "Blue":
        raise RoomIsFull([WrongField("place.room", "taken", "is taken until {hour}", {"hour": 14})], hour=14)
    return meeting


@router.post("/lists", openapi_extra=NOT_ONCE)
async def meet_often(meetings: list[Meeting]) -> int:
    return len(meetings)


class NoSuchMeeting(Refusal):
    """There is no such meeting."""

    status = 404


async def present(number: int) -> int:
    raise NoSuchMeeting()


@router.put("/meetings/{number}", dependencies=[Depends(present)])
async def change(number: int, by: Kind, meeting: Meeting, limit: Limit = 1) -> Meeting:
    return meeting


@router.delete("/meetings/{number}")
async def remove(number: int) -> int:
    return number


@router.get("/meetings/{number}")
async def read(
    number: int,
    limit: Limit = 50,
    open: bool | None = None,
    since: Annotated[AwareDatetime | None, Query()] = None,
    on: date | None = None,
    kind: Kind | None = None,
) -> dict[str, Any]:
    return {"number": number, "limit": limit, "open": open, "since": since, "on": on, "kind": kind}


@router.get("/page", response_class=HTMLResponse)
async def page(lang: Kind = "talk") -> str:
    return lang


@router.get("/paper", response_class=Response, responses=sends("application/pdf"))
async def paper(lang: Kind = "talk") -> Response:
    return Response(lang, media_type="application/pdf")


@router.get(
    "/own-paper",
    response_class=Response,
    responses=sends("application/pdf"),
    dependencies=[Depends(caller_with("staff"))],
)
async def own_paper(lang: Kind = "talk") -> Response:
    return Response(lang, media_type="application/pdf")


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([router], NOW) as made:
        yield made


async def wrong_in(at: Stand, content: Any, path: str = "/meetings") -> list[tuple[str, str]]:
    """Where the fields are that are wrong, with the code of each."""
    answer = await at.http.post(path, json=content)
    if answer.status_code == 200:
        return []
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["type"] == "urn:relevo:problem:not-well-formed"
    assert all(each.keys() == {"where", "code", "reason"} and each["reason"] for each in problem["errors"])
    return [(each["where"], each["code"]) for each in problem["errors"]]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("agreed", 1, "not_one_of"),
        ("agreed", "true", "not_one_of"),
        ("agreed", False, "not_one_of"),
        ("open", 1, "not_a_boolean"),
        ("open", "yes", "not_a_boolean"),
        ("open", None, "not_a_boolean"),
        ("minutes", True, "not_an_integer"),
        ("minutes", "3", "not_an_integer"),
        ("minutes", 3.0, "not_an_integer"),
        ("minutes", -1, "too_small"),
        ("minutes", 721, "too_large"),
        ("share", True, "not_a_number"),
        ("share", "0.5", "not_a_number"),
        ("starts_at", 1_700_000_000, "not_an_instant"),
        ("starts_at", "1700000000", "not_an_instant"),
        ("starts_at", "2019-12-10", "not_an_instant"),
        ("starts_at", "2019-12-10T09:00:00", "not_an_instant"),
        ("starts_at", "2019-12-10 09:00:00Z", "not_an_instant"),
        ("starts_at", "2019-12-10T09:00Z", "not_an_instant"),
        ("starts_at", "2019-13-10T09:00:00Z", "not_an_instant"),
        ("until", 0, "not_an_instant"),
        ("held_on", 0, "not_a_day"),
        ("held_on", "0", "not_a_day"),
        ("held_on", "2019-12-10T00:00:00Z", "not_a_day"),
        ("held_on", "2019-02-30", "not_a_day"),
        ("kind", "Talk", "not_one_of"),
        ("kind", 1, "not_one_of"),
        ("names", "ab", "not_a_list"),
        ("names", {"a": 1}, "not_a_list"),
        ("names", ["a", "b", "c"], "too_many"),
        ("names.0", [7], "not_a_text"),
        ("names.1", ["a", ""], "too_short"),
        ("names.1", ["a", "b" * 201], "too_long"),
        ("names.0", ["a\nb"], "not_one_line"),
        ("hosts", [], "too_few"),
        ("hosts.0", [3], "not_a_text"),
        ("titles", [], "not_an_object"),
        ("titles.talk", {"talk": "1789"}, "no_letter"),
        ("place", "Blue", "not_an_object"),
        ("place.seats", {"room": "Red", "seats": True}, "not_an_integer"),
        ("place.seats", {"room": "Red"}, "missing"),
        ("place.bed", {"room": "Red", "seats": 1, "bed": 1}, "unknown"),
        ("code", "AAAA", "not_of_the_form"),
        ("code", 4, "not_a_text"),
        ("more", 1, "unknown"),
    ],
)
async def test_a_field_that_is_not_of_its_type_is_refused_at_its_place_by_a_code(
    at: Stand, field: str, value: object, code: str
) -> None:
    body = {field.partition(".")[0]: value}
    assert await wrong_in(at, body) == [(f"body.{field}", code)]
    assert await wrong_in(at, [{}, body], "/lists") == [(f"body.1.{field}", code)]


@pytest.mark.parametrize(
    "body",
    [
        {"agreed": True, "open": False, "minutes": 0, "share": 1},
        {"starts_at": "2019-12-10T09:00:00.5-05:00", "held_on": "2020-02-29"},
        {"starts_at": "2019-12-10t09:00:00z", "until": None},
        {"names": [" a ", "b"], "titles": {"walk": "Up"}, "place": {"room": "Red", "seats": 60}},
    ],
)
async def test_what_is_of_its_type_is_taken(at: Stand, body: object) -> None:
    assert await wrong_in(at, body) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=3.0", "not_an_integer"),
        ("limit=%2B3", "not_an_integer"),
        ("limit=03", "not_an_integer"),
        ("limit=1_0", "not_an_integer"),
        ("limit=true", "not_an_integer"),
        ("limit=", "not_an_integer"),
        ("limit=201", "too_large"),
        ("open=1", "not_a_boolean"),
        ("open=True", "not_a_boolean"),
        ("open=on", "not_a_boolean"),
        ("since=1568289600", "not_an_instant"),
        ("since=0", "not_an_instant"),
        ("since=2019-09-12", "not_an_instant"),
        ("on=0", "not_a_day"),
        ("on=2019-09-12T00:00:00Z", "not_a_day"),
        ("kind=", "not_one_of"),
        ("kind=TALK", "not_one_of"),
        ("state=open", "unknown"),
        ("Limit=3", "unknown"),
        ("limit%20=3", "unknown"),
        ("state", "unknown"),
    ],
)
async def test_a_query_parameter_that_is_not_known_or_not_of_its_type_is_refused(
    at: Stand, query: str, code: str
) -> None:
    answer = await at.http.get(f"/meetings/1?{query}")
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    named = query.partition("=")[0]
    assert error["where"] == f"query.{named if named.islower() and named.isalpha() else '?'}"
    assert error["code"] == code


async def test_query_parameters_of_their_type_are_taken(at: Stand) -> None:
    query = "limit=7&open=false&since=2019-09-12T12:00:00-05:00&on=2019-09-12&kind=walk"
    answer = await at.http.get(f"/meetings/1?{query}")
    assert answer.status_code == 200
    assert (answer.json()["limit"], answer.json()["open"], answer.json()["kind"]) == (7, False, "walk")


@pytest.mark.parametrize("number", ["01", "1.0", "+1", "1_0", "one", "%201", "9" * 25])
async def test_a_part_of_a_path_is_of_its_type(at: Stand, number: str) -> None:
    answer = await at.http.get(f"/meetings/{number}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_an_integer")
    assert answer.json()["errors"][0]["where"] == "path.number"


@pytest.mark.parametrize("path", ["/page", "/paper"])
async def test_what_people_pass_on_bears_what_others_add_to_its_address_and_knows_its_own(at: Stand, path: str) -> None:
    assert (await at.http.get(f"{path}?lang=walk&fbclid=x")).text == "walk"
    assert (await at.http.get(f"{path}?lang=run")).status_code == 422


async def test_a_paper_for_who_is_known_bears_nothing_that_others_add(at: Stand) -> None:
    staff = at.tokens.bearer("ana", "staff")
    assert (await at.http.get("/own-paper?lang=walk", headers=staff)).text == "walk"
    assert (await at.http.get("/own-paper?lan=walk", headers=staff)).status_code == 422


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'"a"', b"0"])
async def test_a_body_that_is_none_is_told_before_anything_is_looked_up(at: Stand, content: bytes) -> None:
    answer = await at.http.put("/meetings/1?by=walk", content=content, headers={"Content-Type": "application/json"})
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["where"]) == (422, "body")
    assert error["code"] == ("not_an_object" if content else "missing")


@pytest.mark.parametrize(
    ("content", "where"), [(b"{}", []), (b"null", []), (b'{"at": 1, "b": 2}', ["body.at", "body.b"]), (b"[]", ["body"])]
)
async def test_a_body_where_none_is_taken_is_refused(at: Stand, content: bytes, where: list[str]) -> None:
    answer = await at.http.request(
        "DELETE", "/meetings/1", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == (422 if where else 200), answer.text
    errors = answer.json()["errors"] if where else []
    assert [(each["where"], each["code"]) for each in errors] == [(each, "unknown") for each in where]


async def test_every_wrong_field_is_named_at_once_wherever_it_is(at: Stand) -> None:
    assert await wrong_in(at, {"open": 1, "minutes": "3", "held_on": 0, "place": {"seats": 0}}) == [
        ("body.open", "not_a_boolean"),
        ("body.minutes", "not_an_integer"),
        ("body.held_on", "not_a_day"),
        ("body.place.room", "missing"),
        ("body.place.seats", "too_small"),
    ]
    answer = await at.http.put("/meetings/one?limit=0&a=1", json={"open": 1})
    assert [(each["where"], each["code"]) for each in answer.json()["errors"]] == [
        ("path.number", "not_an_integer"),
        ("query.by", "missing"),
        ("query.limit", "too_small"),
        ("query.a", "unknown"),
        ("body.open", "not_a_boolean"),
    ]


async def test_a_refusal_of_the_domain_has_the_same_shape_under_its_own_type(at: Stand) -> None:
    answer = await at.http.post("/meetings", json={"place": {"room": "Blue", "seats": 1}})
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "type": "urn:relevo:problem:room-is-full",
            "title": "Choose another room.",
            "status": 422,
            "detail": "Choose another room.",
            "hour": 14,
            "errors": [{"where": "body.place.room", "code": "taken", "reason": "is taken until 14"}],
        },
    )


async def test_words_are_made_of_a_template_and_facts_and_never_of_what_was_sent(at: Stand) -> None:
    for body, reason in (
        ({"until": "2019-09-12T11:00:00Z"}, "ends at 22 o'clock at most"),
        ({"minutes": 721}, "is larger than 720"),
        ({"names": ["a"] * 3}, "has more than 2 items"),
        ({"kind": "{canary}"}, "is not one of 'talk' or 'walk'"),
        ({"code": "canary{0}"}, "has more than 6 characters"),
    ):
        answer = await at.http.post("/meetings", json=body)
        assert answer.json()["errors"][0]["reason"] == reason
        assert "canary" not in answer.text


async def test_a_body_of_thousands_of_wrong_fields_is_answered_with_the_first_fifty(at: Stand) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": new_id()}
    content = json.dumps([{"open": 1}] * 4_000)
    answer = await at.http.post("/lists", content=content, headers=headers)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 50)


def test_a_code_has_words_of_which_each_fact_is_named() -> None:
    facts = dict.fromkeys(("expected", "min_length", "max_length", "least", "most"), 1)
    assert all(words.format_map(facts) for words in REASONS.values())
