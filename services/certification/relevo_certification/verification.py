"""What anybody who is shown a certificate or an invitation may know of it (rules 13 and 14)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from relevo_certification.calendar import day_of, issued_on
from relevo_certification.commands.invitations import stated_by
from relevo_certification.commands.office import Office
from relevo_certification.domain.certificate import CertificateReplaced, Issued
from relevo_certification.domain.edition import Language, Signatory, Texts
from relevo_certification.domain.invitation import InvitationStatus, Stated, status_of
from relevo_certification.domain.sealed import Papers, Portfolio
from relevo_certification.shown import name_shown
from relevo_certification.store import CERTIFICATE, PAPERS_SET, Linked, invitation_behind, linked
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.certification import RevokedBecause
from relevo_contracts.model import Frozen

Status = Literal["valid", "revoked", "superseded"]


class CertificateStatus(Frozen):
    """How a certificate stands, told by whom."""

    status: Status
    issuer: str
    revoked_on: date | None = None
    revoked_because: RevokedBecause | None = None


class Replaced(CertificateStatus):
    """A certificate that another took the place of: nothing is told but that, and where the other is (rule 18)."""

    superseded_by: str


class Verification(CertificateStatus):
    """The certified facts, and how the certificate stands; of when it was issued the day alone.

    ``holder`` is the name when its holder chose to show it; otherwise ``sealed_name`` is the ciphertext that the paper
    opens, in base64url, of which the credential has the hash. Addresses are ``None`` for what is not handed out.
    """

    holder: str | None
    sealed_name: str | None
    texts: Mapping[Language, Texts]
    first_on: date
    last_on: date
    hours: int
    multiplier_hours: int
    multiplier_people: int
    signatories: tuple[Signatory, ...]
    issued_on: date
    credential: str | None = None
    jwt: str | None = None
    pdf: str | None = None


async def verification(office: Office, token: str) -> Verification | Replaced | None:
    """What a token verifies; ``None`` for one that verifies nothing, whatever the cause."""
    found = await linked(office.store, office.link_hash(token))
    if found is None:
        return None
    status = CertificateStatus(
        status=_status(found),
        issuer=office.press.keys.did,
        revoked_on=_revoked_on(found),
        revoked_because=found.issued.revoked_because or found.certificate.revoked_because,
    )
    if replaced_by := _replaced_by(office, found):
        return Replaced(**dict(status), superseded_by=replaced_by)
    return await _certified(office, found, status)


async def _certified(office: Office, found: Linked, status: CertificateStatus) -> Verification:
    papers = await _papers(office, found)
    holder = name_shown(papers.identity, "anybody", "verification") if papers else None
    url = office.verification_url(found.issued.certificate_id)
    facts = found.issued.facts
    return Verification(
        **dict(status),
        holder=holder,
        sealed_name=papers.sealed_name.ciphertext if papers and papers.sealed_name else None,
        texts=facts.texts,
        first_on=facts.first_on,
        last_on=facts.last_on,
        hours=facts.hours,
        multiplier_hours=facts.multiplier_hours,
        multiplier_people=facts.multiplier_people,
        signatories=facts.signatories,
        issued_on=issued_on(found.issued),
        credential=f"{url}/credential.json" if papers else None,
        jwt=f"{url}/credential.jwt" if papers else None,
        pdf=f"{url}/certificate.pdf" if holder is not None else None,
    )


async def papers_behind(office: Office, token: str) -> tuple[Papers, Issued] | None:
    """The papers of the certificate that a token verifies; ``None`` also when their holder was erased.

    Raises ``CertificateReplaced``.
    """
    found = await linked(office.store, office.link_hash(token))
    if found is None:
        return None
    if replaced_by := _replaced_by(office, found):
        raise CertificateReplaced(superseded_by=replaced_by)
    papers = await _papers(office, found)
    return (papers, found.issued) if papers else None


async def _papers(office: Office, found: Linked) -> Papers | None:
    try:
        portfolio = await office.vault.open(found.certificate.participant_id, PAPERS_SET, Portfolio)
    except PersonErased:
        return None
    return portfolio.of(found.issued.certificate_id) if portfolio else None


def _status(found: Linked) -> Status:
    if found.certificate.standing == "revoked" or found.issued.revoked_at:
        return "revoked"
    return "superseded" if found.issued.superseded_by_id else "valid"


def _revoked_on(found: Linked) -> date | None:
    revoked_at = found.issued.revoked_at or found.certificate.revoked_at
    return day_of(found.issued.facts, revoked_at) if revoked_at else None


def _replaced_by(office: Office, found: Linked) -> str | None:
    """The link of the certificate that stands, also from one that was superseded several times."""
    current = found.certificate.current
    if found.issued.superseded_by_id is None or current is None:
        return None
    return office.verification_url(current.certificate_id)


class InvitationSays(Frozen):
    """What invitations of an edition say in one language."""

    issuer: str
    occasion: str
    place: str
    costs: str | None


class InvitationStated(Frozen):
    """All that an invitation states but the name."""

    texts: Mapping[Language, InvitationSays]
    address: str
    contact: str
    first_on: date
    last_on: date


class InvitationVerification(InvitationStated):
    """How an invitation stands, and what it states; nothing tells whom it is for.

    ``compares_names``: whether a name can be compared with the one on it.
    """

    status: InvitationStatus
    made_on: date
    compares_names: bool


def invitation_stated(stated: Stated) -> InvitationStated:
    facts, terms = stated
    return InvitationStated(
        texts={
            language: InvitationSays(
                issuer=texts.issuer,
                occasion=stated.occasion(language),
                place=texts.place,
                costs=terms.texts[language].costs,
            )
            for language, texts in facts.texts.items()
        },
        address=terms.address,
        contact=terms.contact,
        first_on=facts.first_on,
        last_on=facts.last_on,
    )


async def invitation_verification(office: Office, code: str, now: datetime) -> InvitationVerification | None:
    """What a code verifies; ``None`` for one that verifies nothing, whatever the cause."""
    found = await invitation_behind(office.store, office.invitation_hash(code))
    if found is None:
        return None
    participant_id, made = found
    participant = await office.store.state(CERTIFICATE(participant_id))
    stated = await stated_by(office, participant.edition_id) if participant and participant.edition_id else None
    status = status_of(made, participant, stated, day_of(made.facts, now))
    return InvitationVerification(
        **dict(invitation_stated(made.stated)),
        status=status,
        made_on=day_of(made.facts, made.made_at),
        compares_names=made.name_hash is not None and status in ("valid", "changed"),
    )


async def is_name_on_invitation(office: Office, code: str, name: str) -> bool:
    """Whether an invitation was made with this name, of which nothing is kept; one of which nothing is compared any
    more was made with none."""
    found = await invitation_behind(office.store, office.invitation_hash(code))
    kept = found[1].name_hash if found else None
    return kept is not None and hmac.compare_digest(kept, office.name_hash(code, name))
