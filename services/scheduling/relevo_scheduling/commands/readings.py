"""What scheduling opens sealed texts for. Whoever opens any is put on record before."""

from __future__ import annotations

from typing import Literal

from relevo_chassis.people.readings import Readings

Purpose = Literal["casework", "own"]

record_reading = Readings[Purpose]().record
