"""The HTTP door."""

from __future__ import annotations

from relevo_scheduling.http import attendance, decisions, excuses, participants, places, programme, public

ROUTERS = (
    public.router,
    programme.router,
    places.router,
    attendance.router,
    participants.router,
    excuses.router,
    decisions.router,
)
