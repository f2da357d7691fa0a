"""A call under attack: what whoever begins brings then, and what coordinators see and say of it."""

from __future__ import annotations

from fastapi import Request, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_contracts.model import Id
from relevo_intake.commands import guarding
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.guarding import SetGuard
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.equipment import TooManyTickets
from relevo_intake.http.callers import InEquipment, InOffice, MayManageCalls
from relevo_intake.http.forms.guarding import GuardForm
from relevo_intake.http.views.guarding import GuardView, TicketView, guard_answer, guard_view, ticket_view
from relevo_intake.proofs import Challenge, new_challenge, new_ticket
from relevo_intake.store.guarding import begun_lately

router = Routes(tags=["guarding"])


@router.get("/calls/{call_id}/challenge")
@refuses(NoSuchCall)
async def read_challenge(call_id: Id, office: InOffice, equipment: InEquipment) -> Challenge:
    """A challenge whose solution lets one application begin, for anybody; another each time.

    As ALTCHA's solvers read it (proof of work, version 2). Send the solution in Relevo-Proof, as ALTCHA encodes it.
    """
    await call_of(office.store, call_id)
    return new_challenge(office.vault.service_key, call_id, equipment.now())


@router.post("/calls/{call_id}/tickets", status_code=201, openapi_extra=NOT_ONCE)
@refuses(NoSuchCall, TooManyTickets)
async def issue_ticket(call_id: Id, request: Request, office: InOffice, equipment: InEquipment) -> TicketView:
    """For whoever can solve nothing: a ticket that lets one application begin after a wait. Few for one address."""
    await call_of(office.store, call_id)
    equipment.spend_ticket(request)
    return ticket_view(new_ticket(office.vault.service_key, call_id, equipment.now()))


@router.get("/calls/{call_id}/guard")
@refuses(NoSuchCall)
async def read_guard(call_id: Id, _: MayManageCalls, office: InOffice, equipment: InEquipment) -> GuardView:
    """Whether a call is under attack, and how many began in the last ten minutes (coordinator)."""
    call = await call_of(office.store, call_id)
    return guard_view(call, (await begun_lately(office.store, equipment.now()))[call_id])


@router.put("/calls/{call_id}/guard", response_model=GuardView)
@refuses(NoSuchCall)
async def set_guard(
    call_id: Id, form: GuardForm, caller: MayManageCalls, asking: InAsking, office: InOffice
) -> Response:
    """Say when a call wants proofs: while it is under attack, always or never (coordinator). Goes on record."""
    command = SetGuard(call_id, form.when)
    return await asking.answer(guarding.set_guard, office, command, by=caller.id, respond=guard_answer)
