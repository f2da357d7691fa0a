"""The HTTP door."""

from __future__ import annotations

from relevo_scheduling.http import (
    attendance,
    decisions,
    excuses,
    materials,
    own_materials,
    participants,
    places,
    programme,
    public,
)

ROUTERS = (
    public.router,
    programme.router,
    places.router,
    attendance.router,
    participants.router,
    excuses.router,
    materials.router,
    own_materials.router,
    decisions.router,
)
