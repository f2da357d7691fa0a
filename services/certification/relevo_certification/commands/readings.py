"""What certification opens sealed data for. Whoever opens any is put on record before.

What a certificate's link shows is not among it: its holder gave the link away to be looked at. To note each look
would tell who is shown certificates, and would let anybody fill the store.
"""

from __future__ import annotations

from typing import Literal

from relevo_chassis.people.readings import Readings

Purpose = Literal["issue", "correction", "casework", "own"]

record_reading = Readings[Purpose]().record
