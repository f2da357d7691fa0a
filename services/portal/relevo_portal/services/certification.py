"""Certification: the certificate of whoever did both."""

from __future__ import annotations

from relevo_portal.services.asking import Api


class Certification(Api):
    """Certification's HTTP API, as a participant may use it."""
