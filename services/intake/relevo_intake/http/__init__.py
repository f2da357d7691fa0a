"""The routes of intake."""

from __future__ import annotations

from fastapi import APIRouter

from relevo_intake.http import applications, calls, casework, drafts, identities

ROUTERS: tuple[APIRouter, ...] = (
    calls.router,
    applications.router,
    drafts.router,
    casework.router,
    identities.router,
)
