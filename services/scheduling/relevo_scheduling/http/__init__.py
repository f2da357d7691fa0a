"""The HTTP door."""

from __future__ import annotations

from relevo_scheduling.http import attendance, decisions, excuses, people, programme, public

ROUTERS = (public.router, programme.router, people.router, attendance.router, excuses.router, decisions.router)
