"""A coordinator's routes to one participant's certificate."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from relevo_certification.commands import corrections
from relevo_certification.commands.corrections import KeepCertificate, RevokeCertificate, SupersedeCertificate
from relevo_certification.commands.papers import SeePapers, see_papers
from relevo_certification.domain.certificate import (
    AlreadyRevoked,
    CertificateReplaced,
    Issued,
    NameCannotBeTypeset,
    NameNeeded,
    NoSuchCertificate,
    NothingIssued,
    NothingUnderReview,
)
from relevo_certification.domain.edition import NoSuchEdition
from relevo_certification.domain.sealed import Papers
from relevo_certification.http.callers import (
    InOffice,
    MayDecideCertificates,
    MayReadCertificates,
    MayReadPapers,
    ParticipantId,
    WhichOne,
)
from relevo_certification.http.downloads import credential_download, jwt_download, pdf_download
from relevo_certification.http.forms import RevocationForm, SupersessionForm
from relevo_certification.http.views import (
    CertificateView,
    StandingView,
    certificate_view,
    standing_answer,
)
from relevo_certification.store import certificate_of
from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased

router = Routes(prefix="/certificates", tags=["certificates"])


@refuses(CertificateReplaced, NoSuchCertificate, NothingIssued, PersonErased)
async def papers(
    participant_id: ParticipantId,
    caller: MayReadPapers,
    asking: InAsking,
    office: InOffice,
    certificate_id: WhichOne = None,
) -> tuple[Papers, Issued]:
    """A dependency: the papers that are asked for; that they are opened goes on record."""
    query = SeePapers(participant_id, certificate_id, "casework")
    return await see_papers(office, query, asking.asked(caller.id))


InPapers = Annotated[tuple[Papers, Issued], Depends(papers)]


@router.get("/{participant_id}")
@refuses(NoSuchCertificate)
async def read_certificate(participant_id: ParticipantId, _: MayReadCertificates, office: InOffice) -> CertificateView:
    """How the certificate stands, with the links that verify it."""
    certificate = await certificate_of(office.store, participant_id)
    return certificate_view(certificate, office, to_staff=True)


@router.get("/{participant_id}/certificate.pdf", response_class=Response, responses=sends("application/pdf"))
@refuses(NameCannotBeTypeset)
async def download_pdf(found: InPapers, office: InOffice) -> Response:
    """The certificate as PDF, with the holder's name."""
    return await pdf_download(office, *found, "coordinator", "casework")


@router.get("/{participant_id}/credential.json", response_class=Response, responses=sends("application/vc"))
async def download_credential(found: InPapers) -> Response:
    """The credential with its embedded proof."""
    return credential_download(found[0])


@router.get("/{participant_id}/credential.jwt", response_class=Response, responses=sends("application/jwt"))
async def download_jwt(found: InPapers) -> Response:
    """The credential as VC-JWT."""
    return jwt_download(found[0])


@router.post("/{participant_id}/revoke", response_model=StandingView)
@refuses(AlreadyRevoked, NoSuchCertificate, NothingIssued)
async def revoke_certificate(
    participant_id: ParticipantId,
    form: RevocationForm,
    caller: MayDecideCertificates,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Revoke it; it stays visible as revoked, with the day and this reason."""
    command = RevokeCertificate(participant_id, form.because, form.certificate_id)
    return await asking.answer(corrections.revoke_certificate, office, command, by=caller.id, respond=standing_answer)


@router.post("/{participant_id}/supersede", response_model=StandingView)
@refuses(
    AlreadyRevoked,
    NameCannotBeTypeset,
    NameNeeded,
    NoSuchCertificate,
    NoSuchEdition,
    NothingIssued,
    PersonErased,
)
async def supersede_certificate(
    participant_id: ParticipantId,
    form: SupersessionForm,
    caller: MayDecideCertificates,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Put a corrected one in its place; the old link leads to the new one, and nothing is revoked."""
    command = SupersedeCertificate(participant_id, form.because, form.name)
    return await asking.answer(
        corrections.supersede_certificate, office, command, by=caller.id, respond=standing_answer
    )


@router.post("/{participant_id}/keep", response_model=StandingView)
@refuses(AlreadyRevoked, NoSuchCertificate, NothingIssued, NothingUnderReview)
async def keep_certificate(
    participant_id: ParticipantId, caller: MayDecideCertificates, asking: InAsking, office: InOffice
) -> Response:
    """Let the certificate stand after a review."""
    command = KeepCertificate(participant_id)
    return await asking.answer(corrections.keep_certificate, office, command, by=caller.id, respond=standing_answer)
