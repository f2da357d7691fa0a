"""Intake, as whoever begins while a call is under attack asks it: work to be done, or a ticket by waiting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered, done, on_behalf_of, read
from relevo_portal.services.intake import Intake


class Challenge(Answered):
    """What a device solves, in ALTCHA's format."""

    parameters: Mapping[str, Any]
    signature: str


class Ticket(Answered):
    """What counts in the place of a solution, from an instant on and until another."""

    ticket: str
    counts_from: datetime
    counts_until: datetime


async def read_challenge(intake: Intake, call_id: str, language: Language) -> Challenge:
    """Raises ``Away`` or ``NothingThere``."""
    return await intake.read_openly(f"/calls/{call_id}/challenge", language, Challenge)


async def issue_ticket(intake: Intake, call_id: str, language: Language, client: str) -> Ticket:
    """For somebody at this address. Raises ``Away``, ``LaterAgain`` or ``NothingThere``."""
    headers = {"Accept-Language": language, **on_behalf_of(client)}
    return read(done(await intake.asked("POST", f"/calls/{call_id}/tickets", headers)), Ticket)
