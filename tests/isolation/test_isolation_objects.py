"""What is another's is answered exactly as what does not exist: for every route, every caller, every id in a path."""

from __future__ import annotations

from collections import Counter
from typing import Any

from relevo_chassis.ids import new_id
from relevo_testkit.routes import Actor, Operation, World
from relevo_testkit.stand import PROVIDER

RECEIPTS = {"applicant", "drafter"}
LEAST = {"intake": 30, "scheduling": 6, "multiplier_tracking": 14, "certification": 8, "webhooks": 0}
"""How many pairs of questions there are at least, so that nobody takes an empty list for a proof."""


def may_call(world: World, actor: Actor, operation: Operation) -> bool:
    """Whether the route could be meant for them: one of receipts for a receipt, one of tokens for a role."""
    if actor.role in RECEIPTS:
        return "receipt code" in operation.schemes
    return "access token" in operation.schemes and actor.role in ("reviewer", "participant", "expert")


def refusal_of(answer: Any, asked: str) -> tuple[int, str, tuple[str, ...]]:
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
                if refusal_of(foreign, actor.foreign[name]) != refusal_of(nothing, unknown):
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


OTHER = "https://other.local"
OF_ONES_OWN = {
    "intake": ("reviewer", "/me/assignments", "/applications/{application_id}/for-review"),
    "scheduling": ("faculty", "/me/sessions", ""),
    "multiplier_tracking": ("expert", "/support-requests?mine=true", "/support-requests/{support_request_id}"),
}


def items(answer: Any) -> Any:
    found = answer.json()
    return found["items"] if isinstance(found, dict) else found


async def test_whoever_has_the_same_subject_from_another_issuer_is_somebody_else(world: World) -> None:
    if world.service in OF_ONES_OWN:
        role, listed, one = OF_ONES_OWN[world.service]
        actor, namesake = world.actor(role), world.stand.tokens.bearer(f"the-{role}", role, issuer=OTHER)
        theirs, others = [await world.stand.http.get(listed, headers=each) for each in (actor.headers, namesake)]
        assert (theirs.status_code, others.status_code) == (200, 200)
        assert items(theirs) != items(others) == []
        if one:
            path = one.format_map(actor.own)
            assert (await world.stand.http.get(path, headers=actor.headers)).status_code == 200
            assert (await world.stand.http.get(path, headers=namesake)).status_code in (403, 404)


async def test_the_key_of_one_repeats_nothing_to_a_namesake(world: World) -> None:
    staff, namesake = (world.stand.tokens.bearer("ana", "coordinator", issuer=each) for each in (PROVIDER, OTHER))
    posts = [each for each in world.operations if each.method == "POST"]
    tried = 0
    for operation in posts:
        if "access token" in operation.schemes:
            body, key = world.body(operation), {"Idempotency-Key": new_id()}
            own = world.actor("coordinator").own
            first = await world.send(operation, {**staff, **key}, own, body)
            if first.status_code == 201:
                second = await world.send(operation, {**namesake, **key}, own, body)
                assert (operation.name, second.content) != (operation.name, first.content)
                tried += 1
    assert tried or world.service not in ("intake", "scheduling")
