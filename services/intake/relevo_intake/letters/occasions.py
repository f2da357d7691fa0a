"""Which letters tell of which event, and of which events no letter tells, and why (rule 20).

Every type of event stands in one of the two. A test holds the first to what is done, and the second to a list of its
own: an event that nobody is to be told of is added in both places, on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping

from relevo_contracts import Event, certification, intake, multiplier_tracking, scheduling
from relevo_intake.words import LetterKind

OCCASIONS: Mapping[type[Event], tuple[LetterKind, ...]] = {
    intake.ApplicationSubmitted: ("receipt",),
    intake.SelectionApplied: ("offer", "waitlisted", "turned_down"),
    intake.SeatOffered: ("offer", "offer_near"),
    intake.SeatAccepted: ("enrolled",),
    intake.ParticipantEnrolled: ("enrolled",),
    intake.SeatDeclined: ("offer_expired", "participation_over"),
    intake.ParticipantWithdrawn: ("participation_over",),
    intake.ApplicantDetailsCorrected: ("details_corrected", "contact_proposed", "contact_changed"),
    scheduling.OwnSessionsChanged: ("programme_published", "own_sessions_changed"),
    scheduling.OnsiteCompleted: ("onsite_completed",),
    scheduling.OnsiteNotCompleted: ("onsite_not_completed",),
    scheduling.OnsiteCorrected: ("onsite_corrected",),
    multiplier_tracking.CommitmentOpened: ("commitment_opened",),
    multiplier_tracking.CommitmentDeadlineNear: ("reminder",),
    multiplier_tracking.CommitmentPaused: ("commitment_paused",),
    multiplier_tracking.CommitmentResumed: ("commitment_resumed",),
    multiplier_tracking.CommitmentExtended: ("commitment_extended",),
    multiplier_tracking.CommitmentLapsed: ("commitment_lapsed",),
    multiplier_tracking.CommitmentReopened: ("commitment_reopened",),
    multiplier_tracking.CommitmentPutUnderReview: ("commitment_under_review",),
    multiplier_tracking.CommitmentCancelled: ("commitment_cancelled",),
    multiplier_tracking.CommitmentFulfilled: ("commitment_fulfilled",),
    multiplier_tracking.DaysRequestDeclined: ("request_declined",),
    multiplier_tracking.MultiplierSessionReturned: ("report_returned",),
    multiplier_tracking.MultiplierSessionVerified: ("report_verified",),
    multiplier_tracking.MultiplierSessionVerificationWithdrawn: ("verification_withdrawn",),
    multiplier_tracking.MultiplierSessionRejected: ("report_rejected",),
    multiplier_tracking.EvidenceRejected: ("evidence_rejected",),
    multiplier_tracking.SupportAnswered: ("support_answered",),
    multiplier_tracking.SupportOverdue: ("support_overdue",),
    multiplier_tracking.SupportClosed: ("support_closed",),
    certification.CertificateIssued: ("certificate",),
    certification.CertificateRevoked: ("certificate_revoked",),
    certification.CertificateSuperseded: ("certificate_superseded",),
    certification.CertificatePutUnderReview: ("certificate_under_review",),
    certification.CertificateKept: ("certificate_kept",),
}
"""By event, the kinds of letter that it may lead to."""

_OWN_ACT = "the person did it themselves, and was answered"
_COUNTS = "counts, and is about nobody in particular"
_KEPT_NO_LONGER = "what was kept ended on the day that was said when it was asked for"

WITHOUT_LETTER: Mapping[type[Event], str] = {
    intake.CallOpened: "nobody has applied yet; the call is public",
    intake.CallExtended: "nobody loses anything; the call says until when on its page",
    intake.CallClosed: "it closes when its page has said that it does",
    intake.ApplicationWithdrawn: _OWN_ACT,
    intake.ApplicationReviewed: "one of several reviews; what comes of them is told when a selection is applied",
    intake.ReceiptRenewed: "whoever had the letter did it themselves; that it was asked for was told before",
    intake.DangerReported: "the person did it themselves, and from now on nobody writes to them; one of staff is told",
    intake.DangerPassed: "the person said so, or two of staff; that the days run again is told as an event",
    intake.GrantChanged: "it is about an account of the staff, of whom intake knows no address",
    intake.PersonErased: "there is nobody to write to any more",
    intake.PersonDataDestroyed: _KEPT_NO_LONGER,
    scheduling.ProgrammePublished: "about everybody; what it means for a participant is an event of theirs",
    scheduling.OnsiteWeekEnded: _COUNTS,
    scheduling.AttendanceRecorded: "read beside the week; what it means is told when the week ends or turns round",
    scheduling.AttendanceDataDestroyed: _KEPT_NO_LONGER,
    multiplier_tracking.MultiplierSessionPlanned: _OWN_ACT,
    multiplier_tracking.MultiplierSessionReported: _OWN_ACT,
    multiplier_tracking.SupportRequested: _OWN_ACT,
    multiplier_tracking.MultiplierReachCounted: _COUNTS,
    multiplier_tracking.CommitmentDataDestroyed: _KEPT_NO_LONGER,
    certification.CertificateReady: "nothing can be fetched yet; it is told when it is issued",
    certification.CertificatesCounted: _COUNTS,
    certification.CertificateDataDestroyed: _KEPT_NO_LONGER,
}
"""By event, why nobody is written to."""

ON_PAGES_ALONE: Mapping[str, str] = {
    "travel grant handed on": "a letter or an event of it would tell in clear who comes from one of seven countries; "
    "whoever has the seat reads it on their first page, before they travel",
}
"""What changes for somebody and is neither an event nor a letter: by what it is, why their page alone tells it."""

BESIDE_EVENTS: Mapping[LetterKind, str] = {
    "confirmation": "whoever holds the contact said which application counts",
    "danger": "somebody says that they are in danger; to the one of staff whom the edition names",
    "thread_answered": "the secretariat answered what somebody wrote to it, or closed it",
    "recovery_asked": "somebody says that the code is lost",
    "recovery": "nobody refused, and another code may be given",
    "news": "several matters within an hour, of which one letter tells",
}
"""By kind, what is told that no event tells of."""
