"""Beginning while a call is under attack: what the browser solved, or else a ticket that it holds until it counts.

The ticket is a cookie, which ends with the browser, so that whoever closes the page finds it again. It names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi import Response

from relevo_portal.equipment import Equipment
from relevo_portal.http.callers import Visit, hold, let_go, name_of_cookie
from relevo_portal.page.guarding import Guarding, Wait
from relevo_portal.services.applying import Call
from relevo_portal.services.asking import Away, NothingThere
from relevo_portal.services.guarding import issue_ticket, read_challenge

TICKET = "ticket"
_SOLVED = re.compile(r"[A-Za-z0-9+/=]{1,2000}\Z")
_TICKET_COOKIE = re.compile(r"([0-9a-f]{32})_([0-9]{1,12})_([0-9]{1,12})_([a-z0-9.]{10,200})\Z")


class OwnTicket(NamedTuple):
    """A ticket as a browser holds it."""

    call_id: str
    wait: Wait
    ticket: str

    def counts_at(self, now: datetime) -> bool:
        return self.wait.counts_from <= now < self.wait.counts_until


def solution_in(form: Mapping[str, str]) -> str | None:
    """What the page's script solved; ``None`` where there was none, and for what is none."""
    text = form.get("proof", "")
    return text if _SOLVED.match(text) else None


def own_ticket(visit: Visit, call_id: str) -> OwnTicket | None:
    """That of the call, unless it counts no more."""
    found = _TICKET_COOKIE.match(visit.request.cookies.get(name_of_cookie(TICKET, visit.equipment), ""))
    if found is None or found[1] != call_id:
        return None
    begins, until = (datetime.fromtimestamp(int(found[at]), UTC) for at in (2, 3))
    return OwnTicket(call_id, Wait(begins, until), found[4]) if visit.equipment.now() < until else None


async def new_ticket(visit: Visit, call_id: str) -> OwnTicket:
    """Raises ``Away``, ``LaterAgain`` or ``NothingThere``."""
    issued = await issue_ticket(visit.equipment.intake, call_id, visit.language, visit.client)
    return OwnTicket(call_id, Wait(issued.counts_from, issued.counts_until), issued.ticket)


def hold_ticket(answer: Response, equipment: Equipment, ticket: OwnTicket) -> None:
    begins, until = (int(each.timestamp()) for each in ticket.wait)
    hold(answer, equipment, TICKET, f"{ticket.call_id}_{begins}_{until}_{ticket.ticket}")


def let_go_of_ticket(answer: Response, visit: Visit) -> None:
    if name_of_cookie(TICKET, visit.equipment) in visit.request.cookies:
        let_go(answer, visit.equipment, TICKET)


async def guarding(visit: Visit, call: Call, ticket: OwnTicket | None) -> Guarding | None:
    """What the page of a call under attack shows besides; without work to do while intake is away."""
    if not call.proof_wanted:
        return None
    wait = ticket.wait if ticket else None
    try:
        challenge = await read_challenge(visit.equipment.intake, call.call_id, visit.language)
    except (Away, NothingThere):
        return Guarding(None, wait)
    return Guarding(challenge.model_dump_json(), wait)
