"""The issuer's routes: what verifiers need beside a credential. Open to anybody, kept by caches, on no record."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from relevo_certification.credential.keys import DOCUMENT_SECONDS
from relevo_certification.domain.status_entry import NoSuchStatusList, StatusPurpose
from relevo_certification.http.accepting import preferred
from relevo_certification.http.callers import InOffice
from relevo_certification.http.downloads import UNLISTED
from relevo_certification.keyring import published_keys
from relevo_certification.page.render import issuer_page, policy_of
from relevo_certification.store import published_list
from relevo_chassis.http.answers import sends
from relevo_chassis.http.page import page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.languages.preference import Spoken

ListNumber = Annotated[int, Path(ge=1, le=1_000_000)]
_HEADERS = {"Cache-Control": f"public, max-age={DOCUMENT_SECONDS}"}
_LISTS = ("application/vc", "application/vc+jwt", "application/jwt")
_JWT = ("application/vc+jwt", "application/jwt")
_FORMS = ("application/vc", "application/json", *_JWT)

router = Routes(tags=["issuer"])


@router.get("/", response_class=HTMLResponse)
async def read_issuer_page(office: InOffice, language: Spoken) -> Response:
    """Who vouches for certificates verified here, and how one is verified: the address that credentials name."""
    return page(issuer_page(office.press.keys.did, language), language, policy_of(None), headers=UNLISTED)


@router.get("/.well-known/did.json", response_class=JSONResponse)
async def read_did_document(office: InOffice) -> Response:
    """The issuer's DID document (did:web): every key that ever signed a certificate, and which are compromised."""
    return JSONResponse(office.press.keys.did_document(await published_keys(office.store)), headers=_HEADERS)


@router.get("/status/{number}", response_class=Response, responses=sends(*_LISTS))
@refuses(NoSuchStatusList)
async def read_revocation_list(number: ListNumber, request: Request, office: InOffice) -> Response:
    """Which certificates are revoked, as published last (Bitstring Status List 1.0); as JWT for who prefers it."""
    return await _published(office, number, "revocation", request)


@router.get("/status/{number}/refresh", response_class=Response, responses=sends(*_LISTS))
@refuses(NoSuchStatusList)
async def read_refresh_list(number: ListNumber, request: Request, office: InOffice) -> Response:
    """Which certificates another took the place of, as published last; as JWT for who prefers it."""
    return await _published(office, number, "refresh", request)


async def _published(office: InOffice, number: int, purpose: StatusPurpose, request: Request) -> Response:
    found = await published_list(office.store, number, purpose)
    if found is None:
        raise NoSuchStatusList(number=number)
    headers = {**_HEADERS, "Vary": "Accept"}
    form = preferred(request.headers.get("accept", ""), _FORMS)
    if form in _JWT and found.jwt is not None:
        return Response(found.jwt, media_type=form, headers=headers)
    return Response(found.credential, media_type="application/vc", headers=headers)
