"""What is compared, and as whom it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relevo_contracts import CONTRACTS, SERVICES

AUDITOR = "auditor"
AGGREGATES: Mapping[str, Sequence[str]] = {
    service: sorted({each.model.aggregate for each in CONTRACTS if each.model.service == service})
    for service in SERVICES
}
"""Of each service, the kinds of aggregate that tell events."""

AUDITED: Mapping[str, Sequence[str]] = {
    service: ["outbox", "positions", "parked", *aggregates] for service, aggregates in AGGREGATES.items()
}
"""The collections that are read, by database: neither the vault nor its keys."""
