"""The one table: for each type of event its name on the wire, subject, stream and audience."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Literal, NamedTuple, get_args

from relevo_contracts import certification, intake, multiplier_tracking, scheduling
from relevo_contracts.model import Event

LOOK = "LOOK"
"""Under which prefix of subjects a durable can be asked how it stands and for what it holds (deploy/topology): an
account without JetStream has no answer to the first under JetStream's own."""

SERVICES: tuple[str, ...] = ("intake", "scheduling", "multiplier_tracking", "certification")
STAFF: frozenset[str] = frozenset(get_args(intake.StaffRole))
"""The roles that somebody may be granted in one edition, and no other."""
PEOPLE: frozenset[str] = frozenset({"applicant", "participant"})
"""The roles of people without an account: intake gives them, and nobody else; it gives no other."""


class Contract(NamedTuple):
    """How one type of event travels. ``subject`` is where it is published, ``stream`` where it is kept."""

    model: type[Event]
    type: str
    source: str
    subject: str
    stream: str
    audience: Literal["public", "internal"]

    @property
    def schema(self) -> str:
        return schema_id(self.model)


def schema_id(model: type[Event]) -> str:
    """The name of an event's JSON Schema."""
    return f"urn:relevo:schema:{model.type_name()}:v{model.version}"


def stream_of(service: str) -> str:
    """The stream that keeps what a service tells."""
    return f"EVENTS_{service.upper()}"


def subjects_of(service: str, *aggregates: str) -> tuple[str, ...]:
    """The subjects of whole aggregates of a service: never of single types, so that sequences have no holes."""
    if not aggregates:
        return (f"events.{service}.>",)
    return tuple(f"events.{service}.{aggregate}.>" for aggregate in aggregates)


def _events(module: ModuleType) -> Iterator[type[Event]]:
    for name, found in vars(module).items():
        if inspect.isclass(found) and issubclass(found, Event) and found.__module__ == module.__name__:
            if not name.startswith("_"):
                yield found


def contract_of(model: type[Event]) -> Contract:
    return Contract(
        model=model,
        type=f"relevo.{model.service}.{model.type_name()}.v{model.version}",
        source=f"/relevo/{model.service}",
        subject=f"events.{model.service}.{model.aggregate}.{model.verb}.v{model.version}",
        stream=stream_of(model.service),
        audience=model.audience,
    )


CONTRACTS: tuple[Contract, ...] = tuple(
    contract_of(model)
    for module in (intake, scheduling, multiplier_tracking, certification)
    for model in _events(module)
)
BY_TYPE: Mapping[str, Contract] = MappingProxyType({each.type: each for each in CONTRACTS})
BY_MODEL: Mapping[type[Event], Contract] = MappingProxyType({each.model: each for each in CONTRACTS})
