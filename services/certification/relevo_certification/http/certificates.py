"""The door to one participant's certificate, for its holder and for coordinators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import Field

from relevo_certification.commands.amending import Decided
from relevo_certification.commands.corrections import keep, revoke, supersede
from relevo_certification.commands.display import choose_display, display_of
from relevo_certification.commands.office import Office
from relevo_certification.commands.readings import record_reading
from relevo_certification.domain.certificate import Certificate, Correction, Issued
from relevo_certification.domain.refusals import (
    AlreadyRevoked,
    CertificateReplaced,
    DisplayChangedTooOften,
    NameCannotBeTypeset,
    NameNeeded,
    NoSuchCertificate,
    NoSuchEdition,
    NothingIssued,
    NothingUnderReview,
)
from relevo_certification.domain.sealed import Papers, Portfolio
from relevo_certification.http.doors import (
    ID_PATTERN,
    Coordinator,
    CoordinatorOrHolder,
    CoordinatorsOffice,
    Holder,
    OfficeNow,
    ParticipantId,
    ShellNow,
    must_be_the_holders,
    must_be_theirs,
    papers_headers,
    typeset,
)
from relevo_certification.http.views import CertificateView, view
from relevo_certification.store import CERTIFICATE, PAPERS_SET, certificate_of
from relevo_chassis.edge.answers import shown
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import answered, once_of
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.strict import Name, Strict
from relevo_chassis.edge.tokens import Caller
from relevo_chassis.edge.vault import PersonErased
from relevo_contracts.certification import RevokedBecause
from relevo_contracts.model import Frozen

router = Routes(prefix="/certificates", tags=["certificates"])
WhichOne = Annotated[
    str | None, Query(pattern=ID_PATTERN, description="the one that is meant, refused if it was replaced meanwhile")
]


class Revocation(Strict):
    """Revoke the certificate that stands, and all that it superseded; or one of those alone, by ``certificate_id``."""

    because: RevokedBecause = Field(examples=["requirements_not_met"])
    certificate_id: str | None = Field(default=None, pattern=ID_PATTERN)


class Supersession(Strict):
    """Issue a corrected certificate; ``name`` as it is to be written, when that is what is corrected.

    A name can be corrected before the first issue too.
    """

    because: Correction = Field(examples=["name_corrected"])
    name: Name | None = None


class Display(Strict):
    """Who may see the name: ``named`` for anybody who has the link, ``unnamed`` for nobody."""

    display: Literal["named", "unnamed"] = Field(examples=["unnamed"])


class DisplayNow(Frozen):
    """Who may see the name; ``None`` while neither the holder nor the application has said anything here."""

    display: Literal["named", "unnamed"] | None


class ReviewDecision(Strict):
    """Decide a review: keep the certificate. To take it away, revoke it."""

    decision: Literal["keep"]


@router.get("/{participant_id}")
@refuses(NoSuchCertificate)
async def get_certificate(
    participant_id: ParticipantId, caller: CoordinatorOrHolder, office: OfficeNow
) -> CertificateView:
    """How the certificate stands, with the links that verify it."""
    must_be_theirs(caller, participant_id)
    certificate = await certificate_of(office.store, participant_id)
    return view(certificate, office, to_staff=caller.has("coordinator"))


@router.get("/{participant_id}/certificate.pdf", response_class=Response, responses=shown("application/pdf"))
@refuses(CertificateReplaced, NameCannotBeTypeset, NoSuchCertificate, NothingIssued, PersonErased)
async def get_pdf(
    participant_id: ParticipantId,
    caller: CoordinatorOrHolder,
    office: OfficeNow,
    shell: ShellNow,
    certificate_id: WhichOne = None,
) -> Response:
    """The certificate as PDF, with the holder's name."""
    papers, issued = await _papers(office, caller, shell.clock.now(), participant_id, certificate_id)
    return Response(await typeset(office, papers, issued), headers=papers_headers("application/pdf", "certificate.pdf"))


@router.get("/{participant_id}/credential.json", response_class=Response, responses=shown("application/vc"))
@refuses(CertificateReplaced, NoSuchCertificate, NothingIssued, PersonErased)
async def get_credential(
    participant_id: ParticipantId,
    caller: CoordinatorOrHolder,
    office: OfficeNow,
    shell: ShellNow,
    certificate_id: WhichOne = None,
) -> Response:
    """The credential with its embedded proof."""
    papers, _ = await _papers(office, caller, shell.clock.now(), participant_id, certificate_id)
    return Response(papers.credential, headers=papers_headers("application/vc", "credential.json"))


@router.get("/{participant_id}/credential.jwt", response_class=Response, responses=shown("application/jwt"))
@refuses(CertificateReplaced, NoSuchCertificate, NothingIssued, PersonErased)
async def get_jwt(
    participant_id: ParticipantId,
    caller: CoordinatorOrHolder,
    office: OfficeNow,
    shell: ShellNow,
    certificate_id: WhichOne = None,
) -> Response:
    """The credential as VC-JWT."""
    papers, _ = await _papers(office, caller, shell.clock.now(), participant_id, certificate_id)
    return Response(papers.jwt, headers=papers_headers("application/jwt", "credential.jwt"))


@router.post("/{participant_id}/revocation", response_model=Decided)
@refuses(AlreadyRevoked, NoSuchCertificate, NothingIssued)
async def post_revocation(
    participant_id: ParticipantId,
    body: Revocation,
    request: Request,
    caller: Coordinator,
    office: CoordinatorsOffice,
    shell: ShellNow,
) -> Response:
    """Revoke it; it stays visible as revoked, with the day and this reason."""
    once = await once_of(request, caller.id, office.vault.service_key, office.vault)
    now = shell.clock.now()
    outcome = await revoke(office, participant_id, body.because, now, new_id(), once, body.certificate_id)
    return await answered(office.vault, once, outcome)


@router.post("/{participant_id}/supersession", response_model=Decided)
@refuses(AlreadyRevoked, NameCannotBeTypeset, NameNeeded, NoSuchCertificate, NoSuchEdition, NothingIssued, PersonErased)
async def post_supersession(
    participant_id: ParticipantId,
    body: Supersession,
    request: Request,
    caller: Coordinator,
    office: CoordinatorsOffice,
    shell: ShellNow,
) -> Response:
    """Put a corrected one in its place; the old link leads to the new one, and nothing is revoked."""
    once = await once_of(request, caller.id, office.vault.service_key, office.vault)
    now = shell.clock.now()
    outcome = await supersede(office, participant_id, body.because, body.name, caller.id, now, new_id(), once)
    return await answered(office.vault, once, outcome)


@router.get("/{participant_id}/display")
@refuses(NoSuchCertificate, PersonErased)
async def get_display(participant_id: ParticipantId, caller: Holder, office: OfficeNow, shell: ShellNow) -> DisplayNow:
    """Who may see the name on the certificate, as things stand."""
    must_be_the_holders(caller, participant_id)
    certificate = await office.store.state(CERTIFICATE(participant_id)) or Certificate(participant_id=participant_id)
    shown = await display_of(office, certificate, caller.id, shell.clock.now())
    return DisplayNow(display=None if shown.named is None else "named" if shown.named else "unnamed")


@router.post("/{participant_id}/display", response_model=Decided)
@refuses(
    AlreadyRevoked,
    DisplayChangedTooOften,
    NameCannotBeTypeset,
    NoSuchCertificate,
    NoSuchEdition,
    NothingIssued,
    PersonErased,
)
async def post_display(
    participant_id: ParticipantId,
    body: Display,
    request: Request,
    caller: Holder,
    office: OfficeNow,
    shell: ShellNow,
) -> Response:
    """Decide who may see the name, before the certificate or after; what was issued is replaced by another."""
    must_be_the_holders(caller, participant_id)
    once = await once_of(request, caller.id, office.vault.service_key, office.vault)
    named, now = body.display == "named", shell.clock.now()
    outcome = await choose_display(office, participant_id, named, caller.id, now, new_id(), once)
    return await answered(office.vault, once, outcome)


@router.post("/{participant_id}/review", response_model=Decided)
@refuses(AlreadyRevoked, NoSuchCertificate, NothingIssued, NothingUnderReview)
async def post_review(
    participant_id: ParticipantId,
    body: ReviewDecision,
    request: Request,
    caller: Coordinator,
    office: CoordinatorsOffice,
    shell: ShellNow,
) -> Response:
    """Let the certificate stand after a review."""
    once = await once_of(request, caller.id, office.vault.service_key, office.vault)
    outcome = await keep(office, participant_id, shell.clock.now(), new_id(), once)
    return await answered(office.vault, once, outcome)


async def _papers(
    office: Office, caller: Caller, now: datetime, participant_id: str, certificate_id: str | None
) -> tuple[Papers, Issued]:
    """The papers of one certificate, for its holder or a coordinator; that they are opened goes on record before."""
    must_be_theirs(caller, participant_id)
    certificate = await certificate_of(office.store, participant_id)
    issued = certificate.issue(certificate_id) if certificate_id else certificate.current
    if issued is None:
        raise NoSuchCertificate(participant_id=participant_id) if certificate_id else NothingIssued()
    if issued.superseded_by_id is not None:
        raise CertificateReplaced(superseded_by_id=issued.superseded_by_id)
    await record_reading(
        office.commits,
        reader=caller.id,
        purpose="casework" if caller.has("coordinator") else "own",
        field_sets=[PAPERS_SET],
        person_ids=[participant_id],
        now=now,
    )
    portfolio = await office.vault.open(participant_id, PAPERS_SET, Portfolio)
    papers = portfolio.of(issued.certificate_id) if portfolio else None
    if papers is None:
        raise CertificateReplaced()
    return papers, issued
