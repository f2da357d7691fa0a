"""The calls, for anybody, and where somebody begins an application: a draft, its code, and a session with it."""

from __future__ import annotations

from fastapi import HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_contracts.model import Id
from relevo_portal.equipment import TooManyTries
from relevo_portal.http.callers import FORM, SESSION, InSession, InVisit, Visit, end_session, hold, token_of
from relevo_portal.http.forms import NotFromHere, form_of, once_of, require_own
from relevo_portal.page.calls import Begin, call_page, calls_page, notice_page
from relevo_portal.page.frame import sent
from relevo_portal.services.applying import current_calls, read_call, start_draft
from relevo_portal.services.asking import Away, Declined, NothingThere
from relevo_portal.services.intake import NoLongerThere, NoSuchCode
from relevo_portal.words.apply import BeginMistake

router = Routes(include_in_schema=False)
_STATUS: dict[str, int] = {"away": 503, "too_many": 429, "not_from_here": 403, "over": 409}
_MISTAKES: dict[type[Exception], BeginMistake] = {
    NotFromHere: "not_from_here",
    TooManyTries: "too_many",
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
    try:
        require_own(visit.request, form, visit.equipment, visit.cookie(FORM))
        visit.equipment.tries.spend(visit.request)
        code = await start_draft(intake, call_id, once, visit.language)
        handle = await intake.enter(code)
    except (NotFromHere, TooManyTries, NoSuchCode, NoLongerThere, Away) as refused:
        return await _page(visit, call_id, _MISTAKES[type(refused)], once)
    except Declined as refused:
        return await _page(visit, call_id, refused.text or "over", once)
    except NothingThere:
        raise HTTPException(404) from None
    if session is not None:
        await end_session(visit, session)
    opened = await visit.equipment.sessions.begin(handle, visit.equipment.now(), code)
    begun = RedirectResponse(visit.to("/apply/code"), 303)
    hold(begun, visit.equipment, SESSION, opened.cookie)
    return begun


async def _page(visit: Visit, call_id: str, problem: str | None = None, once: str = "") -> Response:
    """The call, with what stood in the way on top."""
    cookie = visit.anonymous()
    try:
        call = await read_call(visit.equipment.intake, call_id, visit.language)
    except NothingThere:
        raise HTTPException(404) from None
    except Away:
        return _later(sent(calls_page(visit.frame("/calls"), None), visit.language, 503))
    form = Begin(token_of(visit, cookie), once or new_id())
    html = call_page(visit.frame(f"/calls/{call_id}"), call, form, problem)
    answer = sent(html, visit.language, _STATUS.get(problem, 409) if problem else 200)
    if visit.cookie(FORM) is None:
        hold(answer, visit.equipment, FORM, cookie)
    return _later(answer) if problem in ("away", "too_many") else answer


def _later(answer: Response) -> Response:
    answer.headers["Retry-After"] = "60"
    return answer
