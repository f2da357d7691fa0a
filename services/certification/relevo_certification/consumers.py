"""What this service does about events of intake, scheduling and multiplier tracking, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol

from relevo_certification.commands.saving import saved
from relevo_certification.domain import certificate
from relevo_certification.domain.certificate import Certificate, Outcome
from relevo_certification.domain.invitation import forget_names
from relevo_certification.domain.sealed import RETENTIONS
from relevo_certification.domain.wallet import close
from relevo_certification.store import CERTIFICATE, INVITATIONS, SEALED_SETS, WALLET_OFFER
from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.http.granted import on_grant_changed
from relevo_chassis.people.vault import destroyed
from relevo_contracts import Envelope, stream_of
from relevo_contracts.intake import (
    ApplicantDetailsCorrected,
    DangerPassed,
    DangerReported,
    GrantChanged,
    ParticipantEnrolled,
    ParticipantWithdrawn,
    PersonErased,
)
from relevo_contracts.multiplier_tracking import CommitmentFulfilled, CommitmentPutUnderReview, CommitmentReopened
from relevo_contracts.scheduling import OnsiteCompleted, OnsiteCorrected, OnsiteNotCompleted

P = ParamSpec("P")


def on_participant_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """Know the participant, and whether the edition issues by itself."""
    return _change(event, envelope, certificate.enrol, event.edition_id, event.requirements.issue_by_itself)


def on_identity_to_ask_again(
    event: ApplicantDetailsCorrected | DangerReported | DangerPassed, envelope: Envelope
) -> Change:
    """What is to be shown is not told: intake is asked again, in the background."""
    return _change(event, envelope, certificate.ask_again)


def on_participant_withdrawn(event: ParticipantWithdrawn, envelope: Envelope) -> Change:
    """Nothing becomes ready any more; what was issued goes to a coordinator."""
    return _change(event, envelope, certificate.withdraw, event.edition_id, event.withdrawn_at)


def on_person_erased(event: PersonErased, envelope: Envelope) -> Change:
    """The keys go at once, and with them every name here; what was counted stays counted (rule 14)."""
    refs = [CERTIFICATE(participant_id) for participant_id in event.participant_ids]
    invited = [INVITATIONS(participant_id) for participant_id in event.participant_ids]
    offered = [WALLET_OFFER(participant_id) for participant_id in event.participant_ids]

    def decide(found: Found) -> Decision:
        known = [(ref, found[ref] or Certificate(participant_id=ref.id)) for ref in refs]
        erased = [New(ref, certificate.erase(before)[0]) for ref, before in known]
        return Decision(
            states=[
                *erased,
                *(New(ref, forget_names(before)) for ref in invited if (before := found[ref])),
                *(New(ref, close(open_one)) for ref in offered if (open_one := found[ref])),
            ],
            rows=[row for ref in refs for row in destroyed(ref.id, RETENTIONS, SEALED_SETS)],
        )

    return Change(
        refs=[*refs, *invited, *offered],
        decide=decide,
        now=envelope.time,
        cause_id=envelope.id,
        chain_id=envelope.chain_id,
    )


def on_onsite_completed(event: OnsiteCompleted, envelope: Envelope) -> Change:
    """One of the two that a certificate stands on; with the other it is ready."""
    return _change(event, envelope, certificate.note_onsite, event.edition_id, "completed", event.completed_at)


def on_onsite_not_completed(event: OnsiteNotCompleted, envelope: Envelope) -> Change:
    """Nothing becomes ready without a correction."""
    return _change(event, envelope, certificate.note_onsite, event.edition_id, "not_completed", event.closed_at)


def on_onsite_corrected(event: OnsiteCorrected, envelope: Envelope) -> Change | None:
    """An outcome that this version does not know has no effect here."""
    if event.outcome == "other":
        return None
    at, rule = event.corrected_at, certificate.note_onsite
    return _change(event, envelope, rule, event.edition_id, event.outcome, at, "onsite_corrected")


def on_commitment_fulfilled(event: CommitmentFulfilled, envelope: Envelope) -> Change:
    """One of the two that a certificate stands on; with the other it is ready."""
    return _change(event, envelope, certificate.note_fulfilled, event.edition_id, event.fulfilled_at)


def on_commitment_put_under_review(event: CommitmentPutUnderReview, envelope: Envelope) -> Change:
    """The commitment counts as fulfilled no more; what was issued goes to a coordinator."""
    at = event.put_under_review_at
    return _change(event, envelope, certificate.note_not_fulfilled, event.edition_id, event.because, at)


def on_commitment_reopened(event: CommitmentReopened, envelope: Envelope) -> Change:
    """The commitment counts as fulfilled no more; what was issued goes to a coordinator."""
    at, rule = event.reopened_at, certificate.note_not_fulfilled
    return _change(event, envelope, rule, event.edition_id, "verification_withdrawn", at)


class _OfAParticipant(Protocol):
    """An event about one participant of an edition."""

    @property
    def participant_id(self) -> str: ...
    @property
    def edition_id(self) -> str: ...


def _change(
    event: _OfAParticipant,
    envelope: Envelope,
    rule: Callable[Concatenate[Certificate, P], Outcome],
    *facts: P.args,
    **more: P.kwargs,
) -> Change:
    """The certificate as the rule has it when it learns these facts."""
    ref = CERTIFICATE(event.participant_id)

    def decide(found: Found) -> Decision:
        before = found[ref] or Certificate(participant_id=ref.id)
        outcome = rule(before, *facts, **more)
        return saved(event.edition_id, [(before, outcome)], envelope.time, answer=None)

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


SUBSCRIPTIONS = (
    Subscription(
        "certification_intake",
        stream_of("intake"),
        {
            ParticipantEnrolled: on_participant_enrolled,
            ApplicantDetailsCorrected: on_identity_to_ask_again,
            DangerReported: on_identity_to_ask_again,
            DangerPassed: on_identity_to_ask_again,
            ParticipantWithdrawn: on_participant_withdrawn,
            PersonErased: on_person_erased,
            GrantChanged: on_grant_changed,
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
