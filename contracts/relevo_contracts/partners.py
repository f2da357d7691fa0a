"""What a partner gets on the bus: durables on public events, as the operators' files spell them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relevo_contracts.table import CONTRACTS, SERVICES, Contract, stream_of

PUBLIC: tuple[Contract, ...] = tuple(each for each in CONTRACTS if each.audience == "public")


def durables_of(name: str, contracts: Sequence[Contract]) -> list[dict[str, Any]]:
    """A durable for each service that tells any of these events.

    How long a partner's handlers take nobody here knows, hence an ``ack_wait`` of their own. One event is out at a
    time, so that what failed or was lost is never overtaken: a durable of single types has holes in its sequences,
    which would not show it.
    """
    subjects = {service: [each.subject for each in contracts if each.model.service == service] for service in SERVICES}
    return [
        {
            "name": f"{name}_{service}",
            "stream": stream_of(service),
            "description": f"The public events of {service}.",
            "ack_wait": "30s",
            "max_ack_pending": 1,
            "filter_subjects": found,
        }
        for service, found in subjects.items()
        if found
    ]
