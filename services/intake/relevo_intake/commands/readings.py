"""What intake opens sealed data for. Whoever opens any is put on record before."""

from __future__ import annotations

from typing import Literal

from relevo_chassis.edge.readings import Readings

Purpose = Literal["review", "selection", "certificate", "casework", "listing", "offer", "own"]

THE_SERVICE = "intake"
"""Who reads when nobody is shown anything: to compare, to weigh, to call up the waitlist."""

record_reading = Readings[Purpose]().record
