"""The routes to one participant's certificate, for its holder and for coordinators."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from relevo_certification.commands.corrections import (
    KeepCertificate,
    RevokeCertificate,
    SupersedeCertificate,
    keep_certificate,
    revoke_certificate,
    supersede_certificate,
)
from relevo_certification.commands.display import ChooseDisplay, SeeDisplay, choose_display, see_display
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
from relevo_certification.domain.display import DisplayChangedTooOften
from relevo_certification.domain.edition import NoSuchEdition
from relevo_certification.domain.sealed import Papers
from relevo_certification.http.callers import (
    ID_PATTERN,
    Coordinator,
    CoordinatorOrHolder,
    Holder,
    InOffice,
    ParticipantId,
    must_be_the_holders,
    must_be_theirs,
)
from relevo_certification.http.downloads import credential_download, jwt_download, pdf_download
from relevo_certification.http.forms import DisplayForm, ReviewForm, RevocationForm, SupersessionForm
from relevo_certification.http.views import (
    CertificateView,
    DisplayView,
    StandingView,
    certificate_view,
    display_answer,
    standing_answer,
)
from relevo_certification.store import certificate_of
from relevo_chassis.edge.answers import shown
from relevo_chassis.edge.asking import InAsking
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.vault import PersonErased

router = Routes(prefix="/certificates", tags=["certificates"])
WhichOne = Annotated[
    str | None, Query(pattern=ID_PATTERN, description="the one that is meant, refused if it was replaced meanwhile")
]


@refuses(CertificateReplaced, NoSuchCertificate, NothingIssued, PersonErased)
async def papers(
    participant_id: ParticipantId,
    caller: CoordinatorOrHolder,
    asking: InAsking,
    office: InOffice,
    certificate_id: WhichOne = None,
) -> tuple[Papers, Issued]:
    """A dependency: the papers that are asked for; that they are opened goes on record."""
    must_be_theirs(caller, participant_id)
    query = SeePapers(participant_id, certificate_id, "casework" if caller.has("coordinator") else "own")
    return await see_papers(office, query, asking.asked(caller.id))


InPapers = Annotated[tuple[Papers, Issued], Depends(papers)]


@router.get("/{participant_id}")
@refuses(NoSuchCertificate)
async def read_certificate(
    participant_id: ParticipantId, caller: CoordinatorOrHolder, office: InOffice
) -> CertificateView:
    """How the certificate stands, with the links that verify it."""
    must_be_theirs(caller, participant_id)
    certificate = await certificate_of(office.store, participant_id)
    return certificate_view(certificate, office, to_staff=caller.has("coordinator"))


@router.get("/{participant_id}/certificate.pdf", response_class=Response, responses=shown("application/pdf"))
@refuses(NameCannotBeTypeset)
async def download_pdf(found: InPapers, office: InOffice) -> Response:
    """The certificate as PDF, with the holder's name."""
    return await pdf_download(office, *found)


@router.get("/{participant_id}/credential.json", response_class=Response, responses=shown("application/vc"))
async def download_credential(found: InPapers) -> Response:
    """The credential with its embedded proof."""
    return credential_download(found[0])


@router.get("/{participant_id}/credential.jwt", response_class=Response, responses=shown("application/jwt"))
async def download_jwt(found: InPapers) -> Response:
    """The credential as VC-JWT."""
    return jwt_download(found[0])


@router.post("/{participant_id}/revocation", response_model=StandingView)
@refuses(AlreadyRevoked, NoSuchCertificate, NothingIssued)
async def revoke(
    participant_id: ParticipantId, form: RevocationForm, caller: Coordinator, asking: InAsking, office: InOffice
) -> Response:
    """Revoke it; it stays visible as revoked, with the day and this reason."""
    command = RevokeCertificate(participant_id, form.because, form.certificate_id)
    return await asking.answer(revoke_certificate, office, command, by=caller.id, respond=standing_answer)


@router.post("/{participant_id}/supersession", response_model=StandingView)
@refuses(
    AlreadyRevoked,
    NameCannotBeTypeset,
    NameNeeded,
    NoSuchCertificate,
    NoSuchEdition,
    NothingIssued,
    PersonErased,
)
async def supersede(
    participant_id: ParticipantId, form: SupersessionForm, caller: Coordinator, asking: InAsking, office: InOffice
) -> Response:
    """Put a corrected one in its place; the old link leads to the new one, and nothing is revoked."""
    command = SupersedeCertificate(participant_id, form.because, form.name)
    return await asking.answer(supersede_certificate, office, command, by=caller.id, respond=standing_answer)


@router.post("/{participant_id}/review", response_model=StandingView)
@refuses(AlreadyRevoked, NoSuchCertificate, NothingIssued, NothingUnderReview)
async def keep(
    participant_id: ParticipantId, form: ReviewForm, caller: Coordinator, asking: InAsking, office: InOffice
) -> Response:
    """Let the certificate stand after a review."""
    command = KeepCertificate(participant_id)
    return await asking.answer(keep_certificate, office, command, by=caller.id, respond=standing_answer)


@router.get("/{participant_id}/display", response_model=DisplayView)
@refuses(NoSuchCertificate, PersonErased)
async def read_display(participant_id: ParticipantId, caller: Holder, asking: InAsking, office: InOffice) -> Response:
    """Who may see the name on the certificate, as things stand."""
    must_be_the_holders(caller, participant_id)
    return await asking.answer(see_display, office, SeeDisplay(participant_id), by=caller.id, respond=display_answer)


@router.post("/{participant_id}/display", response_model=StandingView)
@refuses(
    AlreadyRevoked,
    DisplayChangedTooOften,
    NameCannotBeTypeset,
    NoSuchCertificate,
    NoSuchEdition,
    NothingIssued,
    PersonErased,
)
async def choose(
    participant_id: ParticipantId, form: DisplayForm, caller: Holder, asking: InAsking, office: InOffice
) -> Response:
    """Decide who may see the name, before the certificate or after; what was issued is replaced by another."""
    must_be_the_holders(caller, participant_id)
    command = ChooseDisplay(participant_id, form.display == "named")
    return await asking.answer(choose_display, office, command, by=caller.id, respond=standing_answer)
