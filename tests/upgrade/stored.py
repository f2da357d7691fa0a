"""Prints what services store and handle, in the packages that Python finds: ``python -m tests.upgrade.stored NAME...``.

It runs with the packages of a release as well as with those of this tree, so it asks of them no more than both have.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from relevo_chassis.delivery.store import Index
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.personal import sealed_of
from relevo_chassis.service.rows import ROWS


def of_service(name: str) -> dict[str, Any]:
    """Of one service: models as they are written and read, rows, indexes, and which types and deadlines it handles."""
    main = importlib.import_module(f"relevo_{name}.main")
    service: Service = main.SERVICE
    models = {kind.name: kind.model for kind in service.kinds}
    models |= {f"vault {each.__name__}": each for each in sealed_of(f"relevo_{name}")}
    rows = {**ROWS, **service.rows}
    return {
        "package": str(Path(str(main.__file__)).parent),
        "models": {each: _schemas(model) for each, model in models.items()},
        "rows": {each: sorted({field for one in kept for field in one.fields}) for each, kept in rows.items()},
        "indexes": {each: [_facts(index) for index in indexes] for each, indexes in service.stored.items()},
        "handles": sorted(
            f"{event.service} {event.__name__}" for each in service.subscriptions for event in each.handlers
        ),
        "deadlines": sorted(service.on_due),
    }


def _schemas(model: type[BaseModel]) -> dict[str, Any]:
    return {"writes": model.model_json_schema(mode="serialization"), "reads": model.model_json_schema()}


def _facts(index: Index) -> dict[str, Any]:
    """``where`` as text: it may hold instants."""
    return {
        "keys": [list(each) for each in index.keys],
        "unique": index.unique,
        "where": None if index.where is None else repr(sorted(index.where.items())),
        "expires": index.expires,
    }


def main(names: Sequence[str]) -> None:
    json.dump({name: of_service(name) for name in names}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
