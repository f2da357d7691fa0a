"""Calls: what anybody may read, and what a coordinator does."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.edge.answers import shown
from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.etag import etag_of, if_match
from relevo_chassis.edge.ids import new_code, new_id
from relevo_chassis.edge.once import Answer, answer_json, answered, once_of
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_contracts import Requirements, derived_id
from relevo_contracts.intake import ClosedBy
from relevo_contracts.model import Id
from relevo_intake.codes import late_code_hash
from relevo_intake.commands import calls
from relevo_intake.domain.call import (
    Call,
    CallExists,
    CallIsClosed,
    CallStanding,
    CallWasSelected,
    ClosesEarlier,
    Correction,
    Criteria,
    CriteriaAreInUse,
    NoSuchCall,
)
from relevo_intake.domain.gate import taken
from relevo_intake.http.callers import Coordinator
from relevo_intake.http.forms.calls import CallForm, CorrectionForm, ExtensionForm, LateCodeForm, Texts, Titles
from relevo_intake.store.people import CALL, counted

router = Routes(tags=["calls"])


class ExpiresTooEarly(Refusal):
    """A late-access code must be good for some time; choose a later instant."""

    status = 422
    where = "body.expires_at"


class CallView(BaseModel):
    """A call as it is published."""

    call_id: Id
    edition_id: Id
    titles: Titles
    texts: Texts
    state: CallStanding
    opens_at: datetime
    closes_at: datetime
    seats: int
    travel_grants: int
    requirements: Requirements
    requirements_version: int
    criteria: Criteria


class CallFigures(CallView):
    """A call as its coordinators see it."""

    applications: int = Field(description="accepted, linked ones among them")
    closed_at: datetime | None
    closed_by: ClosedBy | None = Field(description="how it was closed; null while nobody has closed it")
    closed_by_whom: str | None = Field(description="who closed it by hand")
    late_codes: int = Field(description="late-access codes given out")
    late_codes_used: int


class LateCodeView(BaseModel):
    """A late-access code, shown this once; hand it to one person."""

    late_code: str
    expires_at: datetime


@router.post("/calls", status_code=201, response_model=CallFigures, responses=shown(status=201, tag=True))
@refuses(CallExists)
async def open_call(request: Request, form: CallForm, caller: Coordinator, shell: InShell) -> Response:
    """Open a call (coordinator)."""
    now = shell.clock.now()
    call = Call(
        call_id=form.call_id or new_id(),
        edition_id=form.edition_id,
        titles=form.titles,
        texts=form.texts,
        opens_at=form.opens_at,
        closes_at=form.closes_at,
        seats=form.seats,
        travel_grants=form.travel_grants,
        requirements=form.requirements,
        criteria=form.criteria,
    )

    def respond(opened: Call) -> Answer:
        return answer_json(_figures(opened, 0, now), 201, location=f"/calls/{opened.call_id}", etag=_tag(opened))

    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault, respond)
    outcome = await calls.open_call(shell.by(caller), call, once, now, derived_id("request", once.key))
    return await answered(shell.vault, once, outcome)


@router.get("/calls")
@refuses(BadCursor)
async def list_calls(
    shell: InShell,
    after: After = None,
    limit: Limit = 50,
    edition_id: Annotated[Id | None, Query(description="only those of this edition")] = None,
) -> Page[CallView]:
    """Calls, for anybody."""
    cursors = Cursors(shell.vault.service_key, "calls", edition_id or "")
    where = {"edition_id": edition_id} if edition_id else {}
    found = await shell.store.select(CALL, where, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda call: call.call_id)
    now = shell.clock.now()
    return Page(items=tuple(_view(call, now) for call in page.items), next=page.next)


@router.get("/calls/{call_id}", response_model=CallView, responses=shown(tag=True))
@refuses(NoSuchCall)
async def read_call(call_id: Id, response: Response, shell: InShell) -> CallView:
    """A call, for anybody: its times, requirements and the published criteria."""
    call = await existing_call(shell, call_id)
    response.headers["etag"] = _tag(call)
    return _view(call, shell.clock.now())


@router.get("/calls/{call_id}/figures", response_model=CallFigures, responses=shown(tag=True))
@refuses(NoSuchCall)
async def read_figures(call_id: Id, response: Response, _: Coordinator, shell: InShell) -> CallFigures:
    """A call with its counts (coordinator)."""
    call = await existing_call(shell, call_id)
    response.headers["etag"] = _tag(call)
    return _figures(call, taken(await counted(shell.store, call_id)), shell.clock.now())


@router.post("/calls/{call_id}/closing", response_model=CallFigures, responses=shown(tag=True))
@refuses(CallIsClosed, NoSuchCall)
async def close_call(request: Request, call_id: Id, caller: Coordinator, shell: InShell) -> Response:
    """Close by hand, a minute ahead (coordinator)."""
    now, applications = shell.clock.now(), taken(await counted(shell.store, call_id))
    once = await once_of(
        request,
        caller.id,
        shell.vault.service_key,
        shell.vault,
        lambda call: answer_json(_figures(call, applications, now), etag=_tag(call)),
    )
    outcome = await calls.close_call_by_hand(shell.by(caller), call_id, once, now, derived_id("request", once.key))
    return await answered(shell.vault, once, outcome)


@router.post("/calls/{call_id}/extension", response_model=CallFigures, responses=shown(tag=True))
@refuses(CallWasSelected, ClosesEarlier, NoSuchCall)
async def extend_call(
    request: Request,
    call_id: Id,
    form: ExtensionForm,
    tag: Annotated[str, Depends(if_match)],
    caller: Coordinator,
    shell: InShell,
) -> Response:
    """Keep a call open longer, or open it again after its close, until a selection was applied (coordinator; rule 1).

    Goes on record. Needs If-Match.
    """
    now, applications = shell.clock.now(), taken(await counted(shell.store, call_id))
    once = await once_of(
        request,
        caller.id,
        shell.vault.service_key,
        shell.vault,
        lambda call: answer_json(_figures(call, applications, now), etag=_tag(call)),
    )
    command = calls.ExtendCall(call_id, form.closes_at, tag, caller.id)
    outcome = await calls.extend_call(shell.committer, command, once, now, derived_id("request", once.key))
    return await answered(shell.vault, once, outcome)


@router.patch("/calls/{call_id}", response_model=CallFigures, responses=shown(tag=True))
@refuses(CriteriaAreInUse, NoSuchCall)
async def correct_call(
    call_id: Id,
    form: CorrectionForm,
    tag: Annotated[str, Depends(if_match)],
    response: Response,
    caller: Coordinator,
    shell: InShell,
) -> CallFigures:
    """Correct titles and texts at any time, criteria until the first review (coordinator). Needs If-Match."""
    now = shell.clock.now()
    correction = Correction(titles=form.titles, texts=form.texts, criteria=form.criteria)
    command = calls.CorrectCall(call_id, correction, tag, caller.id)
    call = await calls.correct_call(shell.committer, command, now, new_id())
    response.headers["etag"] = _tag(call)
    return _figures(call, taken(await counted(shell.store, call_id)), now)


@router.put("/calls/{call_id}/requirements", response_model=CallFigures, responses=shown(tag=True))
@refuses(NoSuchCall)
async def change_requirements(
    call_id: Id,
    form: Requirements,
    tag: Annotated[str, Depends(if_match)],
    response: Response,
    caller: Coordinator,
    shell: InShell,
) -> CallFigures:
    """Put other requirements in force for what begins from now on (coordinator). Needs If-Match."""
    now = shell.clock.now()
    command = calls.ChangeRequirements(call_id, form, tag)
    call = await calls.change_requirements(shell.by(caller), command, now, new_id())
    response.headers["etag"] = _tag(call)
    return _figures(call, taken(await counted(shell.store, call_id)), now)


@router.post("/calls/{call_id}/late-codes", status_code=201, response_model=LateCodeView)
@refuses(ExpiresTooEarly, NoSuchCall)
async def issue_late_code(
    request: Request, call_id: Id, form: LateCodeForm, caller: Coordinator, shell: InShell
) -> Response:
    """Give out a code that lets one application in after the close (coordinator)."""
    now, code = shell.clock.now(), new_code()
    if form.expires_at <= now:
        raise ExpiresTooEarly(call_id=call_id)
    hashed = late_code_hash(shell.vault, call_id, code)
    command = calls.IssueLateCode(call_id, code, hashed, form.expires_at)

    def respond(issued: calls.IssueLateCode) -> Answer:
        return answer_json(LateCodeView(late_code=issued.code, expires_at=issued.expires_at), 201)

    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault, respond)
    outcome = await calls.issue_late_code(shell.by(caller), command, once, now, derived_id("request", once.key))
    return await answered(shell.vault, once, outcome)


async def existing_call(shell: InShell, call_id: str) -> Call:
    """Raises ``NoSuchCall``."""
    call = await shell.store.state(CALL(call_id))
    if call is None:
        raise NoSuchCall(call_id=call_id)
    return call


def _tag(call: Call) -> str:
    return etag_of(calls.public_part(call))


def _shown(call: Call, now: datetime) -> dict[str, Any]:
    fields = {name: getattr(call, name) for name in CallView.model_fields if name != "state"}
    return {**fields, "state": call.standing_at(now)}


def _view(call: Call, now: datetime) -> CallView:
    return CallView(**_shown(call, now))


def _figures(call: Call, applications: int, now: datetime) -> CallFigures:
    used = sum(1 for code in call.late_codes if code.used_by)
    return CallFigures(
        **_shown(call, now),
        applications=applications,
        closed_at=call.closed_at,
        closed_by=call.closed_by,
        closed_by_whom=call.closed_by_whom,
        late_codes=len(call.late_codes),
        late_codes_used=used,
    )
