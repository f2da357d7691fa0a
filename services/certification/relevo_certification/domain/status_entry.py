"""Places in the status lists, of which there is one for each purpose (Bitstring Status List 1.0)."""

from __future__ import annotations

from typing import ClassVar, Literal

from relevo_certification.domain.kept import CERTIFIED
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen

BITS = 131_072
"""The length of a list."""

StatusPurpose = Literal["revocation", "refresh"]
"""What a status list tells: that a credential was revoked, or that another took its place, which unmakes nothing."""
STATUS_PURPOSES: tuple[StatusPurpose, ...] = ("revocation", "refresh")


class NoSuchStatusList(Refusal):
    """There is no such status list."""

    status = 404


class StatusEntry(Frozen):
    """A taken place in the status lists."""

    kept: ClassVar[Kept] = CERTIFIED

    participant_id: str
    list_number: int
    position: int
    revoked: bool = False
    superseded: bool = False


def status_entry_id(list_number: int, position: int) -> str:
    """What a place in a status list is known by."""
    return f"{list_number}-{position}"
