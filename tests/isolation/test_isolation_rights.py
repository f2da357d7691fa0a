"""Who may call what, as the services' own tables of rights say it, against the list."""

from __future__ import annotations

import pytest
from fastapi.routing import iter_route_contexts
from tests.isolation.allowed import ALLOWED

from relevo_chassis.http.rights import Rights, Task, asked_of
from relevo_chassis.http.routes import every_dependency
from relevo_chassis.http.tokens import Caller
from relevo_chassis.ids import new_id
from relevo_contracts import PEOPLE
from relevo_testkit.routes import World

NOT_OF_AN_EDITION = {
    "contact_id": "somebody's address, who may apply for several",
    "person_id": "a person may have applied for several",
    "subscription_id": "a partner is sent events of all editions",
    "delivery_id": "it is of a subscription",
}
"""Parameters of paths for which it is asked whether somebody may do a thing at all."""
STAFF = {"coordinator", "reviewer", "expert", "travel"}
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


async def test_rights_in_one_edition_alone_would_close_whatever_is_of_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is to come: staff of one edition. Nothing but ``may`` is another, and no route lets them into this one."""
    usual, elsewhere, tables = Rights.may, new_id(), asked(world)

    def only_elsewhere(rights: Rights, caller: Caller, task: Task, edition_id: str | None) -> bool:
        return usual(rights, caller, task, edition_id) and edition_id in (None, elsewhere)

    monkeypatch.setattr(Rights, "may", only_elsewhere)
    found, tried = [], 0
    for operation in world.operations:
        for role in STAFF & set(ALLOWED[world.service][operation.name].split()):
            actor = world.actor(role)
            ids = {**world.actor("coordinator").own, **actor.own}
            ((rights, _),) = tables[operation.name]
            if {"edition_id", *rights.places} & set(operation.parameters) & ids.keys():
                answer = await world.send(operation, actor.headers, ids, world.body(operation))
                found += [(operation.name, answer.status_code)] if answer.status_code != 403 else []
                tried += 1
    assert found == []
    assert tried >= OF_AN_EDITION[world.service]
