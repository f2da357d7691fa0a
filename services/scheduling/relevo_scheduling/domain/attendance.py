"""Attendance of one participant: minutes per session, and the outcome of the week (rule 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts import Event, Requirements
from relevo_contracts.model import Count, Frozen, Id, Instant, Minutes, Percent
from relevo_contracts.scheduling import AttendanceRecorded, OnsiteCompleted, OnsiteCorrected, OnsiteNotCompleted
from relevo_scheduling.domain.kept import ATTENDED, LINK
from relevo_scheduling.domain.owed import Owed, owed_by, owes_anything
from relevo_scheduling.domain.programme import NoSuchSession, NothingIsRequired, Programme, Published
from relevo_scheduling.domain.roster import Entry, NoSuchParticipant
from relevo_scheduling.domain.session import Session

CalendarLink = Literal["none", "live", "ended"]


class CodeWasRenewed(Refusal):
    """The receipt code was renewed since you came in; come in with the new one."""

    status = 401


class ParticipantHasLeft(Refusal):
    """The participant withdrew or was erased; nothing more is recorded."""


class SessionHasNotBegun(Refusal):
    """Attendance is recorded once the session has begun."""


class TooManyMinutes(Refusal):
    """Nobody attends more minutes than the session lasted."""

    status = 422
    where = "body.minutes"


class AttendedSession(Frozen):
    """The minutes of one session that a participant attended, as last recorded.

    ``of_minutes`` is how long the session was then. When a later version makes it longer, no more than that is owed of
    it until it is recorded anew.
    """

    session_id: Id
    minutes: Minutes
    of_minutes: Minutes | None = None
    recorded_at: Instant
    recorded_by: str | None = None
    corrections: Count = 0


class Figures(Frozen):
    """What decides over completion. A participant never attends more of a session than its length in force."""

    minutes_required: Minutes
    minutes_attended: Minutes
    percent_required: Percent

    @property
    def completed(self) -> bool:
        """At least the share of the required minutes, exactly and without rounding (rule 6).

        Where nothing is required nothing is completed: it must never be a way around the week.
        """
        if self.minutes_required == 0:
            return False
        return self.minutes_attended * 100 >= self.percent_required * self.minutes_required


class Outcome(Frozen):
    """How the week ended for a participant, with the copy of what was required when it was closed."""

    completed: bool
    owed: tuple[Owed, ...]
    figures: Figures
    first_on: date
    last_on: date
    closed_at: Instant
    corrected_at: Instant | None = None


class Attendance(Frozen):
    """A participant's attendance. Without an edition only the erasure is known yet: it can overtake the enrolment.

    ``requirements`` is the copy in force at the enrolment. ``link_hash`` is the keyed hash of the code in the
    participant's calendar link, which is stored nowhere; ``link_over`` is whether there was one that ended since the
    receipt code was renewed, ``renewals`` how often that was so. ``sealed`` names what lies in the vault under the
    participant's keys.
    """

    kept: ClassVar[Kept] = ATTENDED

    participant_id: Id
    edition_id: Id | None = None
    requirements: Requirements = Requirements()
    enrolled_at: Instant | None = None
    withdrawn_at: Instant | None = None
    erased_at: Instant | None = None
    link_hash: Annotated[str | None, LINK] = None
    link_over: Annotated[bool, LINK] = False
    renewals: int = 0
    records: tuple[AttendedSession, ...] = ()
    outcome: Outcome | None = None
    sealed: tuple[str, ...] = ()

    @property
    def takes_part(self) -> bool:
        return self.edition_id is not None and self.withdrawn_at is None and self.erased_at is None

    @property
    def link(self) -> CalendarLink:
        """How the calendar link does."""
        return "live" if self.link_hash else "ended" if self.link_over else "none"

    def attended_session(self, session_id: str) -> AttendedSession | None:
        return next((each for each in self.records if each.session_id == session_id), None)


def enrol(
    attendance: Attendance | None,
    participant_id: str,
    edition_id: str,
    requirements: Requirements,
    enrolled_at: datetime,
) -> Attendance:
    """Expect a participant. An erasure that came first stands."""
    known = attendance or Attendance(participant_id=participant_id)
    return known.model_copy(
        update={
            "edition_id": edition_id,
            "requirements": requirements,
            "enrolled_at": enrolled_at,
            "withdrawn_at": None,
        }
    )


def link_calendar(attendance: Attendance, link_hash: str, renewals: int) -> Attendance:
    """Another calendar link, for whoever came in by the code that counts.

    Raises ``NoSuchParticipant``, ``ParticipantHasLeft`` or ``CodeWasRenewed``.
    """
    if attendance.edition_id is None:
        raise NoSuchParticipant(participant_id=attendance.participant_id)
    if not attendance.takes_part:
        raise ParticipantHasLeft(participant_id=attendance.participant_id)
    if renewals < attendance.renewals:
        raise CodeWasRenewed()
    return attendance.model_copy(update={"link_hash": link_hash, "link_over": False})


def renew_code(attendance: Attendance, renewals: int) -> Attendance:
    """Another receipt code counts: a calendar link that was made with one before ends (rule 19)."""
    over = {"renewals": max(renewals, attendance.renewals), "link_hash": None}
    return attendance.model_copy(update={**over, "link_over": attendance.link != "none"})


def withdraw(attendance: Attendance, withdrawn_at: datetime) -> Attendance:
    return attendance.model_copy(update={"withdrawn_at": withdrawn_at, "link_hash": None, "link_over": False})


def erase(attendance: Attendance | None, participant_id: str, erased_at: datetime) -> Attendance:
    """Forget the calendar link and mark the erasure; what was counted stays counted (rule 14)."""
    known = attendance or Attendance(participant_id=participant_id)
    return known.model_copy(update={"erased_at": erased_at, "link_hash": None, "link_over": False, "sealed": ()})


def record_minutes(
    attendance: Attendance | None,
    programme: Programme,
    participant_id: str,
    session_id: str,
    minutes: int,
    now: datetime,
    by: str | None = None,
) -> tuple[Attendance, tuple[Event, ...]]:
    """Record the minutes of one session, or correct what was recorded; saying the same again changes nothing.

    After the week was closed a correction is held against the requirement as it was then, and ``OnsiteCorrected`` is
    told only when the outcome turns round (rule 6).
    Raises ``NotPublishedYet``, ``NoSuchSession``, ``SessionHasNotBegun``, ``TooManyMinutes``, ``NoSuchParticipant``,
    ``ParticipantHasLeft``.
    """
    session = _session_to_attend(programme, session_id, minutes, now)
    if attendance is None or attendance.edition_id != programme.edition_id:
        raise NoSuchParticipant(edition_id=programme.edition_id, participant_id=participant_id)
    if not attendance.takes_part:
        raise ParticipantHasLeft(participant_id=participant_id)
    before = attendance.attended_session(session_id)
    if before is not None and before.minutes == minutes and before.of_minutes in (None, session.minutes):
        return attendance, ()
    event = AttendanceRecorded(
        participant_id=participant_id,
        edition_id=programme.edition_id,
        session_id=session_id,
        minutes=minutes,
        correction=before is not None or attendance.outcome is not None,
        recorded_at=now,
    )
    after = _with_minutes(attendance, session, minutes, now, by)
    if after.outcome is None:
        return after, (event,)
    corrected, more = _reconsider(after, after.outcome, after.outcome.owed, now)
    return corrected, (event, *more)


def figures_of(attendance: Attendance, owed: Iterable[Owed]) -> Figures:
    """The figures of rule 6; minutes of sessions that are not owed do not count, nor any beyond what is owed."""
    required, attended = 0, 0
    for each in owed:
        sessions = [session for id in each.session_ids if (session := attendance.attended_session(id))]
        minutes = _owed_still(each, sessions)
        present = min(minutes, sum(session.minutes for session in sessions))
        required += present if each.excused else minutes
        attended += present
    return Figures(
        minutes_required=required,
        minutes_attended=attended,
        percent_required=attendance.requirements.attendance_percent,
    )


def close(
    attendance: Attendance, entry: Entry, published: Published, now: datetime
) -> tuple[Attendance, tuple[Event, ...]]:
    """Settle the week for a participant, once (rule 6).

    Nothing happens for one who has left, or who owes nothing of it: they neither completed it nor failed (rule 16).
    """
    owed = owed_by(entry, published)
    if attendance.outcome is not None or not attendance.takes_part or not owes_anything(owed):
        return attendance, ()
    figures = figures_of(attendance, owed)
    outcome = Outcome(
        completed=figures.completed,
        owed=owed,
        figures=figures,
        first_on=published.frame.first_on,
        last_on=published.frame.last_on,
        closed_at=now,
    )
    facts = _facts(attendance.participant_id, attendance.edition_id or "", outcome)
    event: Event = OnsiteNotCompleted(closed_at=now, **facts)
    if outcome.completed:
        event = OnsiteCompleted(completed_at=now, **facts)
    return attendance.model_copy(update={"outcome": outcome}), (event,)


def reconsider(
    attendance: Attendance, entry: Entry, programme: Programme, now: datetime
) -> tuple[Attendance, tuple[Event, ...]]:
    """Hold a participant against what they turn out to have owed, once the week is closed (rule 16).

    Whoever was not settled with the others, because they owed nothing, is settled when they turn out to owe something.
    Raises ``NothingIsRequired`` when nothing would be left.
    """
    if programme.closing is None:
        return attendance, ()
    owed = owed_by(entry, programme.in_force())
    outcome, week_is_over = attendance.outcome, programme.closing.ended_at is not None
    if not owes_anything(owed) and (outcome is not None or not week_is_over):
        raise NothingIsRequired(participant_id=attendance.participant_id)
    if outcome is not None:
        return _reconsider(attendance, outcome, owed, now)
    return close(attendance, entry, programme.in_force(), now) if week_is_over else (attendance, ())


def _owed_still(owed: Owed, sessions: Sequence[AttendedSession]) -> int:
    if len(sessions) < len(owed.session_ids) or any(each.of_minutes is None for each in sessions):
        return owed.minutes
    return min(owed.minutes, sum(each.of_minutes or 0 for each in sessions))


def _session_to_attend(programme: Programme, session_id: str, minutes: int, now: datetime) -> Session:
    published = programme.in_force()
    session = published.session(session_id)
    if session is None:
        raise NoSuchSession(programme_id=programme.programme_id, version=published.version, session_id=session_id)
    if now < session.starts_at:
        raise SessionHasNotBegun(session_id=session_id, starts_at=f"{session.starts_at:%Y-%m-%dT%H:%MZ}")
    if minutes > session.minutes:
        raise TooManyMinutes(session_id=session_id, minutes=session.minutes)
    return session


def _with_minutes(attendance: Attendance, session: Session, minutes: int, now: datetime, by: str | None) -> Attendance:
    before = attendance.attended_session(session.session_id)
    new = AttendedSession(
        session_id=session.session_id,
        minutes=minutes,
        of_minutes=session.minutes,
        recorded_at=now,
        recorded_by=by,
        corrections=before.corrections + 1 if before else 0,
    )
    others = (each for each in attendance.records if each.session_id != session.session_id)
    sessions = tuple(sorted((*others, new), key=lambda each: each.session_id))
    return attendance.model_copy(update={"records": sessions})


def _reconsider(
    attendance: Attendance, outcome: Outcome, owed: tuple[Owed, ...], now: datetime
) -> tuple[Attendance, tuple[Event, ...]]:
    figures = figures_of(attendance, owed)
    turned = figures.completed != outcome.completed
    new = outcome.model_copy(
        update={
            "completed": figures.completed,
            "owed": owed,
            "figures": figures,
            "corrected_at": now if turned else outcome.corrected_at,
        }
    )
    after = attendance.model_copy(update={"outcome": new})
    if not turned:
        return after, ()
    event = OnsiteCorrected(
        outcome="completed" if new.completed else "not_completed",
        corrected_at=now,
        **_facts(attendance.participant_id, attendance.edition_id or "", new),
    )
    return after, (event,)


def _facts(participant_id: str, edition_id: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "participant_id": participant_id,
        "edition_id": edition_id,
        "first_on": outcome.first_on,
        "last_on": outcome.last_on,
        **outcome.figures.model_dump(),
    }
