"""Every field and every parameter of every route is what its type says and nothing that looks alike."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from relevo_chassis.ids import new_id
from relevo_testkit.misfits import Misfit, wrong_bodies, wrong_queries
from relevo_testkit.routes import Actor, Operation, World, content_of, media_of

DOCUMENTED = re.findall(r"^\| `([a-z_]+)` \|", Path("docs/wrong-fields.md").read_text("utf-8"), re.MULTILINE)
JSON = "application/json"


def path_of(operation: Operation, actor: Actor) -> str:
    path = operation.path
    for name in operation.parameters:
        path = path.replace(f"{{{name}}}", actor.own.get(name, "1" if name in ("version", "number") else new_id()))
    return path


def headers_of(actor: Actor) -> dict[str, str]:
    return {"Idempotency-Key": new_id(), "If-Match": '"1"', "Content-Type": JSON, **actor.headers}


async def let_in(world: World, operation: Operation) -> Actor:
    """Somebody who gets past the door; they ask for what no route knows, so that nothing comes of it."""
    answers = [(await sent(world, operation, each, params={"surplus": "1"})).status_code for each in world.actors]
    if 422 not in answers:
        assert not operation.schemes, f"nobody may {operation.name}"
        return world.actor("anybody")
    return world.actors[answers.index(422)]


async def sent(world: World, operation: Operation, actor: Actor, **what: Any) -> httpx.Response:
    path, headers = path_of(operation, actor), headers_of(actor)
    return await world.stand.http.request(operation.method, path, headers=headers, **what)


def fault_of(answer: httpx.Response, where: str) -> str | None:
    """What is wrong with the answer to a request that is wrong at one place."""
    if answer.status_code != 422:
        return f"{answer.status_code}"
    problem = answer.json()
    if problem["type"] != "urn:relevo:problem:not-well-formed":
        return str(problem["type"])
    if any(each.keys() != {"where", "code", "reason"} or each["code"] not in DOCUMENTED for each in problem["errors"]):
        return f"another shape: {problem['errors']}"
    if not any(each["where"] == where for each in problem["errors"]):
        return f"another place: {[each['where'] for each in problem['errors']]}"
    return None


def bodies_of(world: World, operation: Operation) -> Iterator[Misfit]:
    content = operation.spec.get("requestBody", {}).get("content", {})
    if operation.method != "GET" and not content:
        yield from (Misfit("body.surplus", {"surplus": 1}), Misfit("body", [1]), Misfit("body", 0))
    if JSON in content:
        schema = content[JSON]["schema"]
        yield from wrong_bodies(schema, world.document["components"]["schemas"], world.body(operation))


async def test_a_field_of_another_type_and_one_that_is_not_known_are_refused_on_every_route(world: World) -> None:
    faults, tried = [], Counter[str]()
    for operation in world.operations:
        actor = await let_in(world, operation)
        for where, content in bodies_of(world, operation):
            answer = await sent(world, operation, actor, content=json.dumps(content))
            tried[operation.name] += 1
            if fault := fault_of(answer, where):
                faults.append((operation.name, where, repr(content)[:120], fault))
    assert faults == []
    assert tried.total() > min(200, 7 * len(world.operations))


async def test_a_parameter_of_another_type_and_one_that_is_not_known_are_refused_on_every_route(world: World) -> None:
    faults, tried = [], Counter[str]()
    for operation in world.operations:
        actor = await let_in(world, operation)
        passed_on = not operation.schemes and not answers_json_alone(operation)
        for where, query in wrong_queries(operation, world.document["components"]["schemas"]):
            known = any(f"query.{each['name']}" == where for each in operation.spec.get("parameters", ()))
            if passed_on and not known:
                continue
            answer = await sent(world, operation, actor, params=query)
            tried[operation.name] += 1
            if fault := fault_of(answer, where):
                faults.append((operation.name, where, query, fault))
    assert faults == []
    assert tried.total() > min(90, 2 * len(world.operations) - 1)


def answers_json_alone(operation: Operation) -> bool:
    return all(
        response.get("content", {}).keys() <= {JSON} and (response.get("content") or status != "200")
        for status, response in operation.spec["responses"].items()
        if status.startswith("2")
    )


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Idempotency-Key", None, 400),
        ("Idempotency-Key", "", 400),
        ("Idempotency-Key", "short", 400),
        ("Idempotency-Key", "a" * 256, 400),
        ("Idempotency-Key", "a b" * 9, 400),
        ("If-Match", None, 428),
        ("If-Match", "", 400),
        ("If-Match", "1", 400),
        ("If-Match", "*", 400),
        ("If-Match", 'W/"1"', 400),
        ("If-Match", '"1", "2"', 400),
        ("If-Match", f'"{"a" * 65}"', 400),
    ],
)
async def test_a_header_that_is_missing_or_malformed_is_refused_wherever_it_is_asked_for(
    world: World, header: str, value: str | None, status: int
) -> None:
    for operation in world.operations:
        documented = [each for each in operation.spec.get("parameters", ()) if each["in"] == "header"]
        if header not in {each["name"] for each in documented if each["required"]}:
            continue
        actor = await let_in(world, operation)
        headers = {name: each for name, each in headers_of(actor).items() if name != header}
        answer = await world.stand.http.request(
            operation.method,
            path_of(operation, actor),
            headers=headers | media_of(world.body(operation)) | ({} if value is None else {header: value}),
            **content_of(world.body(operation)),
        )
        assert answer.status_code == status, (operation.name, answer.text)
