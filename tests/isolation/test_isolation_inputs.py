"""Whatever arrives, on any route of the four OpenAPI documents, is answered with a problem and never with a 5xx."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from relevo_chassis.ids import new_id
from relevo_testkit.routes import Actor, Operation, World, media_of

BODIES_EACH = 30
"""How many spoilt bodies each route gets, drawn with a fixed seed from all that there are."""

WHOLE = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"NaN",
    b'{"a": 1e999}',
    b'{"a": 1, "a": 2}',
    b'{"$ne": null}',
    b'{"a.b": {"$gt": ""}}',
    b'{"a": "\\ud800"}',
    b'{"a": "\\u0000"}',
    b"\xff\xfe{}",
    b"[" * 5_000,
    b'{"a": "' + b"x" * (1 << 20) + b'"}',
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**63,
    -(2**70),
    1e308,
    0.5,
    "",
    " ",
    "\x00",
    "x" * 40_000,
    "\u202e\u202dtxt",
    "=cmd()",
    "<b>&{{7*7}}",
    "../../etc",
    "\r\nX-Header: y",
    "A" * 32,
    "2020-02-30",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00+23:59",
    "2020-01-01T00:00:00",
    [],
    {},
    [None],
    {"$ne": None},
    {"": ""},
    [[[]]],
)
SEGMENTS = ("x", "0" * 31, "0" * 33, "A" * 32, "%00", "..%2f..%2f", "%C3%A9" * 16, "%20", "$ne", "-1", "9" * 25, "%F0")
QUERIES = (
    "limit=0",
    "limit=-1",
    "limit=1e9",
    "limit=%00",
    "after=x",
    f"after={'A' * 600}",
    "after=%ED%A0%80",
    "a=1&a=2",
)
HEADERS: tuple[dict[str, str | bytes], ...] = (
    {"If-Match": "W/x"},
    {"If-Match": ""},
    {"Idempotency-Key": "short"},
    {"Idempotency-Key": "a" * 300},
    {"Relevo-Receipt": "x" * 99},
    {"Relevo-Receipt": b"\xe9\xff"},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer " + "." * 200},
    {"Accept-Language": ",;q=x,*;q=9e9," * 30},
    {"Accept": "\x01"},
    {"Content-Type": "text/plain"},
    {"X-Forwarded-For": "'; --"},
)


def spoilt(body: Any, at: tuple[Any, ...] = ()) -> Iterator[Any]:
    """A body with one of its values replaced, one field left out, one too many."""
    if isinstance(body, dict):
        yield {**body, "surplus": 1}
        for name, value in body.items():
            yield {key: kept for key, kept in body.items() if key != name}
            yield from ({**body, name: other} for other in VALUES)
            yield from ({**body, name: other} for other in spoilt(value, (*at, name)) if len(at) < 2)
    elif isinstance(body, list) and body:
        yield from ([other, *body[1:]] for other in spoilt(body[0], (*at, 0)))


def actor_of(world: World, operation: Operation) -> Actor:
    """Somebody who gets past the door, with what is theirs."""
    if "receipt code" in operation.schemes:
        return world.actor("drafter" if "{draft_id}" in operation.path else "applicant")
    if not operation.schemes:
        return world.actor("anybody")
    if operation.name == "GET /me/sessions":
        return world.actor("faculty")
    if operation.path.startswith("/me/"):
        return world.actor("reviewer" if world.service == "intake" else "participant")
    by_path = {"for-review": "reviewer", "reviews": "reviewer", "identity": "service"}
    last = operation.path.rpartition("/")[2]
    if last == "answer" or operation.name == "GET /support-requests/{support_request_id}":
        return world.actor("expert")
    if last in by_path:
        return world.actor(by_path[last])
    return world.actor("operator" if world.service == "webhooks" else "coordinator")


def requests_of(world: World, operation: Operation, luck: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Spoilt requests of one route: a path with its query, and what httpx is to send."""
    actor, sound = actor_of(world, operation), world.body(operation)
    path = operation.path
    for name in operation.parameters:
        path = path.replace(f"{{{name}}}", actor.own.get(name, "1" if name in ("version", "number") else new_id()))
    headers = {"Idempotency-Key": new_id(), "If-Match": '"1"', "Content-Type": "application/json", **actor.headers}
    headers |= media_of(sound)
    content = sound if isinstance(sound, bytes) else b"" if sound is None else json.dumps(sound).encode()
    for place in range(len(operation.parameters)):
        pieces = operation.path.split(f"{{{operation.parameters[place]}}}")
        for segment in luck.sample(SEGMENTS, 6):
            asked = segment.join(pieces)
            for name in operation.parameters:
                asked = asked.replace(f"{{{name}}}", actor.own.get(name, new_id()))
            yield asked, {"headers": headers, "content": content}
    for query in luck.sample(QUERIES, 4):
        yield f"{path}?{query}", {"headers": headers, "content": content}
    for each in luck.sample(HEADERS, 6):
        yield path, {"headers": {**headers, **each}, "content": content}
    if isinstance(sound, bytes):
        yield from ((path, {"headers": headers, "content": sound[:size]}) for size in luck.sample(range(len(sound)), 4))
    elif sound is not None:
        bodies = [*WHOLE, *(json.dumps(each).encode() for each in spoilt(sound))]
        for body in luck.sample(bodies, min(BODIES_EACH, len(bodies))):
            yield path, {"headers": {**headers, "Idempotency-Key": new_id()}, "content": body}


async def test_no_spoilt_request_is_answered_with_a_5xx_and_none_is_echoed(world: World) -> None:
    luck, statuses, broken = random.Random(20191213), Counter[int](), []
    for operation in sorted(world.operations, key=lambda each: each.name.endswith(("erase", "withdraw"))):
        for path, sent in requests_of(world, operation, luck):
            answer = await world.stand.http.request(operation.method, path, **sent)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                broken.append((operation.method, path[:200], answer.status_code, sent["content"][:200]))
            if answer.status_code >= 400 and "text/html" not in answer.headers.get("content-type", ""):
                of_oauth = path.startswith("/wallet/") and answer.json().keys() == {"error"}
                media = "application/json" if of_oauth else "application/problem+json"
                assert answer.headers["content-type"] == media, (path, answer.text)
                assert "X-Header" not in answer.text
    assert broken == []
    assert statuses.total() > min(400, 18 * len(world.operations))
    assert statuses[422] > statuses.total() // 5, statuses
