import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.types import Message, Scope

from relevo_chassis.http import body as guard
from relevo_chassis.http.body import MEBIBYTE, NotSoundJson, check_json
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.strict import LongText, ShortText, Strict
from relevo_chassis.ids import new_id
from relevo_testkit.stand import Stand, stand

NOW = datetime(2019, 9, 12, 12, tzinfo=UTC)
router = Routes()


class Letter(Strict):
    name: ShortText
    text: LongText = "-"
    age: int = 0


@router.post("/letters")
async def post(letter: Letter) -> Letter:
    return letter


@router.get("/letters")
async def get(limit: int = 1) -> int:
    return limit


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([router], NOW) as made:
        yield made


async def send(at: Stand, content: bytes | str, **headers: str) -> Any:
    sent = {"Idempotency-Key": new_id(), "Content-Type": "application/json", **headers}
    return await at.http.post("/letters", content=content, headers=sent)


@pytest.mark.parametrize(
    "content",
    [
        b'{"name": "a", "name": "b"}',
        b'{"name": NaN}',
        b'{"name": "a", "age": Infinity}',
        b'{"name": "a", "age": 1e999}',
        b'{"name": "a", "age": 9223372036854775808}',
        b'{"name": "a", "age": ' + b"9" * 5000 + b"}",
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"name": "\xff\xfe"}',
        b'{"$ne": 1}',
        b'{"name": {"a.b": 1}}',
        b"[" * 10_000 + b"]" * 10_000,
        b"[" * 500_000,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"\xef\xbb\xbf{}",
        '{"name": "a"}'.encode("utf-16"),
        b"{",
        b"name=a",
    ],
)
async def test_unsound_json_is_refused_before_any_route(at: Stand, content: bytes) -> None:
    response = await send(at, content)
    assert response.status_code == 400, response.text
    assert response.json()["type"] == "urn:relevo:problem:not-sound-json"
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "content", [b"null", b"[]", b"3", b'"a"', b'{"name": ["a"]}', b'{"name": "a", "more": 1}', b""]
)
async def test_sound_json_of_the_wrong_shape_is_a_validation_problem(at: Stand, content: bytes) -> None:
    response = await send(at, content)
    assert response.status_code == 422
    assert response.json()["type"] == "urn:relevo:problem:not-well-formed"


@pytest.mark.parametrize(
    "name",
    [
        "a\u202eb",
        "\u2066x",
        "a\nb",
        "a\u0007b",
        "\u2028",
        "",
        "  ",
        "x" * 201,
        "a\u200fb",
        "\x1b[31m",
        "a\r\nSet-Cookie: b",
    ],
)
async def test_short_texts_refuse_controls_and_direction_overrides(at: Stand, name: str) -> None:
    response = await send(at, json.dumps({"name": name}))
    assert response.status_code in (400, 422)


async def test_texts_are_brought_to_the_normal_form_c(at: Stand) -> None:
    response = await send(at, json.dumps({"name": "Jose\u0301 ", "text": "um\r\ndois"}))
    assert response.json() == {"name": "José", "text": "um\ndois", "age": 0}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
async def test_another_content_type_is_refused(at: Stand, content_type: str) -> None:
    assert (await send(at, b'{"name": "a"}', **{"Content-Type": content_type})).status_code == 415


async def test_json_with_its_charset_is_taken(at: Stand) -> None:
    sent = await send(at, b'{"name": "a"}', **{"Content-Type": 'Application/JSON; charset="UTF-8"'})
    assert sent.status_code == 200


async def test_a_body_over_the_limit_is_refused_announced_or_not(at: Stand) -> None:
    large = b'{"name": "' + b"x" * MEBIBYTE + b'"}'
    assert (await send(at, large)).status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    headers = {"Idempotency-Key": new_id(), "Content-Type": "application/json"}
    assert (await at.http.post("/letters", content=pieces(), headers=headers)).status_code == 413


async def test_validation_problems_name_fields_and_never_what_was_sent(at: Stand) -> None:
    secret = "Berta-Canary"
    content = {"name": [secret], "age": secret, secret: 1, "text": secret * 2000}
    response = await send(at, json.dumps(content))
    assert response.status_code == 422
    assert secret not in response.text
    assert secret not in at.logged.getvalue()
    assert {error["where"] for error in response.json()["errors"]} == {"body.name", "body.age", "body.?", "body.text"}


@pytest.mark.parametrize(
    "headers",
    [
        [("content-length", "5"), ("transfer-encoding", "chunked")],
        [("content-length", "5"), ("content-length", "6")],
        [("content-type", "application/json"), ("content-type", "text/plain")],
        [("authorization", "Bearer a"), ("authorization", "Bearer b")],
        [("content-length", "+5"), ("content-type", "application/json")],
    ],
)
async def test_requests_that_can_be_read_in_two_ways_are_refused(at: Stand, headers: list[tuple[str, str]]) -> None:
    sent = [(name.encode(), value.encode()) for name, value in headers]
    answers = await raw(at, sent, [{"type": "http.request", "body": b"hello"}])
    assert answers[0]["status"] == 400


async def test_a_query_parameter_that_comes_twice_is_refused(at: Stand) -> None:
    assert (await at.http.get("/letters?limit=1&limit=2")).status_code == 400


SENT = [(b"content-length", b"20"), (b"content-type", b"application/json")]


async def test_a_body_that_does_not_arrive_is_given_up_with_its_connection(
    at: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "ARRIVAL_SECONDS", 0.01)
    [start, _] = await raw(at, SENT, [{"type": "http.request", "body": b"{", "more_body": True}])
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]


async def test_each_kilobyte_that_came_buys_a_body_a_second(at: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ARRIVAL_SECONDS", 0.05)
    monkeypatch.setattr(guard, "SLOWEST_BYTES_PER_SECOND", 50)
    pieces = [b'{"name"', b': "abcd', b'efgh"}']

    class Slow(list[Message]):
        def pop(self, index: Any = -1, /) -> Message:
            time.sleep(0.04)
            return super().pop(index)

    messages = Slow({"type": "http.request", "body": each, "more_body": each is not pieces[-1]} for each in pieces)
    assert (await raw(at, SENT, messages))[0]["status"] == 200


async def test_a_body_that_breaks_off_is_never_taken_for_a_whole_one(at: Stand) -> None:
    broken: list[Message] = [
        {"type": "http.request", "body": b'{"name": "a"}', "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert (await raw(at, SENT, broken))[0]["status"] == 400


async def test_a_body_in_a_content_encoding_is_refused(at: Stand) -> None:
    for encoding in ("gzip", "br", "identity"):
        answer = await send(at, b'{"name": "a"}', **{"Content-Encoding": encoding})
        assert answer.status_code == 415
        assert answer.json()["type"] == "urn:relevo:problem:encoding-not-taken"


async def test_other_media_types_are_taken_where_the_service_says_so_up_to_their_own_size() -> None:
    async with stand([router], NOW, bodies={"application/pdf": 10}) as at:
        assert (await send(at, b"%PDF-", **{"Content-Type": "application/pdf"})).status_code == 422
        assert (await send(at, b"%PDF-1234567", **{"Content-Type": "application/pdf"})).status_code == 413


def test_ten_thousand_values_are_enough_and_one_more_too_many_wherever_they_stand() -> None:
    most = ",".join(["1"] * 9_997)
    check_json(f'{{"a": [{most}], "b": 1}}'.encode())
    for more in (f'{{"a": [{most}], "b": [1]}}', f'{{"a": [{most}], "b": 1, "c": 1}}'):
        with pytest.raises(NotSoundJson, match="10000 values"):
            check_json(more.encode())


async def test_a_body_full_of_wrong_values_holds_nobody_up(at: Stand) -> None:
    longest = 0.0
    for wrong in ({"text": [1] * 400_000}, {f"{number:x}": 1 for number in range(9_000)}):
        started = time.perf_counter()
        assert (await send(at, json.dumps(wrong, separators=(",", ":")))).status_code in (400, 422)
        longest = max(longest, time.perf_counter() - started)
    assert longest < 3, "was 7 s, in which the loop answered nobody"


def test_sixty_four_levels_are_deep_enough_and_sixty_five_too_deep() -> None:
    check_json(b"[" * 64 + b"]" * 64)
    with pytest.raises(NotSoundJson, match="deeper"):
        check_json(b"[" * 65 + b"]" * 65)


async def raw(at: Stand, headers: list[tuple[bytes, bytes]], messages: list[Message]) -> list[Message]:
    """What is answered to a request that no client would send."""
    answers: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def answer(message: Message) -> None:
        answers.append(message)

    sent = [(b"host", b"service.local"), (b"idempotency-key", new_id().encode()), *headers]
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/letters",
        "headers": sent,
        "query_string": b"",
    }
    await at.app(scope, receive, answer)
    return answers
