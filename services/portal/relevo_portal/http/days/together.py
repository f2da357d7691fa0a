"""Whether a session that somebody else reports was held together with this person, who says so or denies it."""

from __future__ import annotations

import re

from fastapi import HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_portal.http.callers import InOwnForm, InParticipant, Person
from relevo_portal.http.days.typed import ID, Typed, done
from relevo_portal.http.forms import FormUnreadable
from relevo_portal.page.days.together import together_page
from relevo_portal.page.frame import sent
from relevo_portal.services.asking import NothingThere

router = Routes(include_in_schema=False)
HERE = "/days/together"
_REVISION = re.compile(r"[1-9][0-9]{0,3}\Z")


@router.get(HERE, response_class=HTMLResponse)
async def read_together(person: InParticipant) -> Response:
    """What others say, and what was answered."""
    return await _page(person)


@router.post(HERE, response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def answer_together(person: InParticipant, form: InOwnForm) -> Response:
    """Answer to the report as it was read; another answer may follow while staff have not verified it."""
    typed = Typed(person, form, about=True)
    other, revision, agreed = (form.get(name, "") for name in ("other", "revision", "agreed"))
    if not ID.match(other) or not _REVISION.match(revision) or agreed not in ("yes", "no"):
        raise FormUnreadable()
    body = {"session_id": other, "revision": int(revision), "agreed": agreed == "yes"}
    if await done(person, typed, f"/me/commitment/sessions/{typed.subject}/answer-together", body) is None:
        return await _page(person, typed.problem, typed.status)
    return RedirectResponse(person.to(HERE), 303)


async def _page(person: Person, problem: str | None = None, status: int = 200) -> Response:
    try:
        token = await person.token("multiplier_tracking")
        found = await person.equipment.multiplier_tracking.commitment_and_together(token, person.language)
    except NothingThere:
        raise HTTPException(404) from None
    return sent(together_page(await person.frame(HERE), *found, problem), person.language, status)
