"""Multiplier tracking: the sixty days of whoever takes part."""

from __future__ import annotations

from relevo_portal.services.asking import Api


class MultiplierTracking(Api):
    """Multiplier tracking's HTTP API, as a participant may use it."""
