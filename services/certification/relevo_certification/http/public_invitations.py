"""The public routes of invitations: verification by code. No caller, no cookies, no record, and no name is shown."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import TypeAdapter, ValidationError

from relevo_certification.domain.invitation import NoSuchInvitation
from relevo_certification.equipment import TooManyVerifications
from relevo_certification.http.accepting import preferred
from relevo_certification.http.callers import InOffice
from relevo_certification.http.downloads import UNLISTED
from relevo_certification.http.public import allowed
from relevo_certification.page.invitations import (
    POLICY,
    Compared,
    about_page,
    invitation_page,
    too_many_page,
    unknown_page,
)
from relevo_certification.verification import InvitationVerification, invitation_verification, is_name_on_invitation
from relevo_chassis.given.asking import InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.page import page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.http.strict import Name
from relevo_chassis.languages.preference import Spoken

FORM = "application/x-www-form-urlencoded"
FORM_BYTES = 4096
"""A code and a name of 200 characters, of which one takes twelve bytes at most as browsers send it."""
Code = Annotated[str, Path(description="from the paper or its QR code; whatever else stands here is unknown")]
_ACCEPTED = ("text/html", "application/json")
_HEADERS = {**UNLISTED, "Vary": "Accept"}
_PAGES = sends("text/html", status=404) | sends("text/html", status=422) | sends("text/html", status=429)
_FIELDS: dict[str, Any] = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "name": {"type": "string"}},
    "required": ["code"],
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {FORM: {"schema": _FIELDS, "example": {"code": "0123456789ABCDEFGHJKMNPQRS"}}},
    }
}
_NAME: TypeAdapter[str] = TypeAdapter(Name)

router = Routes(prefix="/i", tags=["verification of invitations"])


@router.get("", response_class=HTMLResponse)
async def read_code_page(language: Spoken) -> Response:
    """How an invitation is verified, with a field for its code."""
    return page(about_page(language), language, POLICY, headers=_HEADERS)


@router.get("/{code}", response_model=InvitationVerification, responses=sends("text/html") | _PAGES)
@refuses(NoSuchInvitation, TooManyVerifications)
async def read_invitation_page(
    code: Code, request: Request, shell: InShell, office: InOffice, language: Spoken
) -> Response:
    """How the invitation stands and what it states, in the reader's language; the same as JSON for who prefers it."""
    if preferred(request.headers.get("accept", ""), _ACCEPTED) == "text/html":
        return await _verified(code, None, request, shell, office, language)
    await allowed(request, shell)
    found = await invitation_verification(office, code, shell.clock.now())
    if found is None:
        raise NoSuchInvitation()
    return JSONResponse(found.model_dump(mode="json"), headers=_HEADERS)


async def fields(request: Request) -> dict[str, str]:
    """A dependency: what a form says; of what cannot be read, nothing."""
    try:
        pairs = parse_qsl((await request.body()).decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        return {}
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}


@router.post("", response_class=HTMLResponse, openapi_extra={**NOT_ONCE, **_BODY}, responses=_PAGES)
async def verify_invitation(
    form: Annotated[dict[str, str], Depends(fields)],
    request: Request,
    shell: InShell,
    office: InOffice,
    language: Spoken,
) -> Response:
    """The same by a code that was typed in; with a name, whether it is the one on the invitation. Changes nothing."""
    return await _verified(form.get("code", ""), form.get("name"), request, shell, office, language)


async def _verified(
    code: str, name: str | None, request: Request, shell: InShell, office: InOffice, language: Spoken
) -> Response:
    try:
        await allowed(request, shell)
    except TooManyVerifications as refused:
        again = {**_HEADERS, "Retry-After": str(refused.retry_after_seconds)}
        return page(too_many_page(language), language, POLICY, refused.status, again)
    found = await invitation_verification(office, code, shell.clock.now())
    if found is None:
        return page(unknown_page(language), language, POLICY, 404, _HEADERS)
    compared = await _compared(office, code, name) if name is not None and found.compares_names else None
    html = invitation_page(found, code, language, compared)
    return page(html, language, POLICY, 422 if compared == "unreadable" else 200, _HEADERS)


async def _compared(office: InOffice, code: str, name: str) -> Compared:
    try:
        read = _NAME.validate_python(name.strip())
    except ValidationError:
        return "unreadable"
    return "same" if await is_name_on_invitation(office, code, read) else "other"
