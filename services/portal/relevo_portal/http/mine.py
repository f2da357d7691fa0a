"""What is one's own: what stands, and what may be done about it, each with a page that asks first."""

from __future__ import annotations

import re
from typing import NamedTuple

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.once import is_strong
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import SESSION, InSession, InVisit, Visit, let_go, token_of
from relevo_portal.http.forms import FormUnreadable, form_of, require_own
from relevo_portal.page.render import Asked, Choice, Frame, mine_page, sent, sure_page
from relevo_portal.services.intake import Away, Declined, Mine, SessionOver
from relevo_portal.store import Opened
from relevo_portal.words import TEXTS, Deed

router = Routes(include_in_schema=False)
_ID = re.compile(r"[0-9a-f]{32}\Z")


class Way(NamedTuple):
    """How something is done at intake: its word for it, and where it is asked to do it."""

    what: str
    path: str


WAYS: dict[Deed, Way] = {
    "stop": Way("refuse_recovery", "/me/recovery/refuse"),
    "yes": Way("answer_offer", "/offers/{id}/accept"),
    "no": Way("answer_offer", "/offers/{id}/decline"),
    "out": Way("withdraw", "/applications/{id}/withdraw"),
    "end": Way("leave", "/applications/{id}/participation/withdraw"),
}
"""By the neutral word that stands in the address of its page."""


@router.get("/mine", response_class=HTMLResponse)
async def read_mine(visit: InVisit, session: InSession) -> Response:
    """Everything that stands with whoever is in. A service that is away leaves its part out, and says so."""
    if session is None:
        return over(visit)
    try:
        found: Mine | None = await _mine(visit, session)
    except Away:
        found = None
    except SessionOver:
        return await _session_over(visit, session)
    return sent(mine_page(_frame(visit, session, "/mine"), found, choices_of(found)), visit.language)


@router.get("/mine/{deed}", response_class=HTMLResponse)
async def ask_first(deed: Deed, visit: InVisit, session: InSession) -> Response:
    """The page that says what it means, with the button. Changes nothing."""
    if session is None:
        return over(visit)
    try:
        found = await _mine(visit, session)
    except Away:
        return RedirectResponse(visit.to("/mine"), 303)
    except SessionOver:
        return await _session_over(visit, session)
    subject, may = subject_of(found, deed), found.may(WAYS[deed].what)
    if subject is None or may is None:
        return RedirectResponse(visit.to("/mine"), 303)
    asked = Asked(deed, subject, new_id(), may.until)
    return sent(sure_page(_frame(visit, session, f"/mine/{deed}"), asked), visit.language)


@router.post("/mine/{deed}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def do(deed: Deed, visit: InVisit, session: InSession) -> Response:
    """Do it, once for the key that the form has had since it was shown."""
    form = await form_of(visit.request)
    if session is None:
        return over(visit)
    require_own(visit.request, form, visit.equipment, session.cookie)
    asked = Asked(deed, form.get("subject", ""), form.get("once", ""))
    if not _ID.match(asked.subject) or not is_strong(asked.once):
        raise FormUnreadable()
    try:
        token = await _token(visit, session)
        path = WAYS[deed].path.format(id=asked.subject)
        await visit.equipment.intake.do(path, token, asked.once, visit.language)
    except SessionOver:
        return await _session_over(visit, session)
    except (Away, Declined) as refused:
        return _again(visit, session, asked, refused)
    return RedirectResponse(visit.to("/mine"), 303)


def subject_of(found: Mine, deed: Deed) -> str | None:
    """The id of what a deed is about."""
    if deed in ("stop", "out", "end"):
        return found.application_id
    return found.offer.offer_id if found.offer else None


def choices_of(found: Mine | None) -> list[Choice]:
    """What may be done now, with until when."""
    may = {deed: found.may(way.what) for deed, way in WAYS.items() if subject_of(found, deed)} if found else {}
    return [Choice(deed, each.until) for deed, each in may.items() if each]


def over(visit: Visit) -> Response:
    """Whoever is not in, or no longer: to the door."""
    gone = RedirectResponse(visit.to("/left"), 303)
    let_go(gone, visit.equipment, SESSION)
    return gone


async def _session_over(visit: Visit, session: Opened) -> Response:
    await visit.equipment.sessions.end(session)
    return over(visit)


def _again(visit: Visit, session: Opened, asked: Asked, refused: Away | Declined) -> Response:
    words = TEXTS[visit.language].mine
    text = (refused.text or words.declined) if isinstance(refused, Declined) else words.not_done
    html = sure_page(_frame(visit, session, f"/mine/{asked.deed}"), asked, text)
    return sent(html, visit.language, 409 if isinstance(refused, Declined) else 503)


def _frame(visit: Visit, session: Opened, here: str) -> Frame:
    return visit.frame(here, token_of(visit, session.cookie))


async def _token(visit: Visit, session: Opened) -> str:
    return await visit.equipment.intake.token(session.handle, "intake")


async def _mine(visit: Visit, session: Opened) -> Mine:
    return await visit.equipment.intake.mine(await _token(visit, session))
