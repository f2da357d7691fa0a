"""The topology as its files say it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from relevo_contracts import CONTRACTS, SERVICES, stream_of

_M = TypeVar("_M", bound=BaseModel)
NANOSECONDS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
_TOKENS = r"(\.[a-z0-9_]+)*\.([a-z0-9_]+|>)"
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d)")
_DURATIONS = {"max_age", "duplicate_window", "ack_wait", "inactive_threshold"}


class TopologyBroken(ValueError):
    """The files do not make a topology; the text names the file and what is wrong in it."""


class Identity(BaseModel):
    """Who may connect to the bus, and all that they may do there; ``rights.py`` makes an account of it.

    Said in the words of the bus and not as NATS subjects, so that no file can give away more than one of these.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    description: str = ""
    publish: tuple[Annotated[str, Field(pattern=rf"^(events{_TOKENS}|dlq\.[a-z0-9_]+)$")], ...] = ()
    take: tuple[str, ...] = Field(
        default=(), description="durables of these files: pull, acknowledge, see how it stands"
    )
    hear: tuple[Annotated[str, Field(pattern=rf"^events{_TOKENS}$")], ...] = Field(
        default=(), description="events as they are published, stored or not"
    )
    read: tuple[Annotated[str, Field(pattern=r"^([A-Z_]+|\*)$")], ...] = Field(
        default=(), description="streams to read message by message; * for all"
    )
    look: bool = Field(default=False, description="how every stream and durable stands")
    administer: bool = Field(default=False, description="everything in the account that holds the streams")


class Consumer(NamedTuple):
    """A durable: its stream and its configuration as JetStream's API spells it."""

    stream: str
    config: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.config["durable_name"])

    @property
    def is_of_whole_aggregates(self) -> bool:
        """Whether sequences have no holes here, since no type of an aggregate is left out."""
        return all(str(each).endswith(".>") for each in self.config.get("filter_subjects", ()))


class Topology(NamedTuple):
    """All of it. Streams and consumers are spelled as JetStream's API does, durations in nanoseconds."""

    streams: Sequence[Mapping[str, Any]]
    consumers: Sequence[Consumer]
    identities: Sequence[Identity]

    def only(self, services: Sequence[str], known: Sequence[str]) -> Topology:
        """Without the durables and identities of those known services that are not among ``services``."""
        absent = set(known) - set(services)
        return Topology(
            self.streams,
            [each for each in self.consumers if not any(each.name.startswith(f"{name}_") for name in absent)],
            [each for each in self.identities if each.name not in absent],
        )


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    description: str = ""
    streams: tuple[dict[str, Any], ...] = ()
    consumers: tuple[dict[str, Any], ...] = ()
    identities: tuple[Identity, ...] = ()


class PartnerFile(BaseModel):
    """All that a partner gets: one identity, and its durables. A file that would give it more is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    description: str = ""
    added_at: AwareDatetime
    consumers: tuple[dict[str, Any], ...] = Field(min_length=1)
    identities: tuple[Identity] = Field(description="the partner")

    @property
    def streams(self) -> tuple[dict[str, Any], ...]:
        return ()

    @property
    def identity(self) -> Identity:
        return self.identities[0]

    @property
    def subjects(self) -> tuple[str, ...]:
        """What it takes, in the order of the file."""
        return tuple(subject for each in self.consumers for subject in each["filter_subjects"])

    @model_validator(mode="after")
    def _is_no_more_than_a_partners(self) -> Self:
        name, identity = self.identity.name, self.identity
        if identity != Identity(name=name, description=identity.description, take=identity.take, hear=identity.hear):
            raise ValueError(f"{name}: a partner may take and hear, and nothing else")
        durables = {f"{name}_{service}": stream_of(service) for service in SERVICES}
        for each in self.consumers:
            if durables.pop(str(each.get("name")), None) != each.get("stream"):
                raise ValueError(f"{each.get('name')}: a partner's durables are {name}_SERVICE on EVENTS_SERVICE")
            if each.get("max_ack_pending") != 1:
                raise ValueError(f"{each['name']}: max_ack_pending is 1, or what was overtaken would not show")
        if sorted(identity.take) != sorted(each["name"] for each in self.consumers):
            raise ValueError(f"{name}: a partner takes from its own durables")
        wanted = [subject for each in self.consumers for subject in each.get("filter_subjects") or [">"]]
        if wrong := sorted({str(each) for each in (*wanted, *identity.hear) if not _is_public(str(each))}):
            raise ValueError(f"{name}: a partner may have single public events, and not {', '.join(wrong)}")
        return self


def _is_public(subject: str) -> bool:
    """Whether it is of one type that is not known to be internal: a newer release may have had another public one."""
    return bool(_ONE_TYPE.fullmatch(subject)) and subject not in _INTERNAL


_ONE_TYPE = re.compile(r"events(\.[a-z0-9_]+){3}\.v[0-9]+")
_INTERNAL = frozenset(each.subject for each in CONTRACTS if each.audience == "internal")


class _Defaults(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    description: str = ""
    stream: dict[str, Any] = {}
    consumer: dict[str, Any] = {}


def default_folder() -> Path:
    """``RELEVO_TOPOLOGY``, else the folder beside this package in the tree."""
    named = os.environ.get("RELEVO_TOPOLOGY")
    return Path(named) if named else Path(__file__).parents[2] / "topology"


def read_partners(folder: Path | None) -> Mapping[str, PartnerFile]:
    """A folder of partners by their names, each in a file of its name; none when there is no folder.

    Raises ``TopologyBroken``.
    """
    found = {path.stem: _read(path, PartnerFile) for path in sorted(folder.glob("*.json"))} if folder else {}
    for name, file in found.items():
        if file.identity.name != name:
            raise TopologyBroken(f"{folder}: {name}.json is of {file.identity.name}; a partner's file has its name")
    return found


def read_topology(folder: Path, overlay: str | None = None, partners: Path | None = None) -> Topology:
    """Read a folder of files; ``overlay`` names one of its overlays, such as ``production``.

    ``partners`` is a folder of partners' files, which belongs to whoever operates it and to no release.
    Raises ``TopologyBroken``.
    """
    defaults = _read(folder / "defaults.json", _Defaults)
    over = _read(folder / "overlays" / f"{overlay}.json", _Defaults) if overlay else _Defaults()
    files: dict[Path, _File | PartnerFile] = {
        path: _read(path, _File) for path in sorted(folder.glob("*.json")) if path.name != "defaults.json"
    }
    if not files:
        raise TopologyBroken(f"{folder} holds no topology; name the folder with RELEVO_TOPOLOGY or --folder")
    if partners:
        files |= {partners / f"{name}.json": file for name, file in read_partners(partners).items()}
    topology = Topology(
        [
            _api(path, {**defaults.stream, **each, **over.stream})
            for path, file in files.items()
            for each in file.streams
        ],
        [
            _consumer(path, {**defaults.consumer, **each, **over.consumer})
            for path, file in files.items()
            for each in file.consumers
        ],
        [identity for file in files.values() for identity in file.identities],
    )
    _refuse_what_does_not_fit(folder, topology)
    return topology


def _read(path: Path, model: type[_M]) -> _M:
    try:
        return model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as broken:
        raise TopologyBroken(f"{path}: {broken}") from None


def _consumer(path: Path, spelled: Mapping[str, Any]) -> Consumer:
    config = dict(_api(path, spelled))
    try:
        stream, name = config.pop("stream"), config["name"]
    except KeyError as missing:
        raise TopologyBroken(f"{path}: a consumer lacks {missing}") from None
    return Consumer(stream, {**config, "durable_name": name})


def _api(path: Path, spelled: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: _nanoseconds(path, name, value) if name in _DURATIONS else value for name, value in spelled.items()}


def _nanoseconds(path: Path, name: str, value: object) -> int:
    found = _DURATION.fullmatch(str(value))
    if not found:
        raise TopologyBroken(f"{path}: {name} is {value!r}; write a number and one of ms, s, m, h, d, such as 400d")
    return int(found[1]) * NANOSECONDS[found[2]]


def _refuse_what_does_not_fit(folder: Path, topology: Topology) -> None:
    names = [
        *(f"stream {each.get('name')}" for each in topology.streams),
        *(f"consumer {each.name}" for each in topology.consumers),
        *(f"identity {each.name}" for each in topology.identities),
    ]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise TopologyBroken(f"{folder}: named twice: {', '.join(repeated)}")
    streams = {each.get("name") for each in topology.streams}
    if lost := sorted(f"{each.name} ({each.stream})" for each in topology.consumers if each.stream not in streams):
        raise TopologyBroken(f"{folder}: consumers of streams that no file has: {', '.join(lost)}")
    durables = {each.name for each in topology.consumers}
    for identity in topology.identities:
        if lost := sorted({*identity.take} - durables) + sorted({*identity.read} - streams - {"*"}):
            raise TopologyBroken(f"{folder}: {identity.name} is to have what no file has: {', '.join(lost)}")
