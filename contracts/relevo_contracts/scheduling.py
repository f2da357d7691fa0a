"""What scheduling tells: the programme of the on-site week, attendance, completion."""

from __future__ import annotations

from typing import Annotated, Literal

from relevo_contracts.model import Count, Day, Event, Figure, Id, Instant, Minutes, Percent, reading

OnsiteOutcome = Literal["completed", "not_completed", "other"]
SessionsChangedBecause = Literal["first_published", "published", "expected", "other"]
AttendanceData = Literal["decisions", "other"]


class ProgrammePublished(
    Event, service="scheduling", aggregate="programme", verb="published", key="programme_id", audience="public"
):
    """A version of the programme was published, with the ids of the sessions that changed."""

    programme_id: Id
    edition_id: Id
    programme_version: Count
    published_at: Instant
    first_on: Day
    last_on: Day
    sessions: Count
    required_minutes: Minutes
    added_session_ids: tuple[Id, ...] = ()
    changed_session_ids: tuple[Id, ...] = ()
    removed_session_ids: tuple[Id, ...] = ()


class OnsiteWeekEnded(
    Event, service="scheduling", aggregate="programme", verb="week_ended", key="programme_id", audience="public"
):
    """The on-site week was closed: how many completed it."""

    programme_id: Id
    edition_id: Id
    ended_at: Instant
    last_on: Day
    participants: Figure
    completed: Figure
    not_completed: Figure


class AttendanceRecorded(Event, service="scheduling", aggregate="attendance", verb="recorded", key="participant_id"):
    """How many minutes of one session a participant attended; a correction replaces what was recorded before."""

    participant_id: Id
    edition_id: Id
    session_id: Id
    minutes: Minutes
    correction: bool
    recorded_at: Instant


class OwnSessionsChanged(
    Event, service="scheduling", aggregate="attendance", verb="sessions_changed", key="participant_id"
):
    """Sessions that a participant is meant to attend were added, moved or taken out: how many, and on which first day.

    ``because`` says whether a version was published, for the first time or again, or whether what is expected of the
    participant changed within one.
    """

    participant_id: Id
    edition_id: Id
    programme_version: Count
    added: Count
    moved: Count
    removed: Count
    next_on: Day
    because: Annotated[SessionsChangedBecause, reading(SessionsChangedBecause)]
    changed_at: Instant


class OnsiteCompleted(Event, service="scheduling", aggregate="attendance", verb="completed", key="participant_id"):
    """The participant attended enough of the required minutes (rule 6)."""

    participant_id: Id
    edition_id: Id
    first_on: Day
    last_on: Day
    minutes_required: Minutes
    minutes_attended: Minutes
    percent_required: Percent
    completed_at: Instant


class OnsiteNotCompleted(
    Event, service="scheduling", aggregate="attendance", verb="not_completed", key="participant_id"
):
    """The participant did not attend enough of the required minutes (rule 6)."""

    participant_id: Id
    edition_id: Id
    first_on: Day
    last_on: Day
    minutes_required: Minutes
    minutes_attended: Minutes
    percent_required: Percent
    closed_at: Instant


class OnsiteCorrected(Event, service="scheduling", aggregate="attendance", verb="corrected", key="participant_id"):
    """A late correction turned the outcome round; what follows from it goes to a coordinator (rule 6)."""

    participant_id: Id
    edition_id: Id
    outcome: Annotated[OnsiteOutcome, reading(OnsiteOutcome)]
    first_on: Day
    last_on: Day
    minutes_required: Minutes
    minutes_attended: Minutes
    percent_required: Percent
    corrected_at: Instant


class AttendanceDataDestroyed(
    Event, service="scheduling", aggregate="attendance_data", verb="destroyed", key="participant_id"
):
    """What scheduling kept of a participant in one retention class was destroyed before the person is."""

    participant_id: Id
    retention_class: Annotated[AttendanceData, reading(AttendanceData)]
    destroyed_at: Instant
