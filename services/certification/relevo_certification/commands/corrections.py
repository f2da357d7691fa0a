"""What a coordinator does with a certificate that was issued: revoke, keep after a review, supersede (rules 12, 13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from relevo_certification.commands.amending import Amendment, Decided, amending, decided, decided_of, must_be_the_same
from relevo_certification.commands.office import Office
from relevo_certification.commands.saving import saved
from relevo_certification.domain import certificate as rules
from relevo_certification.domain.certificate import Certificate, Correction, Issued, Outcome, edition_of
from relevo_certification.domain.refusals import NameNeeded, NoSuchCertificate
from relevo_certification.store import CERTIFICATE, STATUS_ENTRY, certificate_of
from relevo_chassis.delivery.change import Change, Decision, Found, New, Once
from relevo_contracts.certification import RevokedBecause


async def revoke(
    office: Office,
    participant_id: str,
    because: RevokedBecause,
    now: datetime,
    cause_id: str,
    once: Once | None = None,
    certificate_id: str | None = None,
) -> Any:
    """Revoke the certificate that stands and all that it superseded; or one of those alone, by its id.

    Raises ``NoSuchCertificate``, ``NothingIssued`` or ``AlreadyRevoked``.
    """

    async def change() -> Change[Decided]:
        certificate = await certificate_of(office.store, participant_id)
        old = certificate.issue(certificate_id) if certificate_id else certificate.current
        if old is None and certificate_id:
            raise NoSuchCertificate(participant_id=participant_id)
        if old is None or old is certificate.current:
            outcome = rules.revoke(certificate, because, now, office.by)
            return _revoking(certificate, outcome, certificate.issued, because, now, cause_id, once)
        outcome = rules.revoke_replaced(certificate, old, because, now, office.by)
        return _revoking(certificate, outcome, [old], because, now, cause_id, once)

    return await decided(office, participant_id, change, now, cause_id, once)


def _revoking(
    certificate: Certificate,
    outcome: Outcome,
    issued: Sequence[Issued],
    because: RevokedBecause,
    now: datetime,
    cause_id: str,
    once: Once | None,
) -> Change[Decided]:
    edition_id = edition_of(certificate)
    ref = CERTIFICATE(certificate.participant_id)
    entries = [STATUS_ENTRY(each.status_entry_id) for each in issued]

    def decide(found: Found) -> Decision[Decided]:
        must_be_the_same(found[ref], certificate)
        places = [(entry, found[entry]) for entry in entries]
        revoked = [New(entry, place.model_copy(update={"revoked": True})) for entry, place in places if place]
        code = "certificate_revoked" if outcome[0].standing == "revoked" else "replaced_certificate_revoked"
        answer, outcomes = decided_of(outcome[0]), [(certificate, outcome)]
        return saved(edition_id, outcomes, now, states=revoked, answer=answer, code=code, because=because)

    return Change([ref, *entries], decide, now, cause_id, once=once)


async def keep(office: Office, participant_id: str, now: datetime, cause_id: str, once: Once | None = None) -> Any:
    """Let the certificate stand after a review. Raises ``NoSuchCertificate`` or ``NothingUnderReview``."""
    edition_id = edition_of(await certificate_of(office.store, participant_id))
    ref = CERTIFICATE(participant_id)

    def decide(found: Found) -> Decision[Decided]:
        before = found[ref]
        if before is None:
            raise NoSuchCertificate(participant_id=participant_id)
        outcome = rules.keep(before)
        answer = decided_of(outcome[0])
        return saved(edition_id, [(before, outcome)], now, answer=answer, code="certificate_kept")

    return await office.commits.commit(Change([ref], decide, now, cause_id, once=once))


async def supersede(
    office: Office,
    participant_id: str,
    because: Correction,
    name: str | None,
    reader: str,
    now: datetime,
    cause_id: str,
    once: Once | None = None,
) -> Any:
    """Issue a corrected certificate in the place of the current one, whose link leads to the new one from then on.

    A name is corrected before the first issue too, and kept for it. Raises ``NameNeeded``, ``NameCannotBeTypeset``,
    ``NothingIssued``, ``AlreadyRevoked`` or ``PersonErased``.
    """
    if because == "name_corrected" and name is None:
        raise NameNeeded(participant_id=participant_id)
    written_so = {} if name is None else {"name": name}
    amendment = Amendment(
        because,
        lambda identity: identity.model_copy(update=written_so),
        reader,
        "correction",
        code="certificate_corrected",
    )

    async def change() -> Change[Decided]:
        certificate = await certificate_of(office.store, participant_id)
        return await amending(office, certificate, amendment, now, cause_id, once)

    return await decided(office, participant_id, change, now, cause_id, once)
