"""How far an edition's multiplier effect reaches: running totals, of which a day's end tells what may be told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from pydantic import Field

from relevo_chassis.figures import Actual, is_news, snapshot
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import MultiplierReachCounted
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.kept import REACHED
from relevo_multiplier_tracking.domain.reports import MultiplierSession


class Tally(Frozen):
    """What one commitment, or a whole edition, comes to. ``paused`` ones are among the ``open``.

    ``gave`` are the participants with a verified session.
    """

    enrolled: int = 0
    commitments: int = 0
    open: int = 0
    paused: int = 0
    under_review: int = 0
    fulfilled: int = 0
    lapsed: int = 0
    withdrawn: int = 0
    not_due: int = 0
    extended: int = 0
    planned: int = 0
    awaiting: int = 0
    returned: int = 0
    verified: int = 0
    gave: int = 0
    rejected: int = 0
    minutes_given: int = 0
    people_reached: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in Tally.model_fields})

    def __sub__(self, other: Tally) -> Tally:
        return Tally(**{name: getattr(self, name) - getattr(other, name) for name in Tally.model_fields})


class MeetingReport(Frozen):
    """What one participant's verified report says of a session that several held together."""

    session_id: str
    minutes: int
    people: int


class Meeting(Frozen):
    """A session that several participants held together, by all verified reports of it; counted once."""

    meeting_id: str
    given: tuple[MeetingReport, ...]

    @property
    def tally(self) -> Tally:
        return Tally(
            verified=1,
            minutes_given=max(each.minutes for each in self.given),
            people_reached=max(each.people for each in self.given),
        )


class Reach(Frozen):
    """An edition's totals, and the day that is to be counted next; ``None`` while counting rests.

    ``told`` is what was told of them last. ``meetings`` are the sessions that several held together; the totals have
    each of them in once.
    """

    kept: ClassVar[Kept] = REACHED

    edition_id: str
    totals: Tally = Tally()
    meetings: tuple[Meeting, ...] = ()
    told: dict[str, int] = Field(default_factory=dict)
    next_on: date | None = None


def tally(commitment: Commitment | None) -> Tally:
    """What one commitment comes to; nothing for one that is not there.

    Sessions that were held together with others are left out of what was verified and given: ``Meeting`` counts them.
    """
    if commitment is None:
        return Tally()
    states = [session.state for session in commitment.sessions]
    verified = [each.report for each in _verified(commitment) if each.meeting_id is None and each.report]
    return Tally(
        enrolled=int(commitment.requirements is not None),
        commitments=int(commitment.opened_at is not None and commitment.state != "not_due"),
        open=int(commitment.state == "open"),
        paused=int(commitment.state == "open" and commitment.paused),
        under_review=int(commitment.state == "under_review"),
        fulfilled=int(commitment.state == "fulfilled"),
        lapsed=int(commitment.state == "lapsed"),
        withdrawn=int(commitment.state == "withdrawn"),
        not_due=int(commitment.state == "not_due"),
        extended=int(commitment.extended),
        planned=states.count("planned"),
        awaiting=states.count("reported"),
        returned=states.count("returned"),
        verified=len(verified),
        gave=int(bool(_verified(commitment))),
        rejected=states.count("rejected"),
        minutes_given=sum(report.minutes for report in verified),
        people_reached=sum(report.people for report in verified),
    )


def recount(reach: Reach, before: Commitment | None, after: Commitment, now: datetime) -> Reach:
    """The totals after one commitment changed; counting begins, or begins again, when there is something to tell."""
    meetings = _meetings(reach.meetings, before, after)
    totals = reach.totals - tally(before) + tally(after) - _together(reach.meetings) + _together(meetings)
    if (totals, meetings) == (reach.totals, reach.meetings):
        return reach
    starts = reach.next_on is None and totals.commitments > 0
    next_on = days.current(now) if starts else reach.next_on
    return reach.model_copy(update={"totals": totals, "meetings": meetings, "next_on": next_on})


def _meetings(known: tuple[Meeting, ...], before: Commitment | None, after: Commitment) -> tuple[Meeting, ...]:
    """The meetings after one commitment changed: its verified reports taken out as they were, put in as they are."""
    found = {each.meeting_id: {one.session_id: one for one in each.given} for each in known}
    for session in _verified(before):
        if session.meeting_id is not None:
            found.get(session.meeting_id, {}).pop(session.session_id, None)
    for session in _verified(after):
        if session.meeting_id is not None and session.report is not None:
            one = MeetingReport(
                session_id=session.session_id, minutes=session.report.minutes, people=session.report.people
            )
            found.setdefault(session.meeting_id, {})[session.session_id] = one
    return tuple(
        Meeting(meeting_id=id, given=tuple(reports[key] for key in sorted(reports)))
        for id, reports in sorted(found.items())
        if reports
    )


def _together(meetings: tuple[Meeting, ...]) -> Tally:
    return sum((each.tally for each in meetings), Tally())


def _verified(commitment: Commitment | None) -> list[MultiplierSession]:
    return [each for each in commitment.sessions if each.state == "verified"] if commitment else []


def count(reach: Reach, counted_on: date, now: datetime) -> tuple[Reach, tuple[MultiplierReachCounted, ...]]:
    """Count at the end of a day, once, and tell what may be told if it is anything new; days missed are passed over.

    Counting rests when no commitment runs, until something changes.
    """
    if reach.next_on != counted_on or not days.is_over(counted_on, now):
        return reach, ()
    last_day = days.current(now) - timedelta(days=1)
    runs = reach.totals.open + reach.totals.under_review > 0
    released = snapshot(reach.told, _actual(reach.totals))
    next_on = last_day + timedelta(days=1) if runs else None
    after = reach.model_copy(update={"told": released, "next_on": next_on})
    if not is_news(reach.told, released):
        return after, ()
    return after, (MultiplierReachCounted(edition_id=reach.edition_id, counted_on=last_day, **released),)


def _actual(totals: Tally) -> dict[str, Actual]:
    """How many were enrolled is known to many, and so is whoever was."""
    everybody = (totals.enrolled,)
    return {
        "fulfilled": Actual(totals.fulfilled, everybody, part_of=("commitments",)),
        "commitments": Actual(totals.commitments, everybody),
        "sessions_verified": Actual(totals.verified, everybody, people=totals.gave),
        "people_reached": Actual(totals.people_reached, along="sessions_verified"),
    }
