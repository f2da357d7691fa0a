"""A participant's certificate: ready, issued, under review, revoked, superseded (rules 6, 12, 13 and 14).

What other services tell is joined here in whatever order it arrives; one participant has one such aggregate, before
anything was issued and after every correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, Literal

from relevo_certification.domain.edition import EditionFacts
from relevo_certification.domain.kept import CERTIFIED
from relevo_certification.domain.status_entry import status_entry_id
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts import Event
from relevo_contracts.certification import (
    CertificateIssued,
    CertificateKept,
    CertificatePutUnderReview,
    CertificateReady,
    CertificateReview,
    CertificateRevoked,
    CertificateSuperseded,
    RevokedBecause,
)
from relevo_contracts.model import Frozen

Onsite = Literal["unknown", "completed", "not_completed"]
Fulfilment = Literal["unknown", "fulfilled", "withdrawn"]
CertificateStanding = Literal["waiting", "ready", "issued", "revoked"]
IdentityState = Literal["not_asked", "wanted", "held"]

Correction = Literal["name_corrected", "facts_corrected", "key_replaced"]
"""Why a certificate takes another's place. That a name changed betrays somebody, so no event says which it was."""


class NoSuchCertificate(Refusal):
    """There is no such certificate."""

    status = 404


class CertificateReplaced(Refusal):
    """This certificate was replaced, and its papers are not handed out any more; take those of the one that stands."""

    status = 410


class NothingIssued(Refusal):
    """No certificate was issued to this participant."""


class AlreadyRevoked(Refusal):
    """The certificate is revoked; nothing more can be done with it."""


class NothingUnderReview(Refusal):
    """The certificate is not under review."""


class NameNeeded(Refusal):
    """A corrected name has to be given when the name is what is corrected."""

    status = 422
    where = "body.name"


class NameCannotBeTypeset(Refusal):
    """The name cannot be printed on a certificate; write it in another way. ``reason`` says why, ``character`` where.

    ``character``: no font has it. ``marks``: too many on one letter. ``too_long``: a word, or all of it.
    ``page``: it does not fit on the page beside the facts of the edition.
    """

    status = 422
    where = "body.name"


class Issued(Frozen):
    """One certificate that was issued, with the facts that it states and its place in a status list.

    Page and papers tell the day alone, that of the action at the edition's place; what takes its place keeps it, so
    that neither the second of its issue nor a correction stands out.
    It is itself ``revoked`` only if it alone was, after another had taken its place.
    """

    certificate_id: str
    issued_at: datetime
    facts: EditionFacts
    list_number: int
    position: int
    dated_on: date | None = None
    superseded_by_id: str | None = None
    superseded_at: datetime | None = None
    superseded_because: Correction | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revoked_because: RevokedBecause | None = None

    @property
    def status_entry_id(self) -> str:
        return status_entry_id(self.list_number, self.position)


class Certificate(Frozen):
    """What is known about one participant's certificate; clear of everything that identifies the person.

    ``amendments`` counts how often what is sealed about them was written, so that nobody relies on what it was before.
    ``ready_when_erased`` keeps counted what was counted (rule 14).
    """

    kept: ClassVar[Kept] = CERTIFIED

    participant_id: str
    edition_id: str | None = None
    issue_by_itself: bool = False
    onsite: Onsite = "unknown"
    onsite_at: datetime | None = None
    commitment: Fulfilment = "unknown"
    fulfilled_at: datetime | None = None
    withdrawn: bool = False
    erased: bool = False
    ready_when_erased: bool = False
    standing: CertificateStanding = "waiting"
    ready_at: datetime | None = None
    identity: IdentityState = "not_asked"
    amendments: int = 0
    issued: tuple[Issued, ...] = ()
    review: CertificateReview | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revoked_because: RevokedBecause | None = None

    @property
    def is_earned(self) -> bool:
        """Whether on-site completion and a fulfilled commitment both stand (rule 12)."""
        met = self.onsite == "completed" and self.commitment == "fulfilled"
        return met and not self.withdrawn and not self.erased

    @property
    def current(self) -> Issued | None:
        """The certificate that none supersedes."""
        return self.issued[-1] if self.issued else None

    def issue_of(self, certificate_id: str) -> Issued | None:
        """The issued certificate of this id, superseded or not."""
        return next((each for each in self.issued if each.certificate_id == certificate_id), None)


Outcome = tuple[Certificate, Sequence[Event]]


def changed(certificate: Certificate, **values: object) -> Certificate:
    return certificate.model_copy(update=values)


def enrol(certificate: Certificate, edition_id: str, issue_by_itself: bool) -> Outcome:
    """The participant is known, and whether the edition issues by itself."""
    return changed(certificate, edition_id=edition_id, issue_by_itself=issue_by_itself), ()


def note_onsite(
    certificate: Certificate, edition_id: str, onsite: Onsite, at: datetime, because: CertificateReview | None = None
) -> Outcome:
    """The outcome of the on-site week; ``because`` when it is a late correction (rule 6)."""
    after = changed(certificate, edition_id=edition_id, onsite=onsite, onsite_at=at)
    return _reconsidered(after, at, because if onsite != "completed" else None)


def note_fulfilled(certificate: Certificate, edition_id: str, at: datetime) -> Outcome:
    """The commitment is fulfilled."""
    return _reconsidered(changed(certificate, edition_id=edition_id, commitment="fulfilled", fulfilled_at=at), at)


def note_not_fulfilled(certificate: Certificate, edition_id: str, because: CertificateReview, at: datetime) -> Outcome:
    """What the commitment stood on was withdrawn, or it was opened again."""
    was_fulfilled = certificate.commitment == "fulfilled"
    after = changed(certificate, edition_id=edition_id, commitment="withdrawn", fulfilled_at=at)
    return _reconsidered(after, at, because if was_fulfilled else None)


def withdraw(certificate: Certificate, edition_id: str, at: datetime) -> Outcome:
    """The participant left the course; what was issued goes to a coordinator."""
    return _reconsidered(changed(certificate, edition_id=edition_id, withdrawn=True), at, "participant_withdrawn")


def erase(certificate: Certificate) -> Outcome:
    """The person was erased: what was issued stays verifiable without a name, nothing more is issued (rule 14)."""
    standing: CertificateStanding = "waiting" if certificate.standing == "ready" else certificate.standing
    was_ready = certificate.standing == "ready"
    ready_at = certificate.ready_at if standing != "waiting" else None
    after = changed(certificate, erased=True, standing=standing, ready_at=ready_at, identity="not_asked")
    return changed(after, ready_when_erased=was_ready or certificate.ready_when_erased), ()


def receive_identity(certificate: Certificate) -> Outcome:
    """Name, language and display choice arrived."""
    return amend(changed(certificate, identity="held"))


def ask_again(certificate: Certificate) -> Outcome:
    """What the person said about themselves was corrected: what was told before counts no more until it is asked."""
    if certificate.erased or certificate.identity == "not_asked":
        return certificate, ()
    return amend(changed(certificate, identity="wanted"))


def amend(certificate: Certificate) -> Outcome:
    """What is sealed about the person is written anew, and nothing that anybody is told of."""
    return changed(certificate, amendments=certificate.amendments + 1), ()


def issue(certificate: Certificate, made: Issued) -> Outcome:
    """Issue what is ready; whoever calls has made sure that it is."""
    after = changed(certificate, standing="issued", issued=(*certificate.issued, made))
    return after, (
        CertificateIssued(
            participant_id=certificate.participant_id,
            edition_id=edition_of(certificate),
            certificate_id=made.certificate_id,
            issued_at=made.issued_at,
        ),
    )


def supersede(certificate: Certificate, made: Issued, because: Correction, now: datetime) -> Outcome:
    """Put a corrected certificate in the place of the current one, which is not thereby revoked (rule 13)."""
    old = _current_issue(certificate)
    replaced = old.model_copy(
        update={"superseded_by_id": made.certificate_id, "superseded_at": now, "superseded_because": because}
    )
    after, issued = issue(changed(certificate, issued=(*certificate.issued[:-1], replaced)), made)
    superseded = CertificateSuperseded(
        participant_id=certificate.participant_id,
        edition_id=edition_of(certificate),
        certificate_id=old.certificate_id,
        superseded_by_id=made.certificate_id,
        superseded_at=now,
        because="key_replaced" if because == "key_replaced" else "corrected",
    )
    return after, (*issued, superseded)


def revoke(certificate: Certificate, because: RevokedBecause, now: datetime, by: str | None = None) -> Outcome:
    """Revoke the current certificate, and those it superseded with it; it stays visible as revoked (rule 13)."""
    current = _current_issue(certificate)
    after = changed(
        certificate, standing="revoked", revoked_at=now, revoked_by=by, revoked_because=because, review=None
    )
    return after, (
        CertificateRevoked(
            participant_id=certificate.participant_id,
            edition_id=edition_of(certificate),
            certificate_id=current.certificate_id,
            revoked_at=now,
            because=because,
        ),
    )


def revoke_replaced(
    certificate: Certificate, old: Issued, because: RevokedBecause, now: datetime, by: str | None = None
) -> Outcome:
    """Revoke one that was superseded, alone: the one that took its place stands."""
    if certificate.standing == "revoked" or old.revoked_at is not None:
        raise AlreadyRevoked(participant_id=certificate.participant_id)
    revoked = old.model_copy(update={"revoked_at": now, "revoked_by": by, "revoked_because": because})
    after = changed(certificate, issued=tuple(revoked if each is old else each for each in certificate.issued))
    return after, (
        CertificateRevoked(
            participant_id=certificate.participant_id,
            edition_id=edition_of(certificate),
            certificate_id=old.certificate_id,
            revoked_at=now,
            because=because,
            superseded_by_id=old.superseded_by_id,
        ),
    )


def keep(certificate: Certificate, now: datetime) -> Outcome:
    """A coordinator lets the certificate stand after a review."""
    _current_issue(certificate)
    if certificate.review is None:
        raise NothingUnderReview(participant_id=certificate.participant_id)
    return _kept(certificate, now)


def _reconsidered(after: Certificate, at: datetime, because: CertificateReview | None = None) -> Outcome:
    """What follows for the certificate when a fact has changed; ``because`` when one was withdrawn."""
    match after.standing:
        case "waiting" if after.is_earned:
            return _ready(after)
        case "ready" if not after.is_earned:
            identity = after.identity if after.identity == "held" else "not_asked"
            waiting = changed(after, standing="waiting", ready_at=None, identity=identity)
            return _put_under_review(waiting, at, because or "other")
        case "issued" if after.is_earned and after.review is not None:
            return _kept(after, at)
        case "issued" if because is not None and after.review is None:
            return _put_under_review(changed(after, review=because), at, because)
    return after, ()


def _ready(after: Certificate) -> Outcome:
    moments = [moment for moment in (after.onsite_at, after.fulfilled_at) if moment is not None]
    identity = after.identity if after.identity == "held" else "wanted"
    ready = changed(after, standing="ready", ready_at=max(moments), identity=identity)
    return ready, (
        CertificateReady(participant_id=after.participant_id, edition_id=edition_of(after), ready_at=max(moments)),
    )


def _put_under_review(after: Certificate, at: datetime, because: CertificateReview) -> Outcome:
    current = after.current
    return after, (
        CertificatePutUnderReview(
            participant_id=after.participant_id,
            edition_id=edition_of(after),
            certificate_id=current.certificate_id if current else None,
            put_under_review_at=at,
            because=because,
        ),
    )


def _kept(certificate: Certificate, at: datetime) -> Outcome:
    """It stands: nothing puts it under review any more."""
    event = CertificateKept(
        participant_id=certificate.participant_id,
        edition_id=edition_of(certificate),
        certificate_id=_current_issue(certificate).certificate_id,
        kept_at=at,
    )
    return changed(certificate, review=None), (event,)


def _current_issue(certificate: Certificate) -> Issued:
    if certificate.standing == "revoked":
        raise AlreadyRevoked(participant_id=certificate.participant_id)
    if certificate.current is None:
        raise NothingIssued(participant_id=certificate.participant_id)
    return certificate.current


def edition_of(certificate: Certificate) -> str:
    if certificate.edition_id is None:
        raise NothingIssued(participant_id=certificate.participant_id)
    return certificate.edition_id
