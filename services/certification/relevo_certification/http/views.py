"""A certificate as coordinators and its holder see it, and an issuing of many: ids, days and codes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from relevo_certification.commands.display import Display
from relevo_certification.commands.invitations import Own
from relevo_certification.commands.office import Office
from relevo_certification.domain.certificate import Certificate, CertificateStanding, Correction, IdentityState
from relevo_certification.domain.edition import Edition, Language
from relevo_certification.domain.invitation import InvitationStatus, Inviting
from relevo_certification.domain.issuance import Issuance
from relevo_certification.store import outcomes
from relevo_certification.verification import InvitationStated, invitation_stated
from relevo_chassis.delivery.store import Store
from relevo_chassis.http.etag import etag_of
from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.certification import CertificateReview, RevokedBecause
from relevo_contracts.model import Frozen


class IssuedView(Frozen):
    """One certificate that was issued. ``verification_url`` is for its holder to pass on.

    ``revoked_at`` is given when it alone was revoked, after another had taken its place; by whom is for staff alone.
    """

    certificate_id: str
    issued_at: datetime
    verification_url: str
    superseded_by_id: str | None
    superseded_at: datetime | None
    superseded_because: Correction | None
    revoked_at: datetime | None
    revoked_by: str | None
    revoked_because: RevokedBecause | None


class CertificateView(Frozen):
    """How a participant's certificate stands; ``issued`` from the first to the current one."""

    participant_id: str
    edition_id: str | None
    standing: CertificateStanding
    ready_at: datetime | None
    identity: IdentityState
    under_review: CertificateReview | None
    issued: tuple[IssuedView, ...]
    revoked_at: datetime | None
    revoked_by: str | None
    revoked_because: RevokedBecause | None


def certificate_view(certificate: Certificate, office: Office, *, to_staff: bool) -> CertificateView:
    return CertificateView(
        participant_id=certificate.participant_id,
        edition_id=certificate.edition_id,
        standing=certificate.standing,
        ready_at=certificate.ready_at,
        identity=certificate.identity,
        under_review=certificate.review,
        issued=tuple(
            IssuedView(
                certificate_id=each.certificate_id,
                issued_at=each.issued_at,
                verification_url=office.verification_url(each.certificate_id),
                superseded_by_id=each.superseded_by_id,
                superseded_at=each.superseded_at,
                superseded_because=each.superseded_because,
                revoked_at=each.revoked_at,
                revoked_by=each.revoked_by if to_staff else None,
                revoked_because=each.revoked_because,
            )
            for each in certificate.issued
        ),
        revoked_at=certificate.revoked_at,
        revoked_by=certificate.revoked_by if to_staff else None,
        revoked_because=certificate.revoked_because,
    )


class StandingView(Frozen):
    """How a certificate stands after a decision; ``certificate_id`` is the one that stands or stood last, ``None``
    before the first."""

    participant_id: str
    certificate_id: str | None
    standing: CertificateStanding


def standing_answer(after: Certificate) -> Answer:
    current = after.current
    certificate_id = current.certificate_id if current else None
    view = StandingView(participant_id=after.participant_id, certificate_id=certificate_id, standing=after.standing)
    return answer_json(view)


class DisplayView(Frozen):
    """Who may see the name; ``None`` while neither the holder nor the application has said anything here."""

    display: Literal["named", "unnamed"] | None


def display_answer(display: Display) -> Answer:
    return answer_json(DisplayView(display=None if display.named is None else "named" if display.named else "unnamed"))


def facts_answer(edition: Edition) -> Answer:
    return answer_json(edition.facts, etag=etag_of(edition))


def terms_answer(inviting: Inviting) -> Answer:
    return answer_json(inviting.terms, etag=etag_of(inviting))


class InvitationView(Frozen):
    """An invitation that was made; its code is on the paper alone."""

    made_at: datetime
    language: Language
    valid_until: date
    status: InvitationStatus


class OwnInvitationsView(Frozen):
    """The invitations of a participant, the first one first.

    ``left`` is how many more can be made now. ``stated`` is what one made now would state; ``None`` as long as
    coordinators have not set it.
    """

    made: tuple[InvitationView, ...]
    left: int
    is_over: bool
    stated: InvitationStated | None


def own_invitations_answer(own: Own) -> Answer:
    made = tuple(
        InvitationView(made_at=each.made_at, language=each.language, valid_until=each.facts.last_on, status=status)
        for each, status in own.made
    )
    stated = invitation_stated(own.stated) if own.stated else None
    return answer_json(OwnInvitationsView(made=made, left=own.left, is_over=own.is_over, stated=stated))


class WalletOfferView(Frozen):
    """An offer to the holder's wallet. ``offer`` is for a QR code or a link on the holder's own page, and
    ``transaction_code`` is what the wallet asks them for; both can be used once, until ``over_at``."""

    offer: str
    transaction_code: str
    over_at: datetime


class IssuanceView(Frozen):
    """How far an issuing has come.

    ``ready`` and ``already_issued`` are how many were so when it was asked for; ``issued`` and ``problems`` are those
    that came out so since. Who is neither when it has finished stood no longer ready when it came to them.
    """

    issuance_id: str
    edition_id: str
    state: Literal["running", "finished"]
    asked_by: str
    asked_at: datetime
    ready: int
    already_issued: int
    issued: int
    problems: int
    finished_at: datetime | None


async def issuance_view(store: Store, issuance: Issuance) -> IssuanceView:
    issued = await outcomes(store, issuance.issuance_id, "issued")
    return _counted(issuance, issued, await outcomes(store, issuance.issuance_id, "problem"))


def issuance_answer(issuance: Issuance) -> Answer:
    """As it is before anything was issued, and where it can be followed."""
    where = f"/editions/{issuance.edition_id}/issuances/{issuance.issuance_id}"
    return answer_json(_counted(issuance, 0, 0), 202, location=where)


def _counted(issuance: Issuance, issued: int, problems: int) -> IssuanceView:
    return IssuanceView(
        issuance_id=issuance.issuance_id,
        edition_id=issuance.edition_id,
        state="finished" if issuance.finished_at else "running",
        asked_by=issuance.asked_by,
        asked_at=issuance.asked_at,
        ready=issuance.ready,
        already_issued=issuance.already_issued,
        issued=issued,
        problems=problems,
        finished_at=issuance.finished_at,
    )
