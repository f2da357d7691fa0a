"""For whoever no longer has their code: asking for another, by the contact and what was chosen beside it.

What the page says afterwards is the same for everybody, as intake's answer is.
"""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import HTMLResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_portal.equipment import TooManyTries
from relevo_portal.http.callers import FORM, InVisit, Visit, hold, token_of, wait_after
from relevo_portal.http.forms import NotFromHere, form_of, require_own
from relevo_portal.page.frame import sent
from relevo_portal.page.render import Typed, lost_page
from relevo_portal.services.asking import Away, LaterAgain
from relevo_portal.services.intake import NoAddress
from relevo_portal.words import LostMistake

router = Routes(include_in_schema=False)
SHORTEST_WORD = 8
_STATUS: dict[LostMistake, int] = {
    "missing": 422,
    "no_address": 422,
    "short_word": 422,
    "away": 503,
    "too_many": 429,
    "not_from_here": 403,
}
_MISTAKES: dict[type[Exception], LostMistake] = {
    NotFromHere: "not_from_here",
    TooManyTries: "too_many",
    LaterAgain: "too_many",
    NoAddress: "no_address",
    Away: "away",
}


@router.get("/lost", response_class=HTMLResponse)
async def read_lost(visit: InVisit) -> Response:
    """The form."""
    return _page(visit, Typed())


@router.post("/lost", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def report_lost(visit: InVisit) -> Response:
    """Pass it on to intake. What was typed stays in the fields, and stands in no address."""
    form = await form_of(visit.request)
    typed = Typed(form.get("contact", "").strip(), form.get("word", "").strip())
    try:
        require_own(visit.request, form, visit.equipment, visit.cookie(FORM))
        visit.equipment.tries.spend(visit.request)
        if not typed.contact:
            return _page(visit, typed, "missing")
        if typed.word and len(typed.word) < SHORTEST_WORD:
            return _page(visit, typed, "short_word")
        await visit.equipment.intake.lost(typed.contact, typed.word or None, visit.client)
    except (NotFromHere, TooManyTries, LaterAgain, NoAddress, Away) as refused:
        return _page(visit, typed, _MISTAKES[type(refused)], wait_after(refused))
    return sent(lost_page(visit.frame("/lost"), None, Typed()), visit.language)


def _page(visit: Visit, typed: Typed, mistake: LostMistake | None = None, seconds: int | None = None) -> Response:
    """The form, with what was wrong on top, and how long to wait."""
    cookie = visit.anonymous()
    html = lost_page(visit.frame("/lost"), token_of(visit, cookie), typed, mistake, seconds)
    answer = sent(html, visit.language, _STATUS[mistake] if mistake else 200)
    if mistake in ("away", "too_many"):
        answer.headers["Retry-After"] = str(seconds or wait_after(None))
    if visit.cookie(FORM) is None:
        hold(answer, visit.equipment, FORM, cookie)
    return answer
