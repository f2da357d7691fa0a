"""The rules a request can break, each named after the rule. The texts name ids and what to do, and nobody."""

from __future__ import annotations

from relevo_chassis.delivery.change import Refusal


class NoSuchCommitment(Refusal):
    """There is no such commitment; check the id."""

    status = 404


class NoSuchSession(Refusal):
    """This commitment has no such multiplier session; check the id."""

    status = 404


class NoSuchRequest(Refusal):
    """This commitment has no such request for a pause or for more days; check the id."""

    status = 404


class NoSuchSupportRequest(Refusal):
    """There is no such support request, or another expert has it; see the list of those that are free."""

    status = 404


class ParticipantHasLeft(Refusal):
    """The participant has left the course, so nothing more can be done for this commitment."""


class ParticipantIsErased(Refusal):
    """The participant has been erased, so nothing more can be kept for them."""

    status = 410


class CommitmentIsNotOpen(Refusal):
    """The commitment is not open, so this cannot be done now; see its state."""


class CommitmentIsNotLapsed(Refusal):
    """Only a lapsed commitment is reopened; a commitment under review is reopened by deciding the review."""


class CommitmentIsNotUnderReview(Refusal):
    """The commitment is not under review, so there is no review to decide."""


class CommitmentIsPaused(Refusal):
    """The commitment is paused already; resume it first."""


class CommitmentIsNotPaused(Refusal):
    """The commitment is not paused, so there is nothing to resume."""


class RequestAwaitsDecision(Refusal):
    """The participant's request for a pause or for more days awaits a decision; decide that first."""


class RequestIsDecided(Refusal):
    """This request awaits no decision any more; see its state."""


class TooManyRequests(Refusal):
    """This commitment has as many requests as one may have; ask a coordinator."""


class PlannedOutsideThePeriod(Refusal):
    """A multiplier session is held after the on-site week and on or before the due day; choose such a day (rule 8)."""

    status = 422
    where = "body.planned_on"


class HeldBeforeTheWeekEnded(Refusal):
    """A multiplier session counts only when it was held after the on-site week; check the day (rule 8)."""

    status = 422
    where = "body.held_on"


class HeldAfterTheDueDay(Refusal):
    """A multiplier session counts only when it was held on or before the due day; ask for an extension (rule 8)."""

    status = 422
    where = "body.held_on"


class HeldInTheFuture(Refusal):
    """The session's day has not begun yet; report it when it has been held."""

    status = 422
    where = "body.held_on"


class LongerThanTheDay(Refusal):
    """What is reported of a day lies within its 24 hours, as far as they are over; check day and length (rule 8)."""

    status = 422
    where = "body.minutes"


class ReportingIsOver(Refusal):
    """The days for reporting are over; ask a coordinator to extend or reopen the commitment (rule 9)."""


class CorrectingIsOver(Refusal):
    """The days for correcting this report are over; ask a coordinator to extend the commitment (rule 9)."""


class SessionIsNotPlanned(Refusal):
    """This multiplier session has been reported already; a returned report is corrected instead."""


class SessionIsNotReturned(Refusal):
    """This report was not returned for correction, so it cannot be changed now."""


class SessionAwaitsNoDecision(Refusal):
    """This multiplier session has no report that awaits a decision; see its state."""


class SessionIsNotVerified(Refusal):
    """This multiplier session is not verified, so there is no verification to withdraw."""


class ReportWasRevised(Refusal):
    """The report was revised since it was read; read it again and decide on the latest revision."""


class SameAsAnotherReport(Refusal):
    """Another report of this commitment says the same day, minutes and people; affirm that this is another session."""


class NotHeldTogether(Refusal):
    """A session may be said to be another participant's too where the edition allows it, and of one other alone."""


class OtherHasNotAgreed(Refusal):
    """The other participant has not agreed to have held this session together, as the two reports stand now."""


class OtherAnswersThemself(Refusal):
    """Staff answer only in the place of a participant who has left; this one answers themself."""


class OtherIsVerified(Refusal):
    """Staff verified the other's report because this was agreed to; tell a coordinator if it is not so."""


class ReportsDiffer(Refusal):
    """The two reports do not say the same day and number of people; one of them is to be corrected first."""


class TooManyTogether(Refusal):
    """As many have held this session together as may."""


class TooManySessions(Refusal):
    """This commitment has as many multiplier sessions as one may have; ask a coordinator."""


class DueDayWouldNotMoveLater(Refusal):
    """The due day only ever moves later; give a later day (rule 10)."""

    status = 422
    where = "body.due_on"


class RequirementIsNotMet(Refusal):
    """The verified sessions do not meet the requirement, so the commitment cannot stand as fulfilled (rule 8)."""


class OnsiteWeekStands(Refusal):
    """The on-site week stands as completed, so the commitment cannot be ended; uphold or reopen it (rule 6)."""


class SupportRequestIsClosed(Refusal):
    """This support request is closed; ask a new question instead."""


class SupportRequestIsFree(Refusal):
    """Nobody has this support request yet; take it first."""

    status = 403


class SupportRequestIsAnswered(Refusal):
    """This support request has been answered already."""
