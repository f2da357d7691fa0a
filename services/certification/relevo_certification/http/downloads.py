"""Papers as they are downloaded, which no cache is to keep and no search engine to list."""

from __future__ import annotations

import asyncio

from fastapi import Response

from relevo_certification.commands.amending import cannot_be_typeset
from relevo_certification.commands.office import Office
from relevo_certification.domain.certificate import Issued
from relevo_certification.domain.sealed import Papers
from relevo_certification.pdf.typeset import CannotTypeset

UNLISTED = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


async def pdf_download(office: Office, papers: Papers, issued: Issued) -> Response:
    """Raises ``NameCannotBeTypeset``."""
    link = office.verification_url(issued.certificate_id)
    try:
        pdf = await asyncio.to_thread(office.press.pdf, papers, issued, link)
    except CannotTypeset as refused:
        raise cannot_be_typeset(refused.name) from None
    return _download(pdf, "application/pdf", "certificate.pdf")


def credential_download(papers: Papers) -> Response:
    return _download(papers.credential, "application/vc", "credential.json")


def jwt_download(papers: Papers) -> Response:
    return _download(papers.jwt, "application/jwt", "credential.jwt")


def _download(content: str | bytes, media: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(content, headers={**UNLISTED, "Content-Disposition": disposition, "Content-Type": media})
