"""Whatever a service has stored after all its routes were asked, it says why it keeps it."""

from __future__ import annotations

import importlib
from typing import Any

from relevo_chassis.service.made_of import Service
from relevo_chassis.service.personal import fields_of, of_the_chassis
from relevo_testkit.routes import World

OF_EVERY_AGGREGATE = {"_id", "version", "touched", "sequence", "order", "state"}


def fields_in(document: dict[str, Any], aggregate: bool) -> set[str]:
    if not aggregate:
        return set(document) - {"_id"}
    assert set(document) == OF_EVERY_AGGREGATE
    return set(document["state"])


async def test_every_field_that_is_stored_says_why_it_is_kept(world: World) -> None:
    for operation in world.operations:
        for actor in world.actors:
            await world.send(operation, actor.headers, actor.own, world.body(operation))
    package = f"relevo_{world.service}"
    service: Service = importlib.import_module(f"{package}.main").SERVICE
    kinds = {kind.name for kind in service.kinds} | {"vault_root"}
    said: dict[str, set[str]] = {}
    for field in (*fields_of(service, package), *of_the_chassis()):
        said.setdefault(field.where, set()).add(field.name.partition(".")[0])
    said["vault_root"] = {"key_id", "wrapped"}
    silent = {
        f"{name}.{field}"
        for name, rows in world.stand.store.collections.items()
        for row in rows.values()
        for field in fields_in(row, name in kinds) - said.get(name, set())
    }
    assert silent == set()
    assert sum(map(len, world.stand.store.collections.values())) > 50
