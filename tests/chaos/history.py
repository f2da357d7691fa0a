"""What happened in a storm, as records that can be kept as lines of JSON: what clients did, and what is in the stores.

Clients write down an attempt before they make it and its outcome afterwards; an attempt without an outcome may or may
not have taken effect. What is in the stores and streams is written down once everything has come to rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Outcome = Literal["ok", "refused", "unknown"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Effect(_Record):
    """An event that a command leads to: its type and those of its fields that tell it from all others."""

    type: str
    where: dict[str, Any]


class Invoked(_Record):
    """A client is about to send a command; ``effects`` are what it leads to, if it does."""

    kind: Literal["invoked"] = "invoked"
    key: str
    command: str
    at: float
    effects: tuple[Effect, ...]


class Answered(_Record):
    """What the client was told. ``effects``, when given, say more exactly what was promised."""

    kind: Literal["ended"] = "ended"
    key: str
    at: float
    outcome: Outcome
    status: int | None = None
    effects: tuple[Effect, ...] | None = None


class Repeated(_Record):
    """An acknowledged command was sent again under its key: whether it got its first answer."""

    kind: Literal["repeated"] = "repeated"
    key: str
    same: bool


class Emitted(_Record):
    """A row of a service's outbox: an event, by whom, because of what. ``facts`` is its body.

    ``again``: it was published once more on an operator's order, because its stream had lost events.
    """

    kind: Literal["told"] = "told"
    service: str
    event_id: str
    type: str
    aggregate: str
    aggregate_id: str
    sequence: int
    order: int
    cause_id: str
    sent: bool
    again: bool = False
    facts: dict[str, Any]


class State(_Record):
    """An aggregate as its service keeps it."""

    kind: Literal["state"] = "state"
    service: str
    aggregate: str
    aggregate_id: str
    version: int
    sequence: int
    facts: dict[str, Any]


class Position(_Record):
    """How far a consumer has come along one aggregate of another service."""

    kind: Literal["position"] = "position"
    consumer: str
    aggregate: str
    aggregate_id: str
    sequence: int
    parked: bool


class Stored(_Record):
    """A message of a stream, at its place."""

    kind: Literal["stored"] = "stored"
    stream: str
    place: int
    event_id: str
    aggregate: str
    aggregate_id: str
    sequence: int


class Consumes(_Record):
    """A consumer is told all events of these aggregates of a service."""

    kind: Literal["consumes"] = "consumes"
    consumer: str
    source: str
    aggregates: tuple[str, ...]


class Parked(_Record):
    """A consumer set a message aside, ``after_seconds`` from when it was planted, if it was."""

    kind: Literal["parked"] = "parked"
    consumer: str
    event_id: str
    code: str
    after_seconds: float | None = None


class Poison(_Record):
    """A message that no consumer can take was put into a stream; these consumers have to set it aside."""

    kind: Literal["poison"] = "poison"
    event_id: str
    aggregate: str
    aggregate_id: str
    consumers: tuple[str, ...]


class Due(_Record):
    """A deadline that led to this effect when its instant came, or should have."""

    kind: Literal["due"] = "due"
    effect: Effect


class Letter(_Record):
    """A reminder in intake's queue of letters, and how many times the mail server was given it under its id."""

    kind: Literal["letter"] = "letter"
    letter_id: str
    participant_id: str
    due_on: str
    days_left: int
    sent: bool
    times: int


class Overview(_Record):
    """What the portal counts of an edition that began in the storm."""

    kind: Literal["overview"] = "overview"
    edition_id: str
    counts: dict[str, int | None]


class Subscribed(_Record):
    """An endpoint of webhooks is sent every public event of these services, from the first one on."""

    kind: Literal["subscribed"] = "subscribed"
    services: tuple[str, ...]


class HandedOn(_Record):
    """What an endpoint of webhooks did with an event, once for its ``webhook_id``, in the order of ``place``."""

    kind: Literal["handed on"] = "handed on"
    place: int
    webhook_id: str
    event_id: str
    source: str
    subject: str
    sequence: int
    type: str


class Unsettled(_Record):
    """Something had not come to rest when the time to wait for it was over."""

    kind: Literal["unsettled"] = "unsettled"
    what: str


Record = (
    Invoked | Answered | Repeated | Emitted | State | Position | Stored | Consumes | Parked | Poison | Due | Letter
    | Overview | Subscribed | HandedOn | Unsettled
)  # fmt: skip
_RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


@dataclass
class History:
    """The records of a storm, by kind, in the order in which they were written down."""

    invoked: list[Invoked] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    repeated: list[Repeated] = field(default_factory=list)
    emitted: list[Emitted] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    consumes: list[Consumes] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    overviews: list[Overview] = field(default_factory=list)
    subscribed: list[Subscribed] = field(default_factory=list)
    handed_on: list[HandedOn] = field(default_factory=list)
    unsettled: list[Unsettled] = field(default_factory=list)

    def add(self, record: Record) -> None:
        self._of(record.kind).append(record)

    def extend(self, records: Iterable[Record]) -> None:
        for record in records:
            self.add(record)

    def records(self) -> Iterator[Record]:
        for kind in _LISTS:
            yield from self._of(kind)

    @property
    def acknowledged(self) -> int:
        return sum(each.outcome == "ok" for each in self.answered)

    def _of(self, kind: str) -> list[Any]:
        found: list[Any] = getattr(self, _LISTS[kind])
        return found


_LISTS: Mapping[str, str] = {
    "invoked": "invoked",
    "ended": "answered",
    "repeated": "repeated",
    "told": "emitted",
    "state": "states",
    "position": "positions",
    "stored": "stored",
    "consumes": "consumes",
    "parked": "parked",
    "poison": "poison",
    "due": "due",
    "letter": "letters",
    "overview": "overviews",
    "subscribed": "subscribed",
    "handed on": "handed_on",
    "unsettled": "unsettled",
}


def write(history: History, path: Path) -> None:
    """Write a history down, one record a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(record.model_dump_json() + "\n" for record in history.records())


def read(path: Path) -> History:
    history = History()
    with path.open(encoding="utf-8") as file:
        history.extend(_RECORD.validate_json(line) for line in file)
    return history
