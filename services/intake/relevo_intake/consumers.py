"""What other services tell that leads to a letter, or to a letter not being true any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.delivery.consume import Subscription
from relevo_contracts import Envelope, stream_of
from relevo_contracts.certification import CertificateIssued, CertificateRevoked, CertificateSuperseded
from relevo_contracts.multiplier_tracking import (
    CommitmentDeadlineNear,
    CommitmentExtended,
    CommitmentFulfilled,
    CommitmentLapsed,
    CommitmentOpened,
    CommitmentPaused,
    CommitmentReopened,
    CommitmentResumed,
    SupportAnswered,
)
from relevo_intake.domain.progress import ParticipantProgress
from relevo_intake.letters import letter_row
from relevo_intake.letters.queue import days_left_at
from relevo_intake.store.choosing import PARTICIPANT, PROGRESS
from relevo_intake.words import LetterKind


def on_commitment_deadline_near(event: CommitmentDeadlineNear, envelope: Envelope) -> Change:
    """A reminder; once for each distance, because each is one event (rule 11).

    It may go out later than its distance: after an extension, or when a service was away. So the letter tells the days
    that are left then, not the distance; the due day itself, which is over when it is over at UTC-12, is the last.
    """
    days_left = max(1, min(event.days_left, days_left_at(event.due_on, event.noticed_at)))
    facts: dict[str, str | int] = {"due_on": event.due_on.isoformat(), "days_left": days_left}
    return _letter(event.participant_id, "reminder", facts, envelope)


def on_commitment_runs(event: CommitmentOpened | CommitmentResumed | CommitmentReopened, envelope: Envelope) -> Change:
    """From now on the days run, to this due day."""
    return _progress(event.participant_id, envelope, commitment="running", due_on=event.due_on)


def on_commitment_extended(event: CommitmentExtended, envelope: Envelope) -> Change:
    """The due day is another; whether the days run stays as it was."""
    return _progress(event.participant_id, envelope, due_on=event.due_on)


def on_commitment_paused(event: CommitmentPaused, envelope: Envelope) -> Change:
    """The days stand still: no reminder is true."""
    return _progress(event.participant_id, envelope, commitment="paused")


def on_commitment_over(event: CommitmentFulfilled | CommitmentLapsed, envelope: Envelope) -> Change:
    """There is nothing to be reminded of any more."""
    return _progress(event.participant_id, envelope, commitment="over")


def on_certificate_issued(event: CertificateIssued, envelope: Envelope) -> Change:
    """The certificate can be fetched."""
    letter = _letter(event.participant_id, "certificate", {"certificate_id": event.certificate_id}, envelope)
    progress = _progress(event.participant_id, envelope, certificate_revoked=False)

    def decide(found: Found) -> Decision:
        return Decision(progress.decide(found).states, rows=letter.decide(found).rows)

    return Change([*letter.refs, *progress.refs], decide, envelope.time, envelope.id, envelope.chain_id)


def on_certificate_revoked(event: CertificateRevoked, envelope: Envelope) -> Change:
    """There is nothing to be fetched any more, unless it was an old one and the one in its place stands."""
    return _progress(event.participant_id, envelope, certificate_revoked=event.superseded_by_id is None)


def on_certificate_superseded(event: CertificateSuperseded, envelope: Envelope) -> Change:
    """Another one stands in its place."""
    return _progress(event.participant_id, envelope, certificate_revoked=False)


def on_support_answered(event: SupportAnswered, envelope: Envelope) -> Change:
    """An expert answered; the answer itself is read where it is kept."""
    return _letter(event.participant_id, "support_answered", {"support_request_id": event.support_request_id}, envelope)


def _letter(participant_id: str, kind: LetterKind, facts: Mapping[str, str | int], envelope: Envelope) -> Change:
    """A letter to a participant. One whom this service does not know (any more) gets none."""
    ref = PARTICIPANT(participant_id)
    about = {**facts, "participant_id": participant_id}

    def decide(found: Found) -> Decision:
        participant = found[ref]
        if participant is None:
            return Decision()
        return Decision(rows=[letter_row(envelope.id, participant.person_id, kind, about, envelope.time)])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


def _progress(participant_id: str, envelope: Envelope, **facts: Any) -> Change:
    """What was told of a participant, kept for the letters that wait."""
    ref = PROGRESS(participant_id)

    def decide(found: Found) -> Decision:
        before = found[ref] or ParticipantProgress(participant_id=participant_id)
        return Decision([New(ref, before.model_copy(update=facts))])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(
        "intake_multiplier_tracking",
        stream_of("multiplier_tracking"),
        {
            CommitmentDeadlineNear: on_commitment_deadline_near,
            CommitmentOpened: on_commitment_runs,
            CommitmentResumed: on_commitment_runs,
            CommitmentReopened: on_commitment_runs,
            CommitmentExtended: on_commitment_extended,
            CommitmentPaused: on_commitment_paused,
            CommitmentFulfilled: on_commitment_over,
            CommitmentLapsed: on_commitment_over,
            SupportAnswered: on_support_answered,
        },
    ),
    Subscription(
        "intake_certification",
        stream_of("certification"),
        {
            CertificateIssued: on_certificate_issued,
            CertificateRevoked: on_certificate_revoked,
            CertificateSuperseded: on_certificate_superseded,
        },
    ),
)
