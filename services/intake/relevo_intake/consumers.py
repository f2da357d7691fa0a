"""What other services tell that leads to a letter, or to a letter not being true any more; and when the week is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.delivery.consume import Subscription
from relevo_contracts import Envelope, stream_of
from relevo_contracts.certification import (
    CertificateIssued,
    CertificateKept,
    CertificatePutUnderReview,
    CertificateRevoked,
    CertificateSuperseded,
)
from relevo_contracts.multiplier_tracking import (
    CommitmentCancelled,
    CommitmentDeadlineNear,
    CommitmentExtended,
    CommitmentFulfilled,
    CommitmentLapsed,
    CommitmentOpened,
    CommitmentPaused,
    CommitmentPutUnderReview,
    CommitmentReopened,
    CommitmentResumed,
    DaysRequestDeclined,
    EvidenceRejected,
    MultiplierSessionRejected,
    MultiplierSessionReported,
    MultiplierSessionReturned,
    MultiplierSessionVerificationWithdrawn,
    MultiplierSessionVerified,
    SupportAnswered,
    SupportClosed,
    SupportOverdue,
)
from relevo_contracts.scheduling import (
    OnsiteCompleted,
    OnsiteCorrected,
    OnsiteNotCompleted,
    OwnSessionsChanged,
    ProgrammePublished,
)
from relevo_intake.commands.thread_ends import thread_end_row
from relevo_intake.deadlines import needs_row
from relevo_intake.domain import needs
from relevo_intake.domain.progress import ParticipantProgress, ReportProgress
from relevo_intake.letters import letter_row
from relevo_intake.letters.pace import days_left_at
from relevo_intake.store.choosing import PARTICIPANT, PROGRESS
from relevo_intake.store.needs import WEEK
from relevo_intake.words import LetterKind

OfQuestion = SupportAnswered | SupportOverdue | SupportClosed
OfReport = (
    MultiplierSessionReported
    | MultiplierSessionReturned
    | MultiplierSessionVerified
    | MultiplierSessionVerificationWithdrawn
    | MultiplierSessionRejected
)


def on_commitment_deadline_near(event: CommitmentDeadlineNear, envelope: Envelope) -> Change:
    """A reminder; once for each distance, because each is one event (rule 11).

    It may go out later than its distance: after an extension, or when a service was away. So the letter tells the days
    that are left then, not the distance; the due day itself, which is over when it is over at UTC-12, is the last.
    """
    days_left = max(1, min(event.days_left, days_left_at(event.due_on, event.noticed_at)))
    return _letter(event, envelope, "reminder", {"due_on": event.due_on.isoformat(), "days_left": days_left})


def on_commitment_opened(event: CommitmentOpened, envelope: Envelope) -> Change:
    """The days run, to this due day."""
    return _runs(event, envelope, "commitment_opened")


def on_commitment_resumed(event: CommitmentResumed, envelope: Envelope) -> Change:
    """The days run again, to a due day moved by the pause."""
    return _runs(event, envelope, "commitment_resumed")


def on_commitment_reopened(event: CommitmentReopened, envelope: Envelope) -> Change:
    """The days run again, although they were over."""
    return _runs(event, envelope, "commitment_reopened")


def on_commitment_extended(event: CommitmentExtended, envelope: Envelope) -> Change:
    """The due day is another; whether the days run stays as it was."""
    facts = {"due_on": event.due_on.isoformat()}
    return _letter(event, envelope, "commitment_extended", facts, due_on=event.due_on)


def on_commitment_paused(event: CommitmentPaused, envelope: Envelope) -> Change:
    """The days stand still: no reminder is true."""
    return _letter(event, envelope, "commitment_paused", commitment="paused")


def on_commitment_fulfilled(event: CommitmentFulfilled, envelope: Envelope) -> Change:
    """There is nothing to be reminded of any more."""
    return _letter(event, envelope, "commitment_fulfilled", commitment="over", stands="fulfilled")


def on_commitment_lapsed(event: CommitmentLapsed, envelope: Envelope) -> Change:
    """The same, and nothing was fulfilled."""
    return _letter(event, envelope, "commitment_lapsed", commitment="over", stands="lapsed")


def on_commitment_put_under_review(event: CommitmentPutUnderReview, envelope: Envelope) -> Change:
    """No days run while a coordinator decides."""
    return _letter(event, envelope, "commitment_under_review", commitment="over", stands="under_review")


def on_commitment_cancelled(event: CommitmentCancelled, envelope: Envelope) -> Change:
    """Nothing is due after all."""
    return _letter(event, envelope, "commitment_cancelled", commitment="over", stands="cancelled")


def on_days_request_declined(event: DaysRequestDeclined, envelope: Envelope) -> Change:
    """Neither a pause nor more days, as they were asked for."""
    return _letter(event, envelope, "request_declined", {"request_id": event.request_id})


def on_report(event: OfReport, envelope: Envelope) -> Change:
    """How a report stands: a person is told whatever staff say of it, and knows what they said themselves."""
    state, kind = _REPORTS[type(event)]
    facts: dict[str, str | int] = {"session_id": event.session_id, **_since(envelope)}
    if isinstance(event, MultiplierSessionReturned):
        facts["until_on"] = event.correct_until_on.isoformat()
    change = _letter(event, envelope, kind, facts)
    ref = PROGRESS(event.participant_id)

    def decide(found: Found) -> Decision:
        before = found[ref] or ParticipantProgress(participant_id=event.participant_id)
        reports = {**before.reports, event.session_id: state}
        return Decision([New(ref, before.model_copy(update={"reports": reports}))], rows=change.decide(found).rows)

    return Change(change.refs, decide, change.now, change.cause_id, change.chain_id)


def on_programme_published(event: ProgrammePublished, envelope: Envelope) -> Change:
    """When the week is: what is needed for it is kept until 14 days after its last day, as the newest version says."""
    ref = WEEK(event.edition_id)

    def decide(found: Found) -> Decision:
        week = needs.planned(found[ref], event.edition_id, event.first_on, event.last_on)
        return Decision([New(ref, week)], rows=[needs_row(week)] if week.needs == "kept" else [])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


def on_evidence_rejected(event: EvidenceRejected, envelope: Envelope) -> Change:
    """It is destroyed; another may be sent while the report is not decided on."""
    facts = {"session_id": event.session_id, "evidence_id": event.evidence_id}
    return _letter(event, envelope, "evidence_rejected", facts)


def on_own_sessions_changed(event: OwnSessionsChanged, envelope: Envelope) -> Change:
    """What somebody is expected in is known for the first time, or is another."""
    kind: LetterKind = "programme_published" if event.because == "first_published" else "own_sessions_changed"
    return _letter(event, envelope, kind, {"next_on": event.next_on.isoformat(), **_since(envelope)})


def on_onsite_completed(event: OnsiteCompleted, envelope: Envelope) -> Change:
    """The week is complete."""
    return _letter(event, envelope, "onsite_completed", onsite="completed")


def on_onsite_not_completed(event: OnsiteNotCompleted, envelope: Envelope) -> Change:
    """Too much of the week was missed."""
    return _letter(event, envelope, "onsite_not_completed", onsite="not_completed")


def on_onsite_corrected(event: OnsiteCorrected, envelope: Envelope) -> Change:
    """A late correction turned it round. A version to come may tell of an outcome that nobody knows here: no letter."""
    if event.outcome == "other":
        return _letter(event, envelope, None)
    facts = {"outcome": event.outcome, **_since(envelope)}
    return _letter(event, envelope, "onsite_corrected", facts, onsite=event.outcome)


def on_certificate_issued(event: CertificateIssued, envelope: Envelope) -> Change:
    """The certificate can be fetched; 90 days later what was written to the secretariat ends."""
    facts = {"certificate_id": event.certificate_id}
    change = _letter(event, envelope, "certificate", facts, certificate_revoked=False)

    def decide(found: Found) -> Decision:
        decision, participant = change.decide(found), found[PARTICIPANT(event.participant_id)]
        ends = [thread_end_row(participant, event.issued_at)] if participant else []
        return replace(decision, rows=[*decision.rows, *ends])

    return replace(change, decide=decide)


def on_certificate_revoked(event: CertificateRevoked, envelope: Envelope) -> Change:
    """There is nothing to be fetched any more.

    Unless it was an old one and the one in its place stands: then nothing changes for its holder, and no letter goes.
    """
    if event.superseded_by_id is not None:
        return _letter(event, envelope, None, certificate_revoked=False)
    facts = {"certificate_id": event.certificate_id}
    return _letter(event, envelope, "certificate_revoked", facts, certificate_revoked=True)


def on_certificate_superseded(event: CertificateSuperseded, envelope: Envelope) -> Change:
    """Another one stands in its place, which was issued at the same time."""
    facts, replaces = {"certificate_id": event.superseded_by_id}, event.superseded_by_id
    return _letter(event, envelope, "certificate_superseded", facts, certificate_revoked=False, replaces=replaces)


def on_certificate_put_under_review(event: CertificatePutUnderReview, envelope: Envelope) -> Change:
    """What it stands on was withdrawn; a coordinator decides."""
    return _letter(event, envelope, "certificate_under_review", certificate_kept=False)


def on_certificate_kept(event: CertificateKept, envelope: Envelope) -> Change:
    """It stands as it was."""
    return _letter(event, envelope, "certificate_kept", certificate_kept=True)


def on_support_answered(event: SupportAnswered, envelope: Envelope) -> Change:
    """An expert answered, or answered again; the answer itself is read where it is kept."""
    return _of_question(event, envelope, "support_answered", late=False)


def on_support_overdue(event: SupportOverdue, envelope: Envelope) -> Change:
    """The answer is late, until there is one."""
    return _of_question(event, envelope, "support_overdue", late=True)


def on_support_closed(event: SupportClosed, envelope: Envelope) -> Change:
    """Whoever closed it themselves knows; of whom nothing is kept any more there is nobody to write to."""
    return _of_question(event, envelope, "support_closed" if event.because == "by_staff" else None, late=False)


def _of_question(event: OfQuestion, envelope: Envelope, kind: LetterKind | None, *, late: bool) -> Change:
    id, ref = event.support_request_id, PROGRESS(event.participant_id)
    change = _letter(event, envelope, kind, {"support_request_id": id})

    def decide(found: Found) -> Decision:
        before = found[ref] or ParticipantProgress(participant_id=event.participant_id)
        others = tuple(each for each in before.late_questions if each != id)
        after = before.model_copy(update={"late_questions": (*others, id) if late else others})
        states = [New(ref, after)] if after != before else []
        return Decision(states, rows=change.decide(found).rows)

    return replace(change, decide=decide)


def _runs(
    event: CommitmentOpened | CommitmentResumed | CommitmentReopened, envelope: Envelope, kind: LetterKind
) -> Change:
    facts = {"due_on": event.due_on.isoformat(), **_since(envelope)}
    return _letter(event, envelope, kind, facts, commitment="running", stands=None, due_on=event.due_on)


def _letter(
    event: Any,
    envelope: Envelope,
    kind: LetterKind | None,
    facts: Mapping[str, str | int] | None = None,
    **progress: Any,
) -> Change:
    """A letter to a participant, and what was told of them, kept for the letters that wait.

    One whom this service does not know (any more) gets no letter.
    """
    ref, progress_ref = PARTICIPANT(event.participant_id), PROGRESS(event.participant_id)
    about = {**(facts or _since(envelope)), "participant_id": event.participant_id}

    def decide(found: Found) -> Decision:
        participant = found[ref]
        before = found[progress_ref] or ParticipantProgress(participant_id=event.participant_id)
        states = [New(progress_ref, before.model_copy(update=progress))] if progress else []
        if participant is None or kind is None:
            return Decision(states)
        return Decision(states, rows=[letter_row(envelope.id, participant.person_id, kind, about, envelope.time)])

    return Change([ref, progress_ref], decide, envelope.time, envelope.id, envelope.chain_id)


def _since(envelope: Envelope) -> dict[str, str]:
    """What tells this occasion from the next of its kind."""
    return {"since": envelope.time.isoformat()}


_REPORTS: Mapping[type[OfReport], tuple[ReportProgress, LetterKind | None]] = {
    MultiplierSessionReported: ("reported", None),
    MultiplierSessionReturned: ("returned", "report_returned"),
    MultiplierSessionVerified: ("verified", "report_verified"),
    MultiplierSessionVerificationWithdrawn: ("reported", "verification_withdrawn"),
    MultiplierSessionRejected: ("rejected", "report_rejected"),
}

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(
        "intake_scheduling",
        stream_of("scheduling"),
        {
            ProgrammePublished: on_programme_published,
            OwnSessionsChanged: on_own_sessions_changed,
            OnsiteCompleted: on_onsite_completed,
            OnsiteNotCompleted: on_onsite_not_completed,
            OnsiteCorrected: on_onsite_corrected,
        },
    ),
    Subscription(
        "intake_multiplier_tracking",
        stream_of("multiplier_tracking"),
        {
            CommitmentDeadlineNear: on_commitment_deadline_near,
            CommitmentOpened: on_commitment_opened,
            CommitmentResumed: on_commitment_resumed,
            CommitmentReopened: on_commitment_reopened,
            CommitmentExtended: on_commitment_extended,
            CommitmentPaused: on_commitment_paused,
            CommitmentFulfilled: on_commitment_fulfilled,
            CommitmentLapsed: on_commitment_lapsed,
            CommitmentPutUnderReview: on_commitment_put_under_review,
            CommitmentCancelled: on_commitment_cancelled,
            DaysRequestDeclined: on_days_request_declined,
            MultiplierSessionReported: on_report,
            MultiplierSessionReturned: on_report,
            MultiplierSessionVerified: on_report,
            MultiplierSessionVerificationWithdrawn: on_report,
            MultiplierSessionRejected: on_report,
            EvidenceRejected: on_evidence_rejected,
            SupportAnswered: on_support_answered,
            SupportOverdue: on_support_overdue,
            SupportClosed: on_support_closed,
        },
    ),
    Subscription(
        "intake_certification",
        stream_of("certification"),
        {
            CertificateIssued: on_certificate_issued,
            CertificateRevoked: on_certificate_revoked,
            CertificateSuperseded: on_certificate_superseded,
            CertificatePutUnderReview: on_certificate_put_under_review,
            CertificateKept: on_certificate_kept,
        },
    ),
)
