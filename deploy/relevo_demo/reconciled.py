"""The replay's evidence as the reconciliation takes it: all has come to rest, and nothing is too old to count."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from relevo_contracts import SERVICES, stream_of
from relevo_contracts.topology import Durable
from relevo_demo.evidence import Evidence, service_of
from relevo_deploy.reconcile import evidence as rest
from relevo_deploy.reconcile.reading import digest_of_row
from relevo_deploy.reconcile.scope import AGGREGATES

_READ_AT = datetime(9999, 1, 1, tzinfo=UTC)
_COMMITTED_AT = _READ_AT - timedelta(days=1)


def reconciled(evidence: Evidence) -> rest.Evidence:
    """What waits still counts as late, and what a durable has not taken as lost: the play is over."""
    return rest.Evidence(
        _READ_AT,
        SERVICES,
        {service: _outbox(evidence, service) for service in SERVICES},
        {service: _aggregates(evidence, service) for service in SERVICES},
        {service: _stream(evidence, service) for service in SERVICES},
        tuple(_durable(evidence, each) for each in evidence.durables),
        {each.name: _positions(evidence, each) for each in evidence.durables},
    )


def _outbox(evidence: Evidence, service: str) -> dict[str, tuple[rest.OutboxRow, ...]]:
    lanes: dict[str, list[rest.OutboxRow]] = defaultdict(list)
    for row in evidence.of(service, "outbox"):
        if "sequence" in row:
            published = rest.OutboxRow(
                row["_id"], row["sequence"], row.get("sent", True), False, _COMMITTED_AT, digest_of_row(row)
            )
            lanes[row["lane"]].append(published)
    return {lane: tuple(rows) for lane, rows in lanes.items()}


def _aggregates(evidence: Evidence, service: str) -> dict[str, int]:
    return {
        f"{kind}/{row['_id']}": int(row["sequence"])
        for kind in AGGREGATES[service]
        for row in evidence.of(service, kind)
        if row["sequence"]
    }


def _stream(evidence: Evidence, service: str) -> rest.Stream:
    name = stream_of(service)
    stored = [each for each in evidence.events if each.stream == name]
    messages = tuple(
        rest.Stored(place, each.id, each.aggregate, each.sequence, each.digest) for place, each in enumerate(stored, 1)
    )
    return rest.Stream(name, True, 0, messages)


def _durable(evidence: Evidence, durable: Durable) -> rest.Durable:
    [producer] = [service for service in SERVICES if stream_of(service) == durable.stream]
    aggregates = frozenset(subject.split(".")[2] for subject in durable.filter_subjects)
    return rest.Durable(durable.name, service_of(durable.name) or "", producer, aggregates, True, len(evidence.events))


def _positions(evidence: Evidence, durable: Durable) -> dict[str, rest.Position]:
    rows: list[Any] = [
        (row["_id"].partition("|"), row) for row in evidence.of(service_of(durable.name) or "", "positions")
    ]
    return {
        place: rest.Position(int(row["sequence"]), bool(row.get("parked")), row.get("taken"))
        for (name, _, place), row in rows
        if name == durable.name
    }
