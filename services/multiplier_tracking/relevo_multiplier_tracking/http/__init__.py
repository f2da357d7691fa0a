"""The service's HTTP API."""

from __future__ import annotations

from relevo_multiplier_tracking.http import coordinators, decisions, participants, pictures, support, together, words

ROUTERS = (
    participants.router,
    coordinators.router,
    pictures.router,
    support.router,
    together.router,
    words.router,
    decisions.router,
)
