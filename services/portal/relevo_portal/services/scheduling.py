"""Scheduling: the week of whoever takes part."""

from __future__ import annotations

from relevo_portal.services.asking import Api


class Scheduling(Api):
    """Scheduling's HTTP API, as a participant may use it."""
