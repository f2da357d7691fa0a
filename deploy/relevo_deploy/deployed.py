"""What is deployed: the services that tell events, which contracts know by name, and the portal, which tells none."""

from __future__ import annotations

from relevo_contracts import SERVICES

PORTAL = "portal"
DEPLOYED: tuple[str, ...] = (*SERVICES, PORTAL)
"""Everything that has a process, a database and a user on the bus of its own."""
