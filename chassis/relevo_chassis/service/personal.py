"""Write what services keep and why: every stored field with its purpose, class, ground and end.

python -m relevo_chassis.service.personal FILE PACKAGE... [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from relevo_chassis.kept import Kept, KeptRows, Sealed
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.rows import ROWS
from relevo_chassis.service.written import service_of, written

CLEAR = "clear"
INTRODUCTION = """# What is kept, and why

Every field that is stored, with its purpose, its retention class, the ground on which it is kept, and until when. Made
by `make schemas` of what the models say themselves ([kept.py](../chassis/relevo_chassis/kept.py)); a field that says
nothing fails a test. What has a class is sealed under the key that its person has for it, or under the service's where
that is said. *Clear* are ids, instants, days, counts, codes and keyed hashes, and what is published. A class ends
before the person by [`Ending.destroy`](../chassis/relevo_chassis/people/ending.py); nothing ends one by itself yet.
"""


class Field(NamedTuple):
    """One stored field; ``kept`` is ``None`` when nobody says why it is kept."""

    where: str
    name: str
    retention: str
    kept: Kept | None


def fields_of(service: Service, package: str) -> list[Field]:
    """Every field of a service that is stored, those of what is sealed among them."""
    found = [field for kind in service.kinds for field in _of_model(kind.name, kind.model)]
    for collection, rows in service.rows.items():
        found += _of_rows(collection, rows)
    for model in sorted(sealed_of(package), key=lambda each: each.__name__):
        found += _of_model(f"vault: {model.__name__}", model, model.retention)
    named = {*service.rows, *ROWS, *(kind.name for kind in service.kinds)}
    found += [Field(collection, "*", CLEAR, None) for collection in service.stored if collection not in named]
    return found


def of_the_chassis() -> list[Field]:
    """What lies in the collections that every service has."""
    return [field for collection, rows in ROWS.items() for field in _of_rows(collection, rows)]


def document_of(packages: Sequence[str]) -> str:
    parts = [INTRODUCTION]
    for package in packages:
        service = service_of(package)
        parts.append(_table(service.title.removeprefix("Relevo ").capitalize(), fields_of(service, package)))
    parts.append(_table("Every service, for its own working", of_the_chassis()))
    return "\n".join(parts)


def sealed_of(package: str, of: type[Sealed] = Sealed) -> Iterator[type[Sealed]]:
    """Every model of a package that is only ever kept sealed."""
    for model in of.__subclasses__():
        if model.__module__.startswith(f"{package}."):
            yield model
        yield from sealed_of(package, model)


def _of_rows(collection: str, rows: Sequence[KeptRows]) -> Iterator[Field]:
    for each in rows:
        for name in each.fields:
            yield Field(collection, name, each.kept.under or CLEAR, each.kept)


def _of_model(
    where: str, model: type[BaseModel], retention: str = CLEAR, inherited: Kept | None = None, within: str = ""
) -> Iterator[Field]:
    kept = getattr(model, "kept", None) or inherited
    for name, field in model.model_fields.items():
        own = next((each for each in field.metadata if isinstance(each, Kept)), kept)
        nested = list(_models_in(field.annotation))
        for each in nested:
            yield from _of_model(where, each, retention, own, f"{within}{name}.")
        if not nested:
            under = own.under if own and retention == CLEAR else None
            yield Field(where, f"{within}{name}", under or retention, own)
    for name in model.model_computed_fields:  # stored beside the others, to be searched for
        yield Field(where, f"{within}{name}", retention, kept)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)


def _table(title: str, fields: Sequence[Field]) -> str:
    groups: dict[tuple[str, str, Kept | None], list[str]] = {}
    for field in fields:
        groups.setdefault((field.where, field.retention, field.kept), []).append(f"`{field.name}`")
    lines = [f"## {title}", "", "| where | field | purpose | class | ground | until |", "|---|---|---|---|---|---|"]
    for (where, retention, kept), names in groups.items():
        why = (kept.purpose, retention, kept.ground, kept.until) if kept else ("?", retention, "?", "?")
        lines.append(f"| {where} | {', '.join(names)} | {' | '.join(why)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """0 when it is written or up to date; 1 when ``--check`` finds it stale."""
    return written(document_of, module="personal", about=__doc__, stale="is not what the models say", words=arguments)


if __name__ == "__main__":
    sys.exit(main())
