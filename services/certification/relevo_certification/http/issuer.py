"""The issuer's door: what verifiers need beside a credential. Open to anybody, kept by caches, on no record."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse

from relevo_certification.credential.text import Purpose
from relevo_certification.domain.refusals import NoSuchStatusList
from relevo_certification.http.doors import OfficeNow
from relevo_certification.store import published_list
from relevo_chassis.edge.routes import Routes

ListNumber = Annotated[int, Path(ge=1, le=1_000_000)]
_HEADERS = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
_LISTS: dict[str, Any] = {"content": {"application/vc": {}, "application/vc+jwt": {}, "application/jwt": {}}}
_JWT = ("application/vc+jwt", "application/jwt")

router = Routes(tags=["issuer"])


@router.get("/.well-known/did.json", response_class=JSONResponse)
async def did_document(office: OfficeNow) -> Response:
    """The issuer's DID document (did:web): every key that ever signed a certificate."""
    return JSONResponse(office.press.keys.did_document(), headers=_HEADERS)


@router.get("/status/{number}", response_class=Response, responses={200: _LISTS})
async def revocation_list(number: ListNumber, request: Request, office: OfficeNow) -> Response:
    """Which certificates are revoked, as published last (Bitstring Status List 1.0); as JWT for who prefers it."""
    return await _published(office, number, "revocation", request)


@router.get("/status/{number}/refresh", response_class=Response, responses={200: _LISTS})
async def refresh_list(number: ListNumber, request: Request, office: OfficeNow) -> Response:
    """Which certificates another took the place of, as published last; as JWT for who prefers it."""
    return await _published(office, number, "refresh", request)


async def _published(office: OfficeNow, number: int, purpose: Purpose, request: Request) -> Response:
    found = await published_list(office.store, number, purpose)
    if found is None:
        raise NoSuchStatusList(number=number)
    headers = {**_HEADERS, "Vary": "Accept"}
    as_jwt = preferred_jwt(request.headers.get("accept", ""))
    if as_jwt is not None and found.jwt is not None:
        return Response(found.jwt, media_type=as_jwt, headers=headers)
    return Response(found.credential, media_type="application/vc", headers=headers)


def preferred_jwt(accept: str) -> str | None:
    """The media type of a JWT, if one is preferred to JSON (RFC 9110, 12.5.1)."""
    wanted = [_weighed(part) for part in accept.lower().split(",")[:50]]
    weight, jwt = max((each for each in wanted if each[1] in _JWT), default=(0.0, ""))
    json = max((weight for weight, media in wanted if media not in _JWT and "*" not in media), default=0.0)
    return jwt if weight > json else None


def _weighed(part: str) -> tuple[float, str]:
    media, _, parameters = part.partition(";")
    weights = [each.strip()[2:] for each in parameters.split(";") if each.strip().startswith("q=")]
    try:
        return (float(weights[0]) if weights else 1.0), media.strip()
    except ValueError:
        return 0.0, media.strip()
