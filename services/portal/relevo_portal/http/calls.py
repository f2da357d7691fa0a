"""The calls, for anybody, and where somebody begins an application: a draft, its code, and a session with it."""

from __future__ import annotations

from typing import get_args

from fastapi import HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_contracts.model import Id
from relevo_portal.equipment import TooManyBeginnings
from relevo_portal.http.callers import FORM, SESSION, InSession, InVisit, Visit, end_session, hold, token_of, wait_after
from relevo_portal.http.forms import NotFromHere, form_of, once_of, require_own
from relevo_portal.http.guarding import (
    OwnTicket,
    guarding,
    hold_ticket,
    let_go_of_ticket,
    new_ticket,
    own_ticket,
    solution_in,
)
from relevo_portal.page.calls import Begin, call_page, calls_page, notice_page
from relevo_portal.page.frame import sent
from relevo_portal.services.applying import current_calls, read_call, start_draft
from relevo_portal.services.asking import Away, Declined, LaterAgain, NothingThere, ProofWanted
from relevo_portal.services.intake import NoLongerThere, NoSuchCode
from relevo_portal.words.apply import BeginMistake
from relevo_portal.words.guarding import ProofMistake

router = Routes(include_in_schema=False)
_STATUS: dict[str, int] = {
    "away": 503,
    "too_many": 429,
    "not_from_here": 403,
    "over": 409,
    **dict.fromkeys(get_args(ProofMistake), 428),
}
_MISTAKES: dict[type[Exception], BeginMistake] = {
    NotFromHere: "not_from_here",
    TooManyBeginnings: "too_many",
    LaterAgain: "too_many",
    Away: "away",
    NoSuchCode: "away",
    NoLongerThere: "away",
}


@router.get("/calls", response_class=HTMLResponse)
async def read_calls(visit: InVisit) -> Response:
    """Those that are announced or open."""
    try:
        found = await current_calls(visit.equipment.intake, visit.language)
    except Away:
        return _later(sent(calls_page(visit.frame("/calls"), None), visit.language, 503))
    return sent(calls_page(visit.frame("/calls"), found), visit.language)


@router.get("/notice", response_class=HTMLResponse)
async def read_notice(visit: InVisit) -> Response:
    """How data are treated."""
    return sent(notice_page(visit.frame("/notice")), visit.language)


@router.get("/calls/{call_id}", response_class=HTMLResponse)
async def read_one(call_id: Id, visit: InVisit) -> Response:
    """What a call is, who may apply, what is asked and why, until when."""
    return await _page(visit, call_id)


@router.post("/calls/{call_id}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def begin(call_id: Id, visit: InVisit, session: InSession) -> Response:
    """Begin a draft, once for the key that the form has had since it was shown, and come in with its code."""
    form = await form_of(visit.request)
    once = once_of(form)
    intake = visit.equipment.intake
    ticket, solved = own_ticket(visit, call_id), solution_in(form)
    counts = ticket is not None and ticket.counts_at(visit.equipment.now())
    try:
        require_own(visit.request, form, visit.equipment, visit.cookie(FORM))
        visit.equipment.beginnings.spend(visit.request)
        proof = solved or (ticket.ticket if ticket and counts else None)
        code = await start_draft(intake, call_id, once, visit.language, visit.client, proof)
        handle = await intake.enter(code)
    except (NotFromHere, TooManyBeginnings, LaterAgain, NoSuchCode, NoLongerThere, Away) as refused:
        return await _page(visit, call_id, _MISTAKES[type(refused)], once, wait_after(refused))
    except ProofWanted:
        if solved or (ticket and not counts):
            return await _page(visit, call_id, "again" if solved else "early", once)
        return await _waiting(visit, call_id, once)
    except Declined as refused:
        return await _page(visit, call_id, refused.text or "over", once)
    except NothingThere:
        raise HTTPException(404) from None
    if session is not None:
        await end_session(visit, session)
    opened = await visit.equipment.sessions.begin(handle, visit.equipment.now(), code)
    begun = RedirectResponse(visit.to("/apply/code"), 303)
    hold(begun, visit.equipment, SESSION, opened.cookie)
    let_go_of_ticket(begun, visit)
    return begun


async def _waiting(visit: Visit, call_id: str, once: str) -> Response:
    """The call for somebody whose browser did no work: with a ticket, and from when on it counts."""
    try:
        ticket = await new_ticket(visit, call_id)
    except (Away, LaterAgain) as refused:
        return await _page(visit, call_id, _MISTAKES[type(refused)], once, wait_after(refused))
    answer = await _page(visit, call_id, "wait", once, ticket=ticket)
    hold_ticket(answer, visit.equipment, ticket)
    return answer


async def _page(
    visit: Visit,
    call_id: str,
    problem: str | None = None,
    once: str = "",
    seconds: int | None = None,
    ticket: OwnTicket | None = None,
) -> Response:
    """The call, with what stood in the way on top, and how long to wait."""
    cookie = visit.anonymous()
    try:
        call = await read_call(visit.equipment.intake, call_id, visit.language)
    except NothingThere:
        raise HTTPException(404) from None
    except Away:
        return _later(sent(calls_page(visit.frame("/calls"), None), visit.language, 503))
    guarded = await guarding(visit, call, ticket or own_ticket(visit, call_id))
    form = Begin(token_of(visit, cookie), once or new_id(), guarded)
    html = call_page(visit.frame(f"/calls/{call_id}"), call, form, problem, seconds)
    answer = sent(html, visit.language, _STATUS.get(problem, 409) if problem else 200)
    if visit.cookie(FORM) is None:
        hold(answer, visit.equipment, FORM, cookie)
    return _later(answer, seconds) if problem in ("away", "too_many") else answer


def _later(answer: Response, seconds: int | None = None) -> Response:
    answer.headers["Retry-After"] = str(seconds or wait_after(None))
    return answer
