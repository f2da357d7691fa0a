"""The HTTP door: pages, and the few files that they need."""

from __future__ import annotations

from relevo_portal.http import (
    apply,
    calls,
    danger,
    days,
    details,
    door,
    files,
    leaving,
    letter,
    lost,
    materials,
    mine,
    needs,
    offline,
    overview,
    paper,
    questions,
    rights,
    specimens,
    staff,
    wallet,
    week,
    writing,
)
from relevo_portal.http.forms import BODIES
from relevo_portal.http.problems import ProblemPages

ROUTERS = (
    door.router,
    calls.router,
    apply.router,
    questions.router,
    lost.router,
    mine.router,
    danger.router,
    details.router,
    needs.router,
    week.router,
    materials.router,
    letter.router,
    *days.ROUTERS,
    offline.router,
    wallet.router,
    paper.router,
    writing.router,
    rights.router,
    overview.router,
    *staff.ROUTERS,
    leaving.router,
    files.router,
    specimens.router,
)
MIDDLEWARE = (ProblemPages,)

__all__ = ["BODIES", "MIDDLEWARE", "ROUTERS"]
