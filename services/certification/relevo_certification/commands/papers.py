"""Handing out the papers of a certificate, on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from relevo_certification.commands.office import Office
from relevo_certification.commands.readings import record_reading
from relevo_certification.domain.certificate import CertificateReplaced, Issued, NoSuchCertificate, NothingIssued
from relevo_certification.domain.sealed import Papers, Portfolio
from relevo_certification.store import PAPERS_SET, certificate_of
from relevo_chassis.delivery.change import Asked


@dataclass(frozen=True, slots=True)
class SeePapers:
    """Those of the certificate that stands; of ``certificate_id`` if that is given, refused if it was replaced."""

    participant_id: str
    certificate_id: str | None
    purpose: Literal["casework", "own"]


async def see_papers(office: Office, query: SeePapers, asked: Asked) -> tuple[Papers, Issued]:
    """The papers of one certificate; that they are opened goes on record before.

    Raises ``NoSuchCertificate``, ``NothingIssued`` or ``CertificateReplaced``.
    """
    participant_id, certificate_id = query.participant_id, query.certificate_id
    certificate = await certificate_of(office.store, participant_id)
    issued = certificate.issue_of(certificate_id) if certificate_id else certificate.current
    if issued is None:
        raise NoSuchCertificate(participant_id=participant_id) if certificate_id else NothingIssued()
    if issued.superseded_by_id is not None:
        raise CertificateReplaced(superseded_by_id=issued.superseded_by_id)
    await record_reading(office.commits, asked, query.purpose, [PAPERS_SET], [participant_id])
    portfolio = await office.vault.open(participant_id, PAPERS_SET, Portfolio)
    papers = portfolio.of(issued.certificate_id) if portfolio else None
    if papers is None:
        raise CertificateReplaced()
    return papers, issued
