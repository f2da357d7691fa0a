"""What multiplier tracking tells: commitments, multiplier sessions, deadlines, support, reach."""

from __future__ import annotations

from typing import Annotated, Literal

from relevo_contracts.model import Count, Day, Days, Event, Figure, Id, Instant, Minutes, reading

SessionFormat = Literal["in_person", "online", "hybrid", "other"]
ReturnedBecause = Literal[
    "evidence_missing", "evidence_unreadable", "people_unclear", "duration_unclear", "date_unclear", "other"
]
RejectedBecause = Literal[
    "too_short", "too_few_people", "outside_the_period", "not_the_course_contents", "not_credible", "other"
]
CommitmentReview = Literal["verification_withdrawn", "onsite_corrected", "other"]
SupportTopic = Literal["contents", "method", "security", "logistics", "reporting", "other"]
PictureRejectedBecause = Literal["people_seen", "names_seen", "unreadable", "not_of_the_session", "other"]
SupportClosedBecause = Literal["by_participant", "by_staff", "kept_no_longer", "other"]
CommitmentData = Literal["evidence", "threads", "decisions", "pictures", "other"]


class _OfCommitment(Event, service="multiplier_tracking", aggregate="commitment", key="commitment_id", verb=""):
    commitment_id: Id
    participant_id: Id
    edition_id: Id


class CommitmentOpened(_OfCommitment, verb="opened"):
    """A participant's duty to multiply began; due on ``due_on``, reports taken to the end of ``report_until_on``."""

    opened_at: Instant
    last_on: Day
    due_on: Day
    report_until_on: Day
    minutes_required: Minutes
    people_required: Count
    sessions_add_up: bool


class MultiplierSessionPlanned(_OfCommitment, verb="session_planned"):
    """The participant means to hold a multiplier session."""

    session_id: Id
    planned_at: Instant
    planned_on: Day
    format: Annotated[SessionFormat, reading(SessionFormat)]


class MultiplierSessionReported(_OfCommitment, verb="session_reported"):
    """The participant says that a session was held: when, how long, for how many others. Again for a correction."""

    session_id: Id
    revision: Count
    reported_at: Instant
    held_on: Day
    minutes: Minutes
    people: Count
    format: Annotated[SessionFormat, reading(SessionFormat)]


class MultiplierSessionVerified(_OfCommitment, verb="session_verified"):
    """Staff verified a report; ``counts`` says whether it meets the requirement by itself (rule 8)."""

    session_id: Id
    verified_at: Instant
    held_on: Day
    minutes: Minutes
    people: Count
    counts: bool


class MultiplierSessionReturned(_OfCommitment, verb="session_returned"):
    """A report went back to be corrected until ``correct_until_on`` (rule 9)."""

    session_id: Id
    returned_at: Instant
    because: Annotated[ReturnedBecause, reading(ReturnedBecause)]
    correct_until_on: Day


class MultiplierSessionRejected(_OfCommitment, verb="session_rejected"):
    """A report was rejected."""

    session_id: Id
    rejected_at: Instant
    because: Annotated[RejectedBecause, reading(RejectedBecause)]


class MultiplierSessionVerificationWithdrawn(_OfCommitment, verb="session_verification_withdrawn"):
    """Staff took the verification of a report back: it awaits a decision again, and counts no more until then."""

    session_id: Id
    withdrawn_at: Instant


class EvidenceRejected(_OfCommitment, verb="evidence_rejected"):
    """A picture given as evidence of a session was rejected and destroyed; the report awaits its decision (rule 26)."""

    session_id: Id
    evidence_id: Id
    rejected_at: Instant
    because: Annotated[PictureRejectedBecause, reading(PictureRejectedBecause)]


class CommitmentDeadlineNear(_OfCommitment, verb="deadline_near"):
    """A reminder is due, ``days_left`` days before the due day; once for each distance (rule 11)."""

    due_on: Day
    days_left: Days
    noticed_at: Instant


class CommitmentExtended(_OfCommitment, verb="extended"):
    """The due day moved later. The reason stays in the service (rule 10)."""

    extended_at: Instant
    days: Days
    due_on: Day
    report_until_on: Day


class CommitmentPaused(_OfCommitment, verb="paused"):
    """The days stand still. The reason stays in the service (rule 10)."""

    paused_at: Instant


class CommitmentResumed(_OfCommitment, verb="resumed"):
    """The days run again, to a due day moved by the length of the pause."""

    resumed_at: Instant
    due_on: Day
    report_until_on: Day


class DaysRequestDeclined(_OfCommitment, verb="request_declined"):
    """A request for a pause or for more days was declined; one that is granted is a pause, or an extension.

    Why it was asked for, and what was answered, stays in the service.
    """

    request_id: Id
    declined_at: Instant


class CommitmentFulfilled(_OfCommitment, verb="fulfilled"):
    """Verified sessions meet the requirement (rule 8)."""

    fulfilled_at: Instant
    sessions: Count
    minutes: Minutes
    people: Count


class CommitmentLapsed(_OfCommitment, verb="lapsed"):
    """The reporting window is over and no report awaits a decision (rule 9)."""

    lapsed_at: Instant


class CommitmentReopened(_OfCommitment, verb="reopened"):
    """A coordinator opened the commitment again (rule 9)."""

    reopened_at: Instant
    due_on: Day
    report_until_on: Day


class CommitmentPutUnderReview(_OfCommitment, verb="put_under_review"):
    """What the commitment stands on was withdrawn; a coordinator decides (rules 6 and 12)."""

    put_under_review_at: Instant
    because: Annotated[CommitmentReview, reading(CommitmentReview)]


class CommitmentCancelled(_OfCommitment, verb="cancelled"):
    """A review found that there is no commitment after all: the on-site week was not completed (rule 6)."""

    cancelled_at: Instant


class SupportRequested(
    Event,
    service="multiplier_tracking",
    aggregate="support_request",
    verb="requested",
    key="support_request_id",
):
    """A participant asked the experts for help. The question stays in the service."""

    support_request_id: Id
    participant_id: Id
    edition_id: Id
    requested_at: Instant
    topic: Annotated[SupportTopic, reading(SupportTopic)]


class SupportAnswered(
    Event,
    service="multiplier_tracking",
    aggregate="support_request",
    verb="answered",
    key="support_request_id",
):
    """An expert answered. The answer stays in the service."""

    support_request_id: Id
    participant_id: Id
    edition_id: Id
    answered_at: Instant


class SupportOverdue(
    Event,
    service="multiplier_tracking",
    aggregate="support_request",
    verb="overdue",
    key="support_request_id",
):
    """What a participant asked was to be answered by the end of ``answer_until_on``, and was not; once for each
    question, also for one that is further to an answer."""

    support_request_id: Id
    participant_id: Id
    edition_id: Id
    answer_until_on: Day
    overdue_at: Instant


class SupportClosed(
    Event,
    service="multiplier_tracking",
    aggregate="support_request",
    verb="closed",
    key="support_request_id",
):
    """A question to the experts was closed, answered or not, and is not answered any more."""

    support_request_id: Id
    participant_id: Id
    edition_id: Id
    closed_at: Instant
    because: Annotated[SupportClosedBecause, reading(SupportClosedBecause)]


class MultiplierReachCounted(
    Event, service="multiplier_tracking", aggregate="reach", verb="counted", key="edition_id", audience="public"
):
    """How far an edition's multiplier effect reaches, on days on which there is something new to tell."""

    edition_id: Id
    counted_on: Day
    commitments: Figure
    fulfilled: Figure
    sessions_verified: Figure
    people_reached: Figure


class CommitmentDataDestroyed(
    Event, service="multiplier_tracking", aggregate="commitment_data", verb="destroyed", key="participant_id"
):
    """What multiplier tracking kept of a participant in one retention class was destroyed before the person is."""

    participant_id: Id
    retention_class: Annotated[CommitmentData, reading(CommitmentData)]
    destroyed_at: Instant
