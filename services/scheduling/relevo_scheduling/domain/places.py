"""Rooms of the venue and the faculty: what the programme shows of them, and nothing more."""

from __future__ import annotations

from typing import ClassVar

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Count, Frozen, Id
from relevo_scheduling.domain.kept import FACULTY, WEEK


class NoSuchRoom(Refusal):
    """There is no such room."""

    status = 404


class NoSuchFaculty(Refusal):
    """There is no such member of faculty."""

    status = 404


class Room(Frozen):
    """A room of an edition's venue."""

    kept: ClassVar[Kept] = WEEK

    room_id: Id
    edition_id: Id
    name: str
    seats: Count


class Faculty(Frozen):
    """Somebody who teaches, as the published programme shows them; ``subject`` is their account, if they have one."""

    kept: ClassVar[Kept] = FACULTY

    faculty_id: Id
    edition_id: Id
    name: str
    affiliation: str = ""
    subject: str | None = None
