"""What other services tell that leads to a letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from relevo_chassis.delivery.change import Change, Decision, Found
from relevo_chassis.delivery.consume import Subscription
from relevo_contracts import Envelope, stream_of
from relevo_contracts.certification import CertificateIssued
from relevo_contracts.multiplier_tracking import CommitmentDeadlineNear, SupportAnswered
from relevo_intake.letters import LetterKind, letter_row
from relevo_intake.store.choosing import PARTICIPANT


def on_commitment_deadline_near(event: CommitmentDeadlineNear, envelope: Envelope) -> Change:
    """A reminder; once for each distance, because each is one event (rule 11).

    It may go out later than its distance: after an extension, or when a service was away. So the letter tells the days
    that are left then, not the distance; the due day itself, which is over when it is over at UTC-12, is the last.
    """
    today = (event.noticed_at - timedelta(hours=12)).date()
    days_left = max(1, min(event.days_left, (event.due_on - today).days))
    facts: dict[str, str | int] = {"due_on": event.due_on.isoformat(), "days_left": days_left}
    return _letter(event.participant_id, "reminder", facts, envelope)


def on_certificate_issued(event: CertificateIssued, envelope: Envelope) -> Change:
    """The certificate can be fetched."""
    return _letter(event.participant_id, "certificate", {}, envelope)


def on_support_answered(event: SupportAnswered, envelope: Envelope) -> Change:
    """An expert answered; the answer itself is read where it is kept."""
    return _letter(event.participant_id, "support_answered", {}, envelope)


def _letter(participant_id: str, kind: LetterKind, facts: Mapping[str, str | int], envelope: Envelope) -> Change:
    """A letter to a participant. One whom this service does not know (any more) gets none."""
    ref = PARTICIPANT(participant_id)

    def decide(found: Found) -> Decision:
        participant = found[ref]
        if participant is None:
            return Decision()
        return Decision(rows=[letter_row(envelope.id, participant.person_id, kind, facts, envelope.time)])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(
        "intake_multiplier_tracking",
        stream_of("multiplier_tracking"),
        {CommitmentDeadlineNear: on_commitment_deadline_near, SupportAnswered: on_support_answered},
    ),
    Subscription("intake_certification", stream_of("certification"), {CertificateIssued: on_certificate_issued}),
)
