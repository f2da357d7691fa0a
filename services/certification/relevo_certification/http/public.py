"""The public routes: verification by link. No caller, no cookies, no record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from fastapi.responses import JSONResponse

from relevo_certification.commands.office import Office
from relevo_certification.domain.certificate import CertificateReplaced, Issued, NameCannotBeTypeset, NoSuchCertificate
from relevo_certification.domain.sealed import Papers
from relevo_certification.equipment import TooManyVerifications, equipment_of
from relevo_certification.http.accepting import preferred
from relevo_certification.http.callers import InOffice
from relevo_certification.http.downloads import UNLISTED, credential_download, jwt_download, pdf_download
from relevo_certification.page.render import certificate_page, policy_of, too_many_page, unknown_page
from relevo_certification.verification import Replaced, Verification, papers_behind, verification
from relevo_chassis.given.asking import InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.page import page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import Spoken

Token = Annotated[str, Path(description="from the link or the QR code; whatever else stands here is unknown")]
_CREDENTIALS = ("application/vc", "application/vc+jwt", "application/jwt")
_FORMS = ("text/html", "application/json", *_CREDENTIALS)
_HEADERS = {**UNLISTED, "Vary": "Accept"}


@refuses(TooManyVerifications)
async def allowed(request: Request, shell: InShell) -> None:
    """A dependency: so many questions from one address a minute. Raises ``TooManyVerifications``."""
    equipment_of(shell).allowance.spend(request)


router = Routes(tags=["verification"])
Allowed = Depends(allowed)


@router.get("/v/{token}", responses=sends(*_FORMS) | sends("text/html", status=404) | sends("text/html", status=429))
@refuses(CertificateReplaced, NoSuchCertificate, TooManyVerifications)
async def read_verification_page(
    token: Token, request: Request, shell: InShell, office: InOffice, language: Spoken
) -> Response:
    """The verification page in the reader's language; for who prefers it the same as JSON, or the credential itself."""
    form = preferred(request.headers.get("accept", ""), _FORMS)
    try:
        await allowed(request, shell)
    except TooManyVerifications as refused:
        if form != "text/html":
            raise
        again = {"Retry-After": str(refused.retry_after_seconds)}
        return _page(too_many_page(language), language, None, refused.status, again)
    if form in _CREDENTIALS:
        papers, _ = await _behind(office, token)
        content = papers.credential if form == "application/vc" else papers.jwt
        return Response(content, media_type=form, headers=_HEADERS)
    found = await verification(office, token)
    if form == "application/json":
        return _json(found)
    if found is None:
        return _page(unknown_page(language), language, found, 404)
    return _page(certificate_page(found, language), language, found)


@router.get("/verifications/{token}", response_model=Verification | Replaced, dependencies=[Allowed])
@refuses(NoSuchCertificate)
async def read_verification(token: Token, office: InOffice) -> Response:
    """What the token verifies, as JSON."""
    return _json(await verification(office, token))


@router.get(
    "/v/{token}/credential.json", dependencies=[Allowed], response_class=Response, responses=sends("application/vc")
)
@refuses(CertificateReplaced, NoSuchCertificate)
async def download_public_credential(token: Token, office: InOffice) -> Response:
    """The credential with its embedded proof; the name is in it only if its holder chose so."""
    papers, _ = await _behind(office, token)
    return credential_download(papers)


@router.get(
    "/v/{token}/credential.jwt", dependencies=[Allowed], response_class=Response, responses=sends("application/jwt")
)
@refuses(CertificateReplaced, NoSuchCertificate)
async def download_public_jwt(token: Token, office: InOffice) -> Response:
    """The credential as VC-JWT; the name is in it only if its holder chose so."""
    papers, _ = await _behind(office, token)
    return jwt_download(papers)


@router.get(
    "/v/{token}/certificate.pdf", dependencies=[Allowed], response_class=Response, responses=sends("application/pdf")
)
@refuses(CertificateReplaced, NameCannotBeTypeset, NoSuchCertificate)
async def download_public_pdf(token: Token, office: InOffice) -> Response:
    """The PDF, which always bears the name: only of those who chose to show it."""
    papers, issued = await _behind(office, token)
    return await pdf_download(office, papers, issued, "anybody", "verification")


async def _behind(office: Office, token: str) -> tuple[Papers, Issued]:
    found = await papers_behind(office, token)
    if found is None:
        raise NoSuchCertificate()
    return found


def _page(
    html: str,
    language: Language,
    found: Verification | Replaced | None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return page(html, language, policy_of(found), status, {**_HEADERS, **(headers or {})})


def _json(found: Verification | Replaced | None) -> Response:
    if found is None:
        raise NoSuchCertificate()
    return JSONResponse(found.model_dump(mode="json"), headers=_HEADERS)
