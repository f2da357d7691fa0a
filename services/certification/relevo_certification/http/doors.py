"""What several doors need: the office, and who may see whose certificate."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Depends, Path, Request

from relevo_certification.commands.amending import cannot_be_typeset
from relevo_certification.commands.office import Office
from relevo_certification.domain.certificate import Issued
from relevo_certification.domain.refusals import NoSuchCertificate
from relevo_certification.domain.sealed import Papers
from relevo_certification.pdf.typeset import CannotTypeset
from relevo_certification.press import Press
from relevo_chassis.edge.shell import Shell, shell_of
from relevo_chassis.edge.tokens import Caller, caller_with

UNLISTED = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}
"""Headers of what no cache is to keep and no search engine to list."""

ID_PATTERN = r"^[0-9a-f]{32}$"
_EXAMPLES = ["0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012"]
ParticipantId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
EditionId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
IssuanceId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
ShellNow = Annotated[Shell, Depends(shell_of)]
Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]
Holder = Annotated[Caller, Depends(caller_with("participant"))]
CoordinatorOrHolder = Annotated[Caller, Depends(caller_with("coordinator", "participant"))]


async def office_of(request: Request, shell: ShellNow) -> Office:
    """A dependency: the office."""
    press: Press = request.app.state.press
    return Office(shell.store, shell.committer, shell.vault, press)


OfficeNow = Annotated[Office, Depends(office_of)]


async def coordinators_office(office: OfficeNow, caller: Coordinator) -> Office:
    """A dependency: the office, where what is decided goes on record with the coordinator who asks for it."""
    return office.on_behalf_of(caller.id)


CoordinatorsOffice = Annotated[Office, Depends(coordinators_office)]


def must_be_theirs(caller: Caller, participant_id: str) -> None:
    """A coordinator sees every certificate, a participant their own; another's is as if it were not there."""
    if caller.has("coordinator"):
        return
    if caller.claim("participant_id") != participant_id:
        raise NoSuchCertificate(participant_id=participant_id)


def must_be_the_holders(caller: Caller, participant_id: str) -> None:
    """What its holder alone decides; no office goes before that."""
    if caller.claim("participant_id") != participant_id:
        raise NoSuchCertificate(participant_id=participant_id)


async def typeset(office: Office, papers: Papers, issued: Issued) -> bytes:
    """The PDF of a certificate. Raises ``NameCannotBeTypeset``."""
    link = office.verification_url(issued.certificate_id)
    try:
        return await asyncio.to_thread(office.press.pdf, papers, issued, link)
    except CannotTypeset as refused:
        raise cannot_be_typeset(refused.name) from None


def papers_headers(media: str, name: str) -> dict[str, Any]:
    """Headers of a download that no cache is to keep."""
    return {**UNLISTED, "Content-Disposition": f'attachment; filename="{name}"', "Content-Type": media}
