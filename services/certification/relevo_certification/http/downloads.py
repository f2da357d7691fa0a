"""Papers as they are downloaded, which no cache is to keep and no search engine to list."""

from __future__ import annotations

import asyncio

from fastapi import Response

from relevo_certification.commands.amending import cannot_be_typeset
from relevo_certification.commands.office import Office
from relevo_certification.domain.certificate import Issued, NoSuchCertificate
from relevo_certification.domain.sealed import Papers
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.shown import Audience, Purpose, name_shown

UNLISTED = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


async def pdf_download(office: Office, papers: Papers, issued: Issued, to: Audience, purpose: Purpose) -> Response:
    """Every PDF bears the name: none for whom it is not shown to.

    Raises ``NameCannotBeTypeset`` or ``NoSuchCertificate``.
    """
    name = name_shown(papers.identity, to, purpose)
    if name is None:
        raise NoSuchCertificate()
    link = office.verification_url(issued.certificate_id)
    try:
        pdf = await asyncio.to_thread(office.press.pdf, papers, issued, link, name)
    except CannotTypeset as refused:
        raise cannot_be_typeset(refused.name) from None
    return _download(pdf, "application/pdf", "certificate.pdf")


def credential_download(papers: Papers) -> Response:
    return _download(papers.credential, "application/vc", "credential.json")


def jwt_download(papers: Papers) -> Response:
    return _download(papers.jwt, "application/jwt", "credential.jwt")


def invitation_download(pdf: bytes) -> Response:
    return _download(pdf, "application/pdf", "invitation.pdf")


def _download(content: str | bytes, media: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(content, headers={**UNLISTED, "Content-Disposition": disposition, "Content-Type": media})
