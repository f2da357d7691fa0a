"""Who may call what: every role at every route of the OpenAPI documents, against this list and no other."""

from __future__ import annotations

from tests.isolation.allowed import ALLOWED, STAFF

from relevo_testkit.routes import World

ROLES = (*STAFF.split(), "operator", "applicant", "participant", "service")
CODES = {"receipt", "session", "wallet"}
"""What is shown in place of a token."""


def test_every_route_stands_in_the_list(world: World) -> None:
    assert {each.name for each in world.operations} == ALLOWED[world.service].keys()


async def test_a_route_that_needs_a_token_is_closed_without_one_and_to_every_other_role(world: World) -> None:
    wrong: list[tuple[str, object, int]] = []
    for operation in world.operations:
        allowed = ALLOWED[world.service][operation.name].split()
        if allowed == ["anybody"]:
            continue
        body = world.body(operation)
        for bearer in ({}, {"Authorization": "Bearer e30.e30.e30"}, {"Authorization": "Basic YTpi"}):
            answer = await world.send(operation, bearer, {}, body)
            if answer.status_code != 401:
                wrong.append((operation.name, bearer, answer.status_code))
        for role in ROLES:
            name = "certification" if role == "service" else f"a-{role}"
            actor = world.stand.tokens.bearer(name, role, participant_id="0" * 32, application_id="0" * 32)
            answer = await world.send(operation, actor, {}, body)
            expected = {401} if CODES.issuperset(allowed) else set(range(200, 500)) - {401, 403}
            if role not in allowed and not CODES.issuperset(allowed):
                expected = {403}
            elif "{participant_id}" in operation.path and role == "participant":
                expected |= {403, 404}
            if answer.status_code not in expected:
                wrong.append((operation.name, role, answer.status_code))
    assert wrong == []


async def test_what_is_for_anybody_needs_no_token(world: World) -> None:
    asked = [each for each in world.operations if ALLOWED[world.service][each.name] == "anybody"]
    answers = [await world.send(each, {}, {}, world.body(each)) for each in asked]
    assert not {each.status_code for each in answers} & {401, 403}


async def test_a_caller_with_no_role_at_all_gets_nowhere(world: World) -> None:
    nobody = world.stand.tokens.bearer("nobody")
    for operation in world.operations:
        if not {"anybody", *CODES} >= {*ALLOWED[world.service][operation.name].split()}:
            answer = await world.send(operation, nobody, {}, world.body(operation))
            assert (operation.name, answer.status_code) == (operation.name, 403)


async def test_a_route_for_a_service_is_for_that_one_alone(world: World) -> None:
    for name in ("scheduling", "intake", "certification2", "Certification", "the-service"):
        other = world.stand.tokens.bearer(name, "service")
        for operation in world.operations:
            if not {"anybody", *CODES} >= {*ALLOWED[world.service][operation.name].split()}:
                answer = await world.send(operation, other, {}, world.body(operation))
                assert (name, operation.name, answer.status_code) == (name, operation.name, 403)
