"""The routes of intake."""

from __future__ import annotations

from relevo_chassis.http.routes import Routes
from relevo_intake.http import (
    applications,
    assessments,
    blindness,
    calls,
    casework,
    confirmations,
    danger,
    decisions,
    details,
    drafts,
    identities,
    letters,
    mine,
    offers,
    outcomes,
    participants,
    recovery,
    reviewers,
    reviews,
    seats,
    selections,
    sessions,
)

ROUTERS: tuple[Routes, ...] = (
    applications.router,
    blindness.router,
    calls.router,
    confirmations.router,
    details.router,
    drafts.router,
    casework.router,
    reviews.router,
    reviewers.router,
    assessments.router,
    selections.router,
    outcomes.router,
    offers.router,
    seats.router,
    participants.router,
    identities.router,
    letters.router,
    decisions.router,
    sessions.router,
    mine.router,
    recovery.router,
    danger.router,
)
