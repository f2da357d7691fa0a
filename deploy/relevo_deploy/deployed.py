"""What is deployed: the services that tell events, which contracts know by name, and those that tell none."""

from __future__ import annotations

from relevo_contracts import SERVICES

PORTAL, WEBHOOKS = "portal", "webhooks"
DEPLOYED: tuple[str, ...] = (*SERVICES, PORTAL, WEBHOOKS)
"""Everything that has a process, a database and a user on the bus of its own."""
