"""A holder's routes to their own certificate."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Response

from relevo_certification.commands import display, wallet
from relevo_certification.commands.display import ChooseDisplay, SeeDisplay
from relevo_certification.commands.papers import SeePapers, see_papers
from relevo_certification.commands.wallet import OfferToWallet, open_offer, secrets_of
from relevo_certification.domain.certificate import (
    AlreadyRevoked,
    CertificateReplaced,
    Issued,
    NameCannotBeTypeset,
    NoSuchCertificate,
    NothingIssued,
)
from relevo_certification.domain.display import DisplayChangedTooOften, HiddenInDanger
from relevo_certification.domain.edition import NoSuchEdition
from relevo_certification.domain.sealed import Papers
from relevo_certification.domain.wallet import NameBeingAsked, OfferedInDanger, WalletOfferIsOver
from relevo_certification.http.callers import Holder, InOffice, OwnParticipantId, WhichOne
from relevo_certification.http.downloads import credential_download, jwt_download, pdf_download
from relevo_certification.http.forms import DisplayForm
from relevo_certification.http.views import (
    CertificateView,
    DisplayView,
    StandingView,
    WalletOfferView,
    certificate_view,
    display_answer,
    standing_answer,
)
from relevo_certification.store import certificate_of
from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.once import answer_json, idempotency_key
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased

router = Routes(prefix="/me/certificate", tags=["own certificate"])


@refuses(CertificateReplaced, NoSuchCertificate, NothingIssued, PersonErased)
async def own_papers(
    own_id: OwnParticipantId, caller: Holder, asking: InAsking, office: InOffice, certificate_id: WhichOne = None
) -> tuple[Papers, Issued]:
    """A dependency: the papers that are asked for; that they are opened goes on record."""
    return await see_papers(office, SeePapers(own_id, certificate_id, "own"), asking.asked(caller.id))


InOwnPapers = Annotated[tuple[Papers, Issued], Depends(own_papers)]


@router.get("")
@refuses(NoSuchCertificate)
async def read_own_certificate(own_id: OwnParticipantId, office: InOffice) -> CertificateView:
    """How the certificate stands, with the links that verify it."""
    return certificate_view(await certificate_of(office.store, own_id), office, to_staff=False)


@router.get("/certificate.pdf", response_class=Response, responses=sends("application/pdf"))
@refuses(NameCannotBeTypeset)
async def download_own_pdf(found: InOwnPapers, office: InOffice) -> Response:
    """The certificate as PDF, with the holder's name."""
    return await pdf_download(office, *found, "holder", "own")


@router.get("/credential.json", response_class=Response, responses=sends("application/vc"))
async def download_own_credential(found: InOwnPapers) -> Response:
    """The credential with its embedded proof."""
    return credential_download(found[0])


@router.get("/credential.jwt", response_class=Response, responses=sends("application/jwt"))
async def download_own_jwt(found: InOwnPapers) -> Response:
    """The credential as VC-JWT."""
    return jwt_download(found[0])


@router.get("/display", response_model=DisplayView)
@refuses(PersonErased)
async def read_own_display(own_id: OwnParticipantId, caller: Holder, asking: InAsking, office: InOffice) -> Response:
    """Who may see the name on the certificate, as things stand."""
    return await asking.answer(display.see_display, office, SeeDisplay(own_id), by=caller.id, respond=display_answer)


@router.post("/choose-display", response_model=StandingView)
@refuses(
    AlreadyRevoked,
    DisplayChangedTooOften,
    HiddenInDanger,
    NameCannotBeTypeset,
    NoSuchEdition,
    NothingIssued,
    PersonErased,
)
async def choose_own_display(
    own_id: OwnParticipantId, form: DisplayForm, caller: Holder, asking: InAsking, office: InOffice
) -> Response:
    """Decide who may see the name, before the certificate or after; what was issued is replaced by another."""
    command = ChooseDisplay(own_id, form.display == "named")
    return await asking.answer(display.choose_display, office, command, by=caller.id, respond=standing_answer)


@router.post("/wallet", response_model=WalletOfferView)
@refuses(
    AlreadyRevoked,
    NameBeingAsked,
    NoSuchCertificate,
    NothingIssued,
    OfferedInDanger,
    PersonErased,
    WalletOfferIsOver,
)
async def offer_to_own_wallet(own_id: OwnParticipantId, caller: Holder, asking: InAsking, office: InOffice) -> Response:
    """Offer the certificate to a wallet of one's own for ten minutes, in the place of whatever was offered before.

    Nothing of the answer is kept: a request that is repeated is told the same offer again, while it can be used.
    """
    secrets = secrets_of(office, own_id, idempotency_key(asking.request))
    command = OfferToWallet(own_id, secrets)
    await asking.answer(wallet.offer_to_wallet, office, command, by=caller.id, respond=lambda _: answer_json(None))
    offered = await open_offer(office, own_id, secrets.address, asking.shell.clock.now())
    if offered is None or offered.over_at is None:
        raise WalletOfferIsOver()
    where = urlencode({"credential_offer_uri": f"{office.press.public_url}/wallet/offers/{secrets.address}"})
    view = WalletOfferView(
        offer=f"openid-credential-offer://?{where}",
        transaction_code=secrets.transaction_code,
        over_at=offered.over_at,
    )
    return answer_json(view).response()
