"""The way in for staff: to the provider, and back from it.

What a browser brings back is believed once, in the browser that went (``SignIns``), when it is the provider's, and when
the tokens that it is traded for are of this sign-in. Where somebody goes on is one of a few places of our own.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.given.asking import InShell
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import IssuerAway, NotAuthenticated
from relevo_chassis.languages.preference import preferred
from relevo_portal.equipment import StaffDoor, TooManySignIns
from relevo_portal.http.callers import InVisit, Visit, hold, let_go, wait_after
from relevo_portal.http.staff.callers import (
    SIGN_IN,
    STAFF_COOKIE,
    InStaffDoor,
    InStaffSession,
    caller_of,
    end_staff_session,
    has_part,
    staff_session_of,
)
from relevo_portal.page.frame import sent
from relevo_portal.page.staff import staff_door_page
from relevo_portal.services.asking import Away, SessionOver
from relevo_portal.services.openid import NotLetIn, SignedIn, WayIn
from relevo_portal.store.staff import SignIn
from relevo_portal.words.staff import StaffMistake, StaffNotice

router = Routes(include_in_schema=False)
HOME = "/staff/home"
PLACES: Mapping[str, str] = {"home": HOME}
"""Where somebody may go on after the sign-in, by what its address calls it."""
_STATUS: Mapping[StaffMistake, int] = {
    "none": 503,
    "away": 503,
    "too_many": 429,
    "begin_again": 400,
    "refused": 403,
    "no_role": 403,
}


@router.get("/staff", response_class=HTMLResponse)
async def read_staff_door(visit: InVisit, door: InStaffDoor, session: InStaffSession) -> Response:
    """What this is, and one button. Whoever is in goes on to their first page."""
    if session is not None:
        return RedirectResponse(visit.to(HOME), 303)
    return staff_door_answer(visit, mistake=None if door else "none")


@router.get("/staff/over", response_class=HTMLResponse)
async def read_over(visit: InVisit) -> Response:
    """Where a session that is over leads."""
    return staff_door_answer(visit, notice="over")


@router.get("/staff/in", response_class=HTMLResponse)
async def begin_sign_in(visit: InVisit, door: InStaffDoor, to: str = "home") -> Response:
    """Go to the provider, and have the browser hold what proves on the way back that it is the one that went."""
    if door is None:
        return staff_door_answer(visit, mistake="none")
    way = WayIn(*(secrets.token_urlsafe(32) for _ in WayIn._fields))
    try:
        door.begun.spend(visit.request)
        there = await door.openid.way_in(way)
    except (TooManySignIns, Away) as refused:
        mistake: StaffMistake = "away" if isinstance(refused, Away) else "too_many"
        return staff_door_answer(visit, mistake=mistake, seconds=wait_after(refused))
    goes_on = visit.to(PLACES.get(to, HOME))
    cookie = await door.sign_ins.begin(SignIn(**way._asdict(), to=goes_on), visit.equipment.now())
    led = RedirectResponse(there, 303)
    led.headers["Cache-Control"] = "no-store"
    hold(led, visit.equipment, SIGN_IN, cookie)
    return led


@router.get("/staff/back", response_class=HTMLResponse)
async def come_back(visit: InVisit, shell: InShell, door: InStaffDoor) -> Response:
    """Come back from the provider: a new session, and nothing of the address stays in it."""
    if door is None:
        return staff_door_answer(visit, mistake="none")
    begun = await door.sign_ins.claim(visit.cookie(SIGN_IN), visit.equipment.now())
    visit = _as_begun(visit, begun)
    try:
        answer = await _let_in(visit, shell, door, begun)
    except (NotLetIn, NotAuthenticated, SessionOver) as refused:
        shell.log.warning("somebody was not let in who came back from the provider", reason=str(refused))
        answer = staff_door_answer(visit, mistake="begin_again" if begun is None else "refused")
    except (Away, IssuerAway):
        answer = staff_door_answer(visit, mistake="away", seconds=wait_after(None))
    let_go(answer, visit.equipment, SIGN_IN)
    return answer


def _as_begun(visit: Visit, begun: SignIn | None) -> Visit:
    """In the language in which they went, which the provider's way back does not say."""
    asked = dict(parse_qsl(urlsplit(begun.to).query)).get("lang") if begun else None
    language = preferred(asked, visit.language)
    return replace(visit, language=language, keep=f"?lang={language}") if asked else visit


async def _let_in(visit: Visit, shell: Shell, door: StaffDoor, begun: SignIn | None) -> Response:
    """Raises ``NotLetIn``, ``NotAuthenticated``, ``SessionOver``, ``Away`` or ``IssuerAway``."""
    if begun is None:
        raise NotLetIn("nothing was begun in this browser, or it was over")
    code = await _code(visit, door, begun)
    signed_in = await door.openid.trade(code, WayIn(begun.state, begun.nonce, begun.verifier))
    caller = await caller_of(shell, door, signed_in.access_token, signed_in.subject)
    if not has_part(caller):
        await door.openid.revoke(signed_in.refresh_token)
        return staff_door_answer(visit, mistake="no_role")
    return await _begun_anew(visit, door, signed_in, begun.to)


async def _code(visit: Visit, door: StaffDoor, begun: SignIn) -> str:
    """What the provider is asked with. Raises ``NotLetIn`` or ``Away``."""
    brought = visit.request.query_params
    if not hmac.compare_digest(brought.get("state", "").encode(), begun.state.encode()):
        raise NotLetIn("the answer is of another sign-in")
    await door.openid.require_from_here(brought.get("iss"))
    if "error" in brought or not (code := brought.get("code")):
        raise NotLetIn("the provider does not say who it is")
    return code


async def _begun_anew(visit: Visit, door: StaffDoor, signed_in: SignedIn, to: str) -> Response:
    """Whatever session the browser had before lets nobody in any more."""
    now, equipment = visit.equipment.now(), visit.equipment
    if (before := await staff_session_of(visit)) is not None:
        await end_staff_session(door, before, visit)
    session = await door.sessions.begin(signed_in.subject, signed_in.name, signed_in.refresh_token, now)
    door.passes.keep(session, "portal", signed_in.access_token, now)
    entered = RedirectResponse(to, 303)
    entered.headers["Cache-Control"] = "no-store"
    hold(entered, equipment, STAFF_COOKIE, session.cookie)
    return entered


def staff_door_answer(
    visit: Visit,
    *,
    mistake: StaffMistake | None = None,
    notice: StaffNotice | None = None,
    seconds: int | None = None,
) -> Response:
    """The door of staff, with what was wrong on top."""
    html = staff_door_page(visit.frame("/staff"), mistake, notice)
    answer = sent(html, visit.language, _STATUS[mistake] if mistake else 200)
    if seconds is not None:
        answer.headers["Retry-After"] = str(seconds)
    return answer
