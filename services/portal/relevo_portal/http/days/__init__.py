"""The sixty days: the clock, plans and reports of sessions, requests for days, questions to the experts."""

from __future__ import annotations

from relevo_portal.http.days import overview, pictures, questions, requests, sessions, together
from relevo_portal.http.days.overview import part_of

ROUTERS = (overview.router, requests.router, questions.router, together.router, pictures.router, sessions.router)

__all__ = ["ROUTERS", "part_of"]
