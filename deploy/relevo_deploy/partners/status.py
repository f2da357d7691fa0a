"""How partners stand: what they may have, what waits for each, what each has in hand and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from relevo_deploy.operations.columns import columns
from relevo_deploy.partners.files import events_of
from relevo_deploy.topology.bus import Bus
from relevo_deploy.topology.files import PartnerFile, Topology


class DurableStatus(NamedTuple):
    """A durable of a partner; ``out`` were delivered and are not answered. Instants are the bus's."""

    name: str
    stream: str
    events: Sequence[str]
    exists: bool
    waiting: int = 0
    out: int = 0
    delivered_at: datetime | None = None
    acknowledged_at: datetime | None = None


class PartnerStatus(NamedTuple):
    """A partner; ``differs`` says what of its account or durables is not as its file says."""

    name: str
    added_at: datetime
    durables: Sequence[DurableStatus]
    differs: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        durables = [each._asdict() for each in self.durables]
        events = [name for each in self.durables for name in each.events]
        return {**self._asdict(), "events": events, "durables": durables}


async def statuses(bus: Bus, partners: Mapping[str, PartnerFile], topology: Topology) -> list[PartnerStatus]:
    """How each partner stands. Raises ``JetStreamRefused`` or ``AccountRefused``."""
    differences = await bus.differences(topology)
    found = []
    for name, file in partners.items():
        own = {f"identity {name}", *(f"consumer {each['name']} of {each['stream']}" for each in file.consumers)}
        durables = [await _durable(bus, each) for each in file.consumers]
        differs = [str(each) for each in differences if each.what in own]
        found.append(PartnerStatus(name, file.added_at, durables, differs))
    return found


async def strangers(bus: Bus, topology: Topology) -> list[str]:
    """Who has an account on the bus and stands in no file."""
    differences = await bus.accounts.differences(topology)
    return sorted(each.what.split()[1] for each in differences if each.action == "unmanaged")


async def _durable(bus: Bus, spelled: Mapping[str, Any]) -> DurableStatus:
    name, stream, events = spelled["name"], spelled["stream"], events_of(spelled["filter_subjects"])
    found = await bus.streams.durable(stream, name)
    if found is None:
        return DurableStatus(name, stream, events, exists=False)
    delivered, acknowledged = (_instant(found[each].get("last_active")) for each in ("delivered", "ack_floor"))
    return DurableStatus(
        name, stream, events, True, found["num_pending"], found["num_ack_pending"], delivered, acknowledged
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def as_text(partners: Iterable[PartnerStatus], now: datetime) -> str:
    """A line for each durable, for people."""
    head = ("partner", "since", "durable", "events", "waiting", "out", "last delivered", "last acknowledged")
    rows = [
        (
            partner.name,
            f"{partner.added_at:%Y-%m-%d}",
            each.name,
            ", ".join(each.events),
            *((str(each.waiting), str(each.out)) if each.exists else ("GONE", "")),
            _ago(each.delivered_at, now),
            _ago(each.acknowledged_at, now),
        )
        for partner in partners
        for each in partner.durables
    ]
    return columns(head, rows)


def _ago(instant: datetime | None, now: datetime) -> str:
    if instant is None:
        return "never"
    seconds = max(0, round((now - instant).total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
