"""Coming in with a receipt code, and tokens for the services: what a portal does for whoever has no account.

No answer of these routes is kept, and none takes an Idempotency-Key: a repeated request opens another session or gives
another token.
"""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.people.vault import PersonErased
from relevo_intake.commands import sessions
from relevo_intake.commands.office import ANYBODY
from relevo_intake.commands.sessions import Handle, OpenSession, SessionIsOver
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.http.callers import InEquipment, InOffice, ReceiptCode, SessionHandle
from relevo_intake.http.forms.sessions import TokenForm
from relevo_intake.http.views.sessions import SessionView, TokenView, session_answer
from relevo_intake.issuing import KEY_SET_SECONDS

router = Routes(tags=["sessions"])
_KEPT_BY_CACHES = {"Cache-Control": f"public, max-age={KEY_SET_SECONDS}"}


@router.post("/sessions", status_code=201, response_model=SessionView, openapi_extra=NOT_ONCE)
@refuses(NoSuchApplication, PersonErased)
async def open_session(code: ReceiptCode, asking: InAsking, office: InOffice) -> Response:
    """Come in (receipt): a handle stands for the code for twelve hours, unless one leaves or the code is renewed."""
    return await asking.answer(sessions.open_session, office, OpenSession(code), by=ANYBODY, respond=session_answer)


@router.post("/sessions/token", response_model=TokenView, openapi_extra=NOT_ONCE)
@refuses(SessionIsOver)
async def issue_token(
    form: TokenForm, handle: SessionHandle, asking: InAsking, office: InOffice, equipment: InEquipment
) -> TokenView:
    """An access token for one service, good for five minutes (handle)."""
    holding = await sessions.find_session(office, Handle(handle), asking.asked(ANYBODY))
    token = equipment.token(*holding, form.audience)
    return TokenView(access_token=token, application_id=holding.application_id, participant_id=holding.participant_id)


@router.post("/sessions/end", status_code=204, openapi_extra=NOT_ONCE)
@refuses(SessionIsOver)
async def end_session(handle: SessionHandle, asking: InAsking, office: InOffice) -> Response:
    """Leave (handle): it opens nothing any more. Tokens that were given last five minutes at most."""
    return await asking.answer(sessions.end_session, office, Handle(handle), by=ANYBODY)


@router.get("/.well-known/openid-configuration")
async def read_discovery(equipment: InEquipment) -> Response:
    """Who issues the tokens of people without an account, and where the keys are (OpenID Connect Discovery 1.0)."""
    return JSONResponse(equipment.issuer.discovery(), headers=_KEPT_BY_CACHES)


@router.get("/.well-known/jwks.json")
async def read_key_set(equipment: InEquipment) -> Response:
    """The keys by which those tokens are verified (RFC 7517)."""
    return JSONResponse(equipment.issuer.key_set(), headers=_KEPT_BY_CACHES)
