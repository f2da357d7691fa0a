"""What is another's is answered exactly as what does not exist: for every route, every caller, every id in a path."""

from __future__ import annotations

from collections import Counter
from typing import Any

from relevo_chassis.edge.ids import new_id
from relevo_chassis.testing.routes import Actor, Operation, World

RECEIPTS = {"applicant", "drafter"}
LEAST = {"intake": 30, "scheduling": 6, "multiplier_tracking": 14, "certification": 8}
"""How many pairs of questions there are at least, so that nobody takes an empty list for a proof."""


def may_call(world: World, actor: Actor, operation: Operation) -> bool:
    """Whether the route could be meant for them: one of receipts for a receipt, one of tokens for a role."""
    if actor.role in RECEIPTS:
        return "receipt code" in operation.schemes
    return "access token" in operation.schemes and actor.role in ("reviewer", "participant", "expert")


def told(answer: Any, asked: str) -> tuple[int, str, tuple[str, ...]]:
    """An answer without the id that was asked for."""
    headers = sorted(name for name in answer.headers if name not in ("content-length",))
    return answer.status_code, answer.text.replace(asked, "<id>"), tuple(headers)


async def test_a_foreign_object_is_answered_like_one_that_does_not_exist(world: World) -> None:
    differ, tried = [], Counter[int]()
    for operation in world.operations:
        for actor in world.actors:
            for name in set(operation.parameters) & actor.foreign.keys():
                if not may_call(world, actor, operation):
                    continue
                body = world.body(operation)
                unknown = new_id()
                foreign = await world.send(operation, actor.headers, {**actor.own, name: actor.foreign[name]}, body)
                nothing = await world.send(operation, actor.headers, {**actor.own, name: unknown}, body)
                tried[foreign.status_code] += 1
                if told(foreign, actor.foreign[name]) != told(nothing, unknown):
                    differ.append((operation.name, actor.role, foreign.status_code, nothing.status_code, foreign.text))
    assert differ == []
    assert tried.keys() <= {403, 404}
    assert tried.total() >= LEAST[world.service]


async def test_what_is_ones_own_is_not_answered_so(world: World) -> None:
    """The counterpart: the same questions about what is their own find it."""
    for operation in world.operations:
        for actor in world.actors:
            mine = set(operation.parameters) & actor.foreign.keys()
            if operation.method == "GET" and mine and may_call(world, actor, operation):
                answer = await world.send(operation, actor.headers, actor.own, None)
                assert (operation.name, answer.status_code) in {(operation.name, 200), (operation.name, 403)}
