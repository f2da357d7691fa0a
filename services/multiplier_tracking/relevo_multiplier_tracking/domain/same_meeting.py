"""Reports of one participant that say the same: perhaps one meeting, reported twice."""

from __future__ import annotations

from relevo_chassis.delivery.change import Refusal
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.reports import MultiplierSession, Report


class SameAsAnotherReport(Refusal):
    """Another report of this commitment says the same day, minutes and people; affirm that this is another session."""


class ReportedAlready(Refusal):
    """A report of this day, length, number of people and way stands already; if this is another session, affirm it."""


def same_as(commitment: Commitment, session: MultiplierSession) -> tuple[str, ...]:
    """The other sessions whose reports say the same day, minutes and people."""
    report = session.report
    if report is None:
        return ()
    return tuple(each.session_id for each, known in _others(commitment, session) if _says_the_same(known, report))


def require_not_reported(commitment: Commitment, session: MultiplierSession) -> None:
    """A report is sent anew by mistake when its answer was lost: what it says, held the same way, stands already."""
    report = session.report
    for each, known in _others(commitment, session):
        is_same = report is not None and known.format == report.format and _says_the_same(known, report)
        if is_same and each.state != "rejected":
            raise ReportedAlready(session_id=each.session_id)


def _others(commitment: Commitment, session: MultiplierSession) -> list[tuple[MultiplierSession, Report]]:
    return [
        (each, each.report)
        for each in commitment.sessions
        if each.session_id != session.session_id and each.report is not None
    ]


def _says_the_same(one: Report, other: Report) -> bool:
    return (one.held_on, one.minutes, one.people) == (other.held_on, other.minutes, other.people)
