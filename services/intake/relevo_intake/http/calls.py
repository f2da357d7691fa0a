"""Calls: what anybody may read, and what a coordinator does."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Depends, Query, Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import if_match
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts import Requirements
from relevo_contracts.model import Id
from relevo_intake.commands import calls
from relevo_intake.commands.calls import call_of
from relevo_intake.domain.call import (
    CallExists,
    CallIsClosed,
    CallWasSelected,
    ClosesEarlier,
    CriteriaAreInUse,
    ExpiresTooEarly,
    NoSuchCall,
    NoTimeToApprove,
)
from relevo_intake.domain.gate import applications_at
from relevo_intake.domain.questions import QuestionsAreUntranslated
from relevo_intake.http.callers import InOffice, MayManageCalls, MayOpenCalls
from relevo_intake.http.forms.calls import CallForm, CorrectionForm, ExtensionForm, LateCodeForm
from relevo_intake.http.views.calls import (
    CallFiguresView,
    CallView,
    LateCodeView,
    call_answer,
    call_view,
    figures_answer,
    late_code_answer,
    opened_answer,
)
from relevo_intake.rights import RIGHTS, Task
from relevo_intake.store.people import CALL, counted

router = Routes(tags=["calls"])
NewRequirements = Annotated[
    Requirements, Body(openapi_examples={"days": {"value": {"multiplier_days": 90, "offer_days": 5}}})
]
Tag = Annotated[str, Depends(if_match)]


@router.post("/calls", status_code=201, response_model=CallFiguresView, responses=sends(status=201, tag=True))
@refuses(CallExists, NoTimeToApprove, QuestionsAreUntranslated)
async def open_call(form: CallForm, caller: MayOpenCalls, asking: InAsking, office: InOffice) -> Response:
    """Open a call (coordinator)."""
    RIGHTS.require(caller, Task.MANAGE_CALLS, form.edition_id)
    command = calls.OpenCall(form.call())
    return await asking.answer(calls.open_call, office, command, by=caller.id, respond=opened_answer)


@router.get("/calls")
@refuses(BadCursor)
async def list_calls(
    shell: InShell,
    office: InOffice,
    after: After = None,
    limit: Limit = 50,
    edition_id: Annotated[Id | None, Query(description="only those of this edition")] = None,
) -> Page[CallView]:
    """Calls, for anybody."""
    cursors = Cursors(office.vault.service_key, "calls", edition_id or "")
    where = {"edition_id": edition_id} if edition_id else {}
    found = await office.store.select(CALL, where, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda call: call.call_id)
    now = shell.clock.now()
    return Page(items=tuple(call_view(call, now) for call in page.items), next=page.next)


@router.get("/calls/{call_id}", response_model=CallView, responses=sends(tag=True))
@refuses(NoSuchCall)
async def read_call(call_id: Id, shell: InShell, office: InOffice) -> Response:
    """A call, for anybody: its times, requirements and the published criteria."""
    return call_answer(await call_of(office.store, call_id), shell.clock.now()).response()


@router.get("/calls/{call_id}/figures", response_model=CallFiguresView, responses=sends(tag=True))
@refuses(NoSuchCall)
async def read_figures(call_id: Id, _: MayManageCalls, shell: InShell, office: InOffice) -> Response:
    """A call with its counts (coordinator)."""
    call = await call_of(office.store, call_id)
    applications = applications_at(await counted(office.store, call_id))
    return figures_answer(calls.CallFigures(call, applications, shell.clock.now())).response()


@router.post("/calls/{call_id}/close", response_model=CallFiguresView, responses=sends(tag=True))
@refuses(CallIsClosed, NoSuchCall)
async def close_call(call_id: Id, caller: MayManageCalls, asking: InAsking, office: InOffice) -> Response:
    """Close by hand, a minute ahead (coordinator)."""
    command = calls.CloseCall(call_id)
    return await asking.answer(calls.close_call, office, command, by=caller.id, respond=figures_answer)


@router.post("/calls/{call_id}/extend", response_model=CallFiguresView, responses=sends(tag=True))
@refuses(CallWasSelected, ClosesEarlier, NoSuchCall)
async def extend_call(
    call_id: Id, form: ExtensionForm, tag: Tag, caller: MayManageCalls, asking: InAsking, office: InOffice
) -> Response:
    """Keep a call open longer, or open it again after its close, until a selection was applied (coordinator; rule 1).

    Goes on record. Needs If-Match.
    """
    command = calls.ExtendCall(call_id, form.closes_at, tag)
    return await asking.answer(calls.extend_call, office, command, by=caller.id, respond=figures_answer)


@router.patch("/calls/{call_id}", response_model=CallFiguresView, responses=sends(tag=True))
@refuses(CriteriaAreInUse, NoSuchCall, QuestionsAreUntranslated)
async def correct_call(
    call_id: Id, form: CorrectionForm, tag: Tag, caller: MayManageCalls, asking: InAsking, office: InOffice
) -> Response:
    """Correct titles and texts at any time, criteria until the first review (coordinator). Needs If-Match.

    A language that the call's questions are not in is refused.
    """
    command = calls.CorrectCall(call_id, form.correction(), tag)
    return await asking.answer(calls.correct_call, office, command, by=caller.id, respond=figures_answer)


@router.put("/calls/{call_id}/requirements", response_model=CallFiguresView, responses=sends(tag=True))
@refuses(NoSuchCall)
async def change_requirements(
    call_id: Id, form: NewRequirements, tag: Tag, caller: MayManageCalls, asking: InAsking, office: InOffice
) -> Response:
    """Put other requirements in force for what begins from now on (coordinator). Needs If-Match."""
    command = calls.ChangeRequirements(call_id, form, tag)
    return await asking.answer(calls.change_requirements, office, command, by=caller.id, respond=figures_answer)


@router.post("/calls/{call_id}/late-codes", status_code=201, response_model=LateCodeView)
@refuses(ExpiresTooEarly, NoSuchCall)
async def issue_late_code(
    call_id: Id, form: LateCodeForm, caller: MayManageCalls, asking: InAsking, office: InOffice
) -> Response:
    """Give out a code that lets one application in after the close (coordinator)."""
    command = calls.IssueLateCode(call_id, form.expires_at)
    return await asking.answer(calls.issue_late_code, office, command, by=caller.id, respond=late_code_answer)
