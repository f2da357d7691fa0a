"""What certification opens sealed data for. Whoever opens any is put on record before.

What a certificate's link shows is not among it: its holder gave the link away to be looked at. To note each look
would tell who is shown certificates, and would let anybody fill the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from relevo_certification.commands.office import Office
from relevo_chassis.delivery.change import Asked
from relevo_chassis.people.readings import Readings

Purpose = Literal["issue", "correction", "casework", "own"]
_READINGS = Readings[Purpose]()


@dataclass(frozen=True, slots=True)
class RecordReading:
    """Which field sets of whom are to be opened, and what for."""

    purpose: Purpose
    field_sets: Sequence[str]
    person_ids: Sequence[str]


async def record_reading(office: Office, command: RecordReading, asked: Asked) -> None:
    """Put on record that they are opened by whom this was asked. Returns when it is durable."""
    await _READINGS.record(
        office.commits,
        reader=asked.by,
        purpose=command.purpose,
        field_sets=command.field_sets,
        person_ids=command.person_ids,
        now=asked.now,
    )
