"""What certification tells: certificates ready, issued, revoked, superseded, under review; no verification token."""

from __future__ import annotations

from typing import Annotated, Literal

from relevo_contracts.model import Day, Event, Figure, Id, Instant, reading

RevokedBecause = Literal[
    "issued_in_error", "requirements_not_met", "misuse", "asked_by_holder", "key_compromised", "other"
]
SupersededBecause = Literal["corrected", "key_replaced", "other"]
CertificateReview = Literal["verification_withdrawn", "onsite_corrected", "participant_withdrawn", "other"]
CertificateData = Literal["certificate", "other"]


class _OfCertificate(Event, service="certification", aggregate="certificate", key="participant_id", verb=""):
    participant_id: Id
    edition_id: Id


class CertificateReady(_OfCertificate, verb="ready"):
    """On-site completion and a fulfilled commitment both stand (rule 12)."""

    ready_at: Instant


class CertificateIssued(_OfCertificate, verb="issued"):
    """A certificate was issued."""

    certificate_id: Id
    issued_at: Instant


class CertificateRevoked(_OfCertificate, verb="revoked"):
    """A certificate was revoked; it stays visible as such (rule 13).

    ``superseded_by_id`` is given when it was one that had been superseded, and the one that took its place stands.
    """

    certificate_id: Id
    revoked_at: Instant
    because: Annotated[RevokedBecause, reading(RevokedBecause)]
    superseded_by_id: Id | None = None


class CertificateSuperseded(_OfCertificate, verb="superseded"):
    """A corrected certificate took the place of an old one, which is not thereby revoked (rule 13)."""

    certificate_id: Id
    superseded_by_id: Id
    superseded_at: Instant
    because: Annotated[SupersededBecause, reading(SupersededBecause)]


class CertificatePutUnderReview(_OfCertificate, verb="put_under_review"):
    """What the certificate stands on was withdrawn; a coordinator decides (rule 12)."""

    certificate_id: Id | None
    put_under_review_at: Instant
    because: Annotated[CertificateReview, reading(CertificateReview)]


class CertificateKept(_OfCertificate, verb="kept"):
    """What had put an issued certificate under review is settled, and it stands (rule 12)."""

    certificate_id: Id
    kept_at: Instant


class CertificatesCounted(
    Event, service="certification", aggregate="count", verb="counted", key="edition_id", audience="public"
):
    """How many certificates an edition has, on days on which there is something new to tell."""

    edition_id: Id
    counted_on: Day
    ready: Figure
    issued: Figure
    revoked: Figure
    superseded: Figure


class CertificateDataDestroyed(
    Event, service="certification", aggregate="certificate_data", verb="destroyed", key="participant_id"
):
    """What certification kept of a participant in one retention class was destroyed before the person is."""

    participant_id: Id
    retention_class: Annotated[CertificateData, reading(CertificateData)]
    destroyed_at: Instant
