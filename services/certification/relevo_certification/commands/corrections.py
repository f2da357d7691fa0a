"""What a coordinator does with a certificate that was issued: revoke, keep after a review, supersede (rules 12, 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relevo_certification.commands.amending import Amendment, amending, commit_as_read, must_be_the_same
from relevo_certification.commands.office import Office
from relevo_certification.commands.saving import saved
from relevo_certification.domain.certificate import (
    Certificate,
    Correction,
    Issued,
    NameNeeded,
    NoSuchCertificate,
    Outcome,
    edition_of,
    keep,
    revoke,
    revoke_replaced,
)
from relevo_certification.store import CERTIFICATE, STATUS_ENTRY, certificate_of
from relevo_chassis.delivery.change import Asked, Change, Decision, Found, New, Repeat
from relevo_contracts.certification import RevokedBecause


@dataclass(frozen=True, slots=True)
class RevokeCertificate:
    """The certificate that stands and all that it superseded; or one of those alone, by its id."""

    participant_id: str
    because: RevokedBecause
    certificate_id: str | None = None


async def revoke_certificate(office: Office, command: RevokeCertificate, asked: Asked) -> Certificate | Repeat:
    """Revoke it; it stays visible as revoked. Raises ``NoSuchCertificate``, ``NothingIssued`` or ``AlreadyRevoked``."""
    return await commit_as_read(office, command, asked, _revoking)


async def _revoking(office: Office, command: RevokeCertificate, asked: Asked) -> Change[Certificate]:
    certificate = await certificate_of(office.store, command.participant_id)
    wanted = command.certificate_id
    old = certificate.issue_of(wanted) if wanted else certificate.current
    if old is None and wanted:
        raise NoSuchCertificate(participant_id=command.participant_id)
    if old is None or old is certificate.current:
        outcome, issued = revoke(certificate, command.because, asked.now, asked.by), certificate.issued
        return _revoked(certificate, outcome, issued, "certificate_revoked", command.because, asked)
    outcome = revoke_replaced(certificate, old, command.because, asked.now, asked.by)
    return _revoked(certificate, outcome, [old], "replaced_certificate_revoked", command.because, asked)


def _revoked(
    certificate: Certificate,
    outcome: Outcome,
    issued: Sequence[Issued],
    code: str,
    because: RevokedBecause,
    asked: Asked,
) -> Change[Certificate]:
    edition_id = edition_of(certificate)
    ref = CERTIFICATE(certificate.participant_id)
    entries = [STATUS_ENTRY(each.status_entry_id) for each in issued]

    def decide(found: Found) -> Decision[Certificate]:
        must_be_the_same(found[ref], certificate)
        places = [(entry, found[entry]) for entry in entries]
        states = [New(entry, place.model_copy(update={"revoked": True})) for entry, place in places if place]
        outcomes, answer = [(certificate, outcome)], outcome[0]
        return saved(edition_id, outcomes, asked.now, states=states, answer=answer, code=code, because=because)

    return asked.change([ref, *entries], decide)


@dataclass(frozen=True, slots=True)
class KeepCertificate:
    participant_id: str


async def keep_certificate(office: Office, command: KeepCertificate, asked: Asked) -> Certificate | Repeat:
    """Let the certificate stand after a review.

    Raises ``NoSuchCertificate``, ``NothingIssued``, ``AlreadyRevoked`` or ``NothingUnderReview``.
    """
    ref = CERTIFICATE(command.participant_id)

    def decide(found: Found) -> Decision[Certificate]:
        before = found[ref]
        if before is None:
            raise NoSuchCertificate(participant_id=command.participant_id)
        outcome, edition_id = keep(before, asked.now), edition_of(before)
        return saved(edition_id, [(before, outcome)], asked.now, answer=outcome[0], code="certificate_kept")

    return await office.commits.commit(asked.change([ref], decide))


@dataclass(frozen=True, slots=True)
class SupersedeCertificate:
    """``name`` is the name as it is to be written, if that is to change."""

    participant_id: str
    because: Correction
    name: str | None


async def supersede_certificate(office: Office, command: SupersedeCertificate, asked: Asked) -> Certificate | Repeat:
    """Issue a corrected certificate in the place of the current one, whose link leads to the new one from then on.

    A name is corrected before the first issue too, and kept for it. Raises ``NameNeeded``, ``NameCannotBeTypeset``,
    ``NoSuchCertificate``, ``NoSuchEdition``, ``NothingIssued``, ``AlreadyRevoked`` or ``PersonErased``.
    """
    if command.because == "name_corrected" and command.name is None:
        raise NameNeeded(participant_id=command.participant_id)
    return await commit_as_read(office, command, asked, _superseding)


async def _superseding(office: Office, command: SupersedeCertificate, asked: Asked) -> Change[Certificate]:
    certificate = await certificate_of(office.store, command.participant_id)
    anew = {} if command.name is None else {"name": command.name}
    amendment = Amendment(command.because, anew, "correction", code="certificate_corrected")
    return await amending(office, certificate, amendment, asked)
