"""Whatever a service has stored after all its routes were asked, it says why it keeps it."""

from __future__ import annotations

import copy
import importlib
from typing import Any

import httpx

from relevo_chassis.delivery import outbox, parked
from relevo_chassis.delivery.change import Asked
from relevo_chassis.ids import new_id
from relevo_chassis.kept import OF_THE_SERVICE
from relevo_chassis.people.vault import KEYS, SEALED, all_of
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.personal import CLEAR, Field, fields_of, of_the_chassis
from relevo_testkit.routes import World

EVENTS = {outbox.COLLECTION, parked.COLLECTION}
"""Where bodies of events lie, which name nobody."""
FILES = {"material_pieces"}
"""Where files lie that are handed out to all of an edition."""
KEYED_HASHES = {"mark"}
OF_EVERY_AGGREGATE = {"_id", "version", "touched", "sequence", "order", "state"}


def fields_in(document: dict[str, Any], aggregate: bool) -> set[str]:
    if not aggregate:
        return set(document) - {"_id"}
    assert set(document) == OF_EVERY_AGGREGATE
    return set(document["state"])


def service_of(world: World) -> Service:
    service: Service = importlib.import_module(f"relevo_{world.service}.main").SERVICE
    return service


async def asked(world: World) -> list[tuple[str, httpx.Response]]:
    """Every route asked by everybody, and how it was answered."""
    return [
        (f"{operation.name} {actor.role}", await world.send(operation, actor.headers, actor.own, world.body(operation)))
        for operation in world.operations
        for actor in world.actors
    ]


def reasons_of(world: World) -> list[Field]:
    """What the service says of all that it stores."""
    return [*fields_of(service_of(world), f"relevo_{world.service}"), *of_the_chassis()]


def keeps_people(world: World) -> bool:
    """Whether anything is sealed under a key of a person."""
    own = fields_of(service_of(world), f"relevo_{world.service}")
    return {each.retention for each in own} - {CLEAR, OF_THE_SERVICE} != set()


async def test_every_field_that_is_stored_says_why_it_is_kept(world: World) -> None:
    await asked(world)
    kinds = {kind.name for kind in service_of(world).kinds} | {"vault_root"}
    known: dict[str, set[str]] = {}
    for field in reasons_of(world):
        known.setdefault(field.where, set()).add(field.name.partition(".")[0])
    known["vault_root"] = {"key_id", "wrapped"}
    silent = {
        f"{name}.{field}"
        for name, rows in world.stand.store.collections.items()
        for row in rows.values()
        for field in fields_in(row, name in kinds) - known.get(name, set())
    }
    assert silent == set()
    assert sum(map(len, world.stand.store.collections.values())) > (50 if keeps_people(world) else 25)


async def test_no_ciphertext_is_said_to_be_clear(world: World) -> None:
    await asked(world)
    clear = {(each.where, each.name) for each in reasons_of(world) if each.retention == CLEAR}
    found = {
        (name, field)
        for name, rows in world.stand.store.collections.items()
        for row in rows.values()
        for field, value in row.items()
        if isinstance(value, bytes) and name not in EVENTS | FILES and field not in KEYED_HASHES
    }
    assert found
    assert found & clear == set()


async def test_when_a_class_has_ended_for_somebody_nothing_breaks_and_the_person_goes_on(world: World) -> None:
    at, ending = world.stand.shell, service_of(world).ending
    if not keeps_people(world):
        assert (ending, world.stand.store.collections[KEYS]) == (None, {})
        return
    assert ending is not None
    keys = [id.partition("/") for id in sorted(world.stand.store.collections[KEYS])]
    somebody = {retention.partition(".")[0]: person_id for person_id, _, retention in keys}
    assert somebody
    kept = copy.deepcopy(dict(world.stand.store.collections))
    for retention, person_id in somebody.items():
        await ending.destroy(at.store, at.committer, person_id, retention, Asked("the-head", at.clock.now(), new_id()))
        assert (await at.vault.key_of(person_id)).under(retention) is None
        assert {row["retention"] for row in await at.store.rows(SEALED, all_of(person_id))} <= somebody.keys() - {
            retention
        }
        assert [name for name, answer in await asked(world) if answer.status_code >= 500] == []
        world.stand.store.collections.clear()
        world.stand.store.collections.update(copy.deepcopy(kept))
