"""What this service does about events of intake, scheduling and multiplier tracking, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable

from relevo_certification.decisions import written
from relevo_certification.domain import certificate as rules
from relevo_certification.domain.certificate import Certificate, Outcome
from relevo_certification.store import CERTIFICATE, SEALED_SETS
from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.edge.vault import KEYS, SEALED
from relevo_contracts import Envelope, stream_of
from relevo_contracts.certification import CertificateReview
from relevo_contracts.intake import ApplicantDetailsCorrected, ParticipantEnrolled, ParticipantWithdrawn, PersonErased
from relevo_contracts.multiplier_tracking import CommitmentFulfilled, CommitmentPutUnderReview, CommitmentReopened
from relevo_contracts.scheduling import OnsiteCompleted, OnsiteCorrected, OnsiteNotCompleted

Rule = Callable[[Certificate], Outcome]


def on_participant_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    def enrolled(certificate: Certificate) -> Outcome:
        return rules.enrol(certificate, event.edition_id, event.requirements.issue_by_itself)

    return _change(event.participant_id, event.edition_id, envelope, enrolled)


def on_applicant_details_corrected(event: ApplicantDetailsCorrected, envelope: Envelope) -> Change:
    """Which details is not told: intake is asked again, in the background."""
    return _change(event.participant_id, event.edition_id, envelope, rules.ask_again)


def on_participant_withdrawn(event: ParticipantWithdrawn, envelope: Envelope) -> Change:
    def withdrawn(certificate: Certificate) -> Outcome:
        return rules.withdraw(certificate, event.edition_id, event.withdrawn_at)

    return _change(event.participant_id, event.edition_id, envelope, withdrawn)


def on_person_erased(event: PersonErased, envelope: Envelope) -> Change:
    """The keys go at once, and with them every name here; what was counted stays counted (rule 14)."""
    refs = [CERTIFICATE(participant_id) for participant_id in event.participant_ids]

    def decide(found: Found) -> Decision:
        known = [(ref, found[ref] or Certificate(participant_id=ref.id)) for ref in refs]
        return Decision(
            states=[New(ref, rules.erase(certificate)[0]) for ref, certificate in known],
            rows=[row for ref in refs for row in _destroyed(ref.id)],
        )

    return Change(refs=refs, decide=decide, now=envelope.time, cause_id=envelope.id, chain_id=envelope.chain_id)


def on_onsite_completed(event: OnsiteCompleted, envelope: Envelope) -> Change:
    def completed(certificate: Certificate) -> Outcome:
        return rules.tell_onsite(certificate, event.edition_id, "completed", event.completed_at)

    return _change(event.participant_id, event.edition_id, envelope, completed)


def on_onsite_not_completed(event: OnsiteNotCompleted, envelope: Envelope) -> Change:
    def missed(certificate: Certificate) -> Outcome:
        return rules.tell_onsite(certificate, event.edition_id, "not_completed", event.closed_at)

    return _change(event.participant_id, event.edition_id, envelope, missed)


def on_onsite_corrected(event: OnsiteCorrected, envelope: Envelope) -> Change | None:
    """An outcome that this version does not know has no effect here."""
    if event.outcome == "other":
        return None
    outcome = event.outcome

    def corrected(certificate: Certificate) -> Outcome:
        return rules.tell_onsite(certificate, event.edition_id, outcome, event.corrected_at, "onsite_corrected")

    return _change(event.participant_id, event.edition_id, envelope, corrected)


def on_commitment_fulfilled(event: CommitmentFulfilled, envelope: Envelope) -> Change:
    def fulfilled(certificate: Certificate) -> Outcome:
        return rules.tell_fulfilled(certificate, event.edition_id, event.fulfilled_at)

    return _change(event.participant_id, event.edition_id, envelope, fulfilled)


def on_commitment_put_under_review(event: CommitmentPutUnderReview, envelope: Envelope) -> Change:
    def withdrawn(certificate: Certificate) -> Outcome:
        return rules.tell_not_fulfilled(certificate, event.edition_id, event.because, event.put_under_review_at)

    return _change(event.participant_id, event.edition_id, envelope, withdrawn)


def on_commitment_reopened(event: CommitmentReopened, envelope: Envelope) -> Change:
    because: CertificateReview = "verification_withdrawn"

    def reopened(certificate: Certificate) -> Outcome:
        return rules.tell_not_fulfilled(certificate, event.edition_id, because, event.reopened_at)

    return _change(event.participant_id, event.edition_id, envelope, reopened)


def _change(participant_id: str, edition_id: str, envelope: Envelope, rule: Rule) -> Change:
    ref = CERTIFICATE(participant_id)

    def decide(found: Found) -> Decision:
        before = found[ref] or Certificate(participant_id=participant_id)
        return written(edition_id, [(before, rule(before))], envelope.time, answer=None)

    return Change(
        refs=[ref],
        decide=decide,
        now=envelope.time,
        cause_id=envelope.id,
        chain_id=envelope.chain_id,
    )


def _destroyed(participant_id: str) -> tuple[Row, ...]:
    sealed = (Row(SEALED, f"{participant_id}/{field_set}", None) for field_set in SEALED_SETS)
    return Row(KEYS, participant_id, None), *sealed


SUBSCRIPTIONS = (
    Subscription(
        "certification_intake",
        stream_of("intake"),
        {
            ParticipantEnrolled: on_participant_enrolled,
            ApplicantDetailsCorrected: on_applicant_details_corrected,
            ParticipantWithdrawn: on_participant_withdrawn,
            PersonErased: on_person_erased,
        },
    ),
    Subscription(
        "certification_scheduling",
        stream_of("scheduling"),
        {
            OnsiteCompleted: on_onsite_completed,
            OnsiteNotCompleted: on_onsite_not_completed,
            OnsiteCorrected: on_onsite_corrected,
        },
    ),
    Subscription(
        "certification_multiplier_tracking",
        stream_of("multiplier_tracking"),
        {
            CommitmentFulfilled: on_commitment_fulfilled,
            CommitmentPutUnderReview: on_commitment_put_under_review,
            CommitmentReopened: on_commitment_reopened,
        },
    ),
)
