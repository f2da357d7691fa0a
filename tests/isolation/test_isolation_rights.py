"""Who may call what, as the services' own tables of rights say it, against the list."""

from __future__ import annotations

from itertools import count

import httpx
from fastapi.routing import iter_route_contexts
from tests.isolation.allowed import ALLOWED
from tests.isolation.worlds import EDITION

from relevo_chassis.http.granted import account_id_of, on_grant_changed
from relevo_chassis.http.rights import Rights, Task, asked_of
from relevo_chassis.http.routes import every_dependency
from relevo_chassis.ids import new_id
from relevo_contracts import PEOPLE, STAFF, Envelope
from relevo_contracts.intake import GrantChanged
from relevo_testkit.routes import Operation, World
from relevo_testkit.stand import known_as

NOT_OF_AN_EDITION = {
    "person_id": "a person may have applied for several",
    "subscription_id": "a partner is sent events of all editions",
    "delivery_id": "it is of a subscription",
}
"""Parameters of paths for which it is asked whether somebody may do a thing at all."""
LOOKS_INTO_ONES_OWN = {
    "GET /me/grants": "what is one's own",
    "GET /me/assignments": "what is assigned to oneself",
    "GET /me/sessions": "what one teaches",
    "POST /calls": "which edition it is of stands in its form",
    "GET /programmes": "a list",
    "GET /commitments": "a list",
    "GET /support-requests": "a list",
}
"""Routes that name nothing of an edition and are open to whoever may do it in some; each keeps to those."""
LISTS = {"scheduling": ("/programmes",), "multiplier_tracking": ("/commitments", "/support-requests")}
ENDS_WHAT_IT_IS_OF = {"POST /programmes/{programme_id}/close"}
SEQUENCES = count(1)
OF_AN_EDITION = {"intake": 30, "scheduling": 30, "multiplier_tracking": 20, "certification": 17, "webhooks": 0}
"""How many routes of staff there are at least that name something of an edition."""
WITHIN = {"session_id", "request_id", "issuance_id", "room_id", "faculty_id", "excuse_id", "version"} | {
    *("material_id", "picture_id")
}
"""Those of paths that name what they are within as well."""


def asked(world: World) -> dict[str, set[tuple[Rights, Task]]]:
    """What every route asks of rights."""
    found: dict[str, set[tuple[Rights, Task]]] = {}
    for context in iter_route_contexts(world.stand.app.routes):
        if getattr(context, "include_in_schema", False):
            functions = [each.call for each in every_dependency(context.dependant)]
            for method in context.methods or ():
                found[f"{method} {context.path_format}"] = {
                    rights for each in functions if (rights := asked_of(each)) is not None
                }
    return found


def test_a_route_that_needs_a_token_asks_for_one_task_whose_roles_are_those_of_the_list(world: World) -> None:
    wrong = {}
    for name, tasks in asked(world).items():
        if name not in ALLOWED[world.service]:
            continue
        allowed = set(ALLOWED[world.service][name].split()) - {"anybody", "receipt", "session", "wallet"}
        roles = [set(rights.roles_of(task)) for rights, task in tasks]
        if roles != ([allowed] if allowed else []):
            wrong[name] = (allowed, roles)
    assert wrong == {}
    assert ALLOWED[world.service].keys() <= asked(world).keys()


def test_every_task_is_somebodys_and_some_routes(world: World) -> None:
    tables = {rights for tasks in asked(world).values() for rights, _ in tasks}
    used = {task for tasks in asked(world).values() for _, task in tasks}
    closed = {member for task in used for member in type(task)}
    assert {task for rights in tables for tasks in rights.tasks.values() for task in tasks} == closed == used


def test_the_edition_of_whatever_a_path_names_can_be_found(world: World) -> None:
    unknown = set()
    for name, tasks in asked(world).items():
        for rights, task in tasks:
            if rights.roles_of(task) <= PEOPLE:
                continue  # for one's own alone, whatever a path names
            named = {part.strip("{}") for part in name.split("/") if part.startswith("{")}
            known = {"edition_id", *rights.places} & named
            known |= WITHIN if known or name.partition(" ")[2].startswith("/me/") else NOT_OF_AN_EDITION.keys()
            unknown |= {(name, each) for each in named - known}
    assert unknown == set()


async def give(world: World, account: str, edition_id: str, *roles: str) -> None:
    """As a head coordinator does at intake, and as the others hear of it."""
    if world.service == "intake":
        head = world.stand.tokens.bearer("the-head", "head_coordinator")
        await world.made("POST", f"/editions/{edition_id}/grants", {"account": account, "roles": roles}, head)
        return
    account_id, now, id = account_id_of(known_as(account)), world.stand.clock.now(), new_id()
    event = GrantChanged.model_validate(
        {"account_id": account_id, "edition_id": edition_id, "roles": roles, "changed_at": now}
    )
    envelope = Envelope(id=id, sequence=next(SEQUENCES), time=now, cause_id=id, chain_id=id, event=event)
    await world.stand.shell.committer.commit(on_grant_changed(event, envelope))


def needs_a_role(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["type"] == "urn:relevo:problem:not-allowed"


def of_an_edition(world: World, operation: Operation, tables: dict[str, set[tuple[Rights, Task]]]) -> bool:
    """Whether a route of staff names something of an edition."""
    return any({"edition_id", *rights.places} & set(operation.parameters) for rights, _ in tables[operation.name])


async def test_what_was_given_in_one_edition_opens_its_routes_and_those_of_no_other(world: World) -> None:
    elsewhere, tables = new_id(), asked(world)
    closed, opened, tried = [], [], 0
    for role in sorted(STAFF):
        await give(world, f"{role}-elsewhere", elsewhere, role)
        await give(world, f"{role}-here", EDITION, role)
    for operation in world.operations:
        roles = STAFF & set(ALLOWED[world.service][operation.name].split())
        for role in sorted(roles if of_an_edition(world, operation, tables) else ()):
            ids = {"edition_id": EDITION} | world.actor("coordinator").own
            ids |= next((each.own for each in world.actors if each.role == role), {})
            body = world.body(operation)
            there = await world.send(operation, world.stand.tokens.bearer(f"{role}-elsewhere"), ids, body)
            opened += [] if needs_a_role(there) else [(operation.name, role, there.status_code)]
            if not ENDS_WHAT_IT_IS_OF & {operation.name}:
                here = await world.send(operation, world.stand.tokens.bearer(f"{role}-here"), ids, body)
                closed += [(operation.name, role, here.text)] if needs_a_role(here) else []
            tried += 1
    assert (opened, closed) == ([], [])
    assert tried >= OF_AN_EDITION[world.service]


async def test_an_edition_in_a_path_opens_nothing_of_another(world: World) -> None:
    """What is within an edition is not reached through the address of another, whatever was given there."""
    elsewhere = new_id()
    await give(world, "somebody", elsewhere, *sorted(STAFF))
    bearer, own = world.stand.tokens.bearer("somebody"), world.actor("coordinator").own
    tried = 0
    for operation in world.operations:
        within = {*operation.parameters} & WITHIN & own.keys()
        if "edition_id" in operation.parameters and within:
            headers = {**bearer, **{k: v for k, v in world.actor("coordinator").headers.items() if k == "If-Match"}}
            answer = await world.send(operation, headers, {**own, "edition_id": elsewhere}, world.body(operation))
            assert (operation.name, answer.status_code) == (operation.name, 404)
            tried += 1
    assert tried or world.service in ("intake", "multiplier_tracking", "webhooks")


async def test_what_is_of_no_edition_is_for_whoever_may_do_it_in_every_one(world: World) -> None:
    tables = asked(world)
    await give(world, "somebody", EDITION, *sorted(STAFF))
    bearer, wrong = world.stand.tokens.bearer("somebody"), []
    for operation in world.operations:
        staff = STAFF & set(ALLOWED[world.service][operation.name].split())
        if staff and not of_an_edition(world, operation, tables) and operation.name not in LOOKS_INTO_ONES_OWN:
            answer = await world.send(operation, bearer, world.actor("coordinator").own, world.body(operation))
            wrong += [] if needs_a_role(answer) else [(operation.name, answer.status_code)]
    assert wrong == []


async def test_a_list_over_editions_shows_those_of_whoever_asks(world: World) -> None:
    elsewhere = new_id()
    await give(world, "of-this", EDITION, "coordinator")
    await give(world, "of-another", elsewhere, "coordinator")
    here, there = (world.stand.tokens.bearer(each) for each in ("of-this", "of-another"))
    for path in LISTS.get(world.service, ()):
        answers = [await world.stand.http.get(path, headers=each) for each in (here, there)]
        assert [each.status_code for each in answers] == [200, 200]
        assert answers[0].json()["items"]
        assert answers[1].json()["items"] == []
        named = [await world.stand.http.get(f"{path}?edition_id={EDITION}", headers=each) for each in (here, there)]
        assert [each.status_code for each in named] == [200, 403]


async def test_what_was_taken_opens_nothing_any_more(world: World) -> None:
    path = {"intake": f"/editions/{EDITION}/participants", "scheduling": f"/editions/{EDITION}/rooms"}.get(
        world.service, f"/editions/{EDITION}/decisions"
    )
    if world.service == "webhooks":
        return
    bearer = world.stand.tokens.bearer("somebody")
    seen = []
    for roles in ((), ("coordinator",), ()):
        await give(world, "somebody", EDITION, *roles)
        seen.append((await world.stand.http.get(path, headers=bearer)).status_code)
    assert seen == [403, 200, 403]
