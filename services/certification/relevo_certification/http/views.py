"""A certificate as coordinators and its holder see it: ids, days and codes."""

from __future__ import annotations

from datetime import datetime

from relevo_certification.commands.office import Office
from relevo_certification.domain.certificate import Certificate, Correction, IdentityState, Standing
from relevo_contracts.certification import CertificateReview, RevokedBecause
from relevo_contracts.model import Frozen


class IssuedView(Frozen):
    """One certificate that was issued. ``verification_url`` is for its holder to pass on."""

    certificate_id: str
    issued_at: datetime
    verification_url: str
    superseded_by_id: str | None
    superseded_at: datetime | None
    superseded_because: Correction | None


class CertificateView(Frozen):
    """How a participant's certificate stands; ``issued`` from the first to the current one."""

    participant_id: str
    edition_id: str | None
    standing: Standing
    ready_at: datetime | None
    identity: IdentityState
    under_review: CertificateReview | None
    issued: tuple[IssuedView, ...]
    revoked_at: datetime | None
    revoked_because: RevokedBecause | None


def view(certificate: Certificate, office: Office) -> CertificateView:
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
            )
            for each in certificate.issued
        ),
        revoked_at=certificate.revoked_at,
        revoked_because=certificate.revoked_because,
    )
