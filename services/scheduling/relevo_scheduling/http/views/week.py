"""The week, its people and what is recorded of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from relevo_chassis.http.etag import etag_of
from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Count, Id, Minutes, Percent
from relevo_scheduling.commands.excuses import OpenedExcuses, SetRight
from relevo_scheduling.commands.programme import Edited
from relevo_scheduling.domain.attendance import Attendance, CalendarLink, Figures, figures_of
from relevo_scheduling.domain.clashes import Clash
from relevo_scheduling.domain.owed import owed_by
from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.presence import InTwoPlaces, in_two_places
from relevo_scheduling.domain.programme import Closing, Frame, Programme, Published, Version
from relevo_scheduling.domain.roster import Entry, Excuse, Membership, Roster
from relevo_scheduling.domain.sealed import ExcuseReason, ExcuseText
from relevo_scheduling.domain.session import Group, GroupCode, Language, Session, SessionKind, Texts


class View(BaseModel):
    model_config = ConfigDict(frozen=True)


class DraftView(View):
    """The draft with its clashes, for coordinators."""

    programme_id: Id
    edition_id: Id
    frame: Frame
    sessions: tuple[Session, ...]
    clashes: tuple[Clash, ...]
    published_version: Count | None

    @classmethod
    def of(cls, programme: Programme, clashes: Sequence[Clash]) -> DraftView:
        return cls(
            programme_id=programme.programme_id,
            edition_id=programme.edition_id,
            frame=programme.draft.frame,
            sessions=programme.draft.sessions,
            clashes=tuple(clashes),
            published_version=programme.published.version if programme.published else None,
        )


class SessionView(View):
    """A published session, with times in the venue's offset."""

    session_id: Id
    kind: SessionKind
    topic: Texts
    language: Language
    interpretation: tuple[Language, ...]
    required: bool
    starts_at: datetime
    ends_at: datetime
    minutes: Minutes
    room: str | None
    faculty: tuple[str, ...]
    groups: tuple[GroupCode, ...]


class TeachingView(View):
    """The sessions of one edition that the caller teaches."""

    edition_id: Id
    faculty_id: Id
    sessions: tuple[SessionView, ...]


class ProgrammeView(View):
    """The published programme, for everybody."""

    programme_id: Id
    edition_id: Id
    version: Count
    published_at: datetime
    first_on: date
    last_on: date
    time_zone: str
    venue: str
    city: str
    groups: tuple[Group, ...]
    sessions: tuple[SessionView, ...]


class OwnProgrammeView(ProgrammeView):
    """The published programme, of whoever asks."""

    calendar_link: CalendarLink = Field(
        description="whether there is a private link; one that ended since the receipt code was renewed shows nothing"
    )


class StateView(View):
    """Where a programme stands, for coordinators; ``draft_differs`` says that there is something to publish."""

    programme_id: Id
    edition_id: Id
    participants: Count
    draft_differs: bool
    versions: tuple[Version, ...]
    closing: Closing | None


ParticipantStanding = Literal["expected", "completed", "not_completed", "left"]


class ParticipantView(View):
    """A participant's figures: settled ones after the week was closed, before it as they would be now.

    ``groups_before`` are those that they belonged to earlier, oldest first. ``in_two_places`` is where more minutes are
    recorded of sessions of the same hour than there were.
    """

    participant_id: Id
    groups: tuple[GroupCode, ...]
    groups_before: tuple[Membership, ...]
    expected_from: datetime | None
    excused_session_ids: tuple[Id, ...]
    in_two_places: tuple[InTwoPlaces, ...]
    standing: ParticipantStanding
    minutes_required: Minutes
    minutes_attended: Minutes
    percent_required: Percent
    would_complete: bool


class ExcuseView(View):
    """An excuse, with its reason while the participant is not erased; who of staff gave it is for staff alone."""

    excuse_id: Id
    session_id: Id
    excused_at: datetime
    excused_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    reason: ExcuseReason | None
    note: str | None


class AttendedSessionView(View):
    """The minutes of one session, as last recorded; who of staff did so is for staff alone."""

    session_id: Id
    minutes: Minutes
    recorded_at: datetime
    recorded_by: str | None
    corrections: Count


class AttendanceView(View):
    """All that is recorded of one participant, for themselves and for coordinators."""

    figures: ParticipantView
    sessions: tuple[AttendedSessionView, ...]


class SheetRow(View):
    participant_id: Id
    expected: bool
    excused: bool
    minutes: Minutes | None


class SheetView(View):
    """The sheet of one session; ``minutes`` is null where nothing is recorded."""

    session_id: Id
    session_minutes: Minutes
    participants: tuple[SheetRow, ...]


class CalendarLinkView(View):
    """The path of a private calendar feed. Whoever has it sees the participant's sessions, so keep it private."""

    path: str


def draft_answer(edited: Edited) -> Answer:
    """The draft as it was left, with the ETag that the next edit sends as If-Match."""
    return answer_json(DraftView.of(edited.programme, edited.clashes), etag=etag_of(edited.programme.draft))


def new_draft_answer(edited: Edited) -> Answer:
    """The same of a draft that was begun, or of one that got a session more: where that is."""
    programme, added = edited.programme, edited.added
    location = f"/programmes/{programme.programme_id}/draft/sessions/{added.session_id}" if added else None
    view = DraftView.of(programme, edited.clashes)
    return answer_json(view, 201, location=location, etag=etag_of(programme.draft))


def made_answer(made: Room | Faculty | Version) -> Answer:
    """What was made, as it is kept."""
    return answer_json(made, 201)


def sessions_view(
    sessions: Sequence[Session], frame: Frame, rooms: Mapping[str, Room], faculty: Mapping[str, Faculty]
) -> tuple[SessionView, ...]:
    zone = ZoneInfo(frame.time_zone)
    return tuple(
        SessionView(
            session_id=each.session_id,
            kind=each.kind,
            topic=each.topic,
            language=each.language,
            interpretation=each.interpretation,
            required=each.required,
            starts_at=each.starts_at.astimezone(zone),
            ends_at=each.ends_at.astimezone(zone),
            minutes=each.minutes,
            room=rooms[each.room_id].name if each.room_id and each.room_id in rooms else None,
            faculty=tuple(faculty[id].name for id in each.faculty_ids if id in faculty),
            groups=each.groups,
        )
        for each in sessions
    )


def programme_view(
    programme: Programme,
    published: Published,
    rooms: Mapping[str, Room],
    faculty: Mapping[str, Faculty],
    whose: Entry | None = None,
) -> ProgrammeView:
    """A published version; of somebody on the roster only what they are meant to attend."""
    frame = published.frame
    sessions = [each.session for each in published.sessions if whose is None or whose.is_expected_in(each.session)]
    return ProgrammeView(
        programme_id=programme.programme_id,
        edition_id=programme.edition_id,
        version=published.version,
        published_at=published.published_at,
        first_on=frame.first_on,
        last_on=frame.last_on,
        time_zone=frame.time_zone,
        venue=frame.venue,
        city=frame.city,
        groups=frame.groups,
        sessions=sessions_view(sessions, frame, rooms, faculty),
    )


def own_programme_view(programme: ProgrammeView, attendance: Attendance) -> OwnProgrammeView:
    return OwnProgrammeView(**dict(programme), calendar_link=attendance.link)


def state_view(programme: Programme, roster: Roster | None) -> StateView:
    return StateView(
        programme_id=programme.programme_id,
        edition_id=programme.edition_id,
        participants=len(roster.entries) if roster else 0,
        draft_differs=programme.draft_differs,
        versions=programme.history,
        closing=programme.closing,
    )


def closing_answer(closed: Programme) -> Answer:
    return answer_json(closed.closing)


def calendar_link_answer(code: str) -> Answer:
    return answer_json(CalendarLinkView(path=f"/calendars/{code}.ics"), 201)


def participant_answer(after: SetRight) -> Answer:
    return answer_json(participant_view(after.attendance, after.entry, after.published))


def excused_answer(after: SetRight) -> Answer:
    """How somebody stands who was excused, and where their excuses are."""
    view = participant_view(after.attendance, after.entry, after.published)
    return answer_json(view, 201, location=f"/participants/{view.participant_id}/excuses")


def excuses_answer(opened: OpenedExcuses) -> Answer:
    to_staff = opened.purpose == "casework"
    return answer_json(
        [excuse_view(each, opened.texts.get(each.excuse_id), to_staff=to_staff) for each in opened.excuses]
    )


def participant_view(attendance: Attendance, entry: Entry, published: Published | None) -> ParticipantView:
    outcome = attendance.outcome
    owed = owed_by(entry, published) if published else ()
    figures: Figures = outcome.figures if outcome else figures_of(attendance, owed)
    return ParticipantView(
        participant_id=attendance.participant_id,
        groups=entry.groups,
        groups_before=entry.past,
        expected_from=entry.expected.from_at if entry.expected else None,
        excused_session_ids=tuple(each.session_id for each in entry.excuses if each.withdrawn_at is None),
        in_two_places=in_two_places(attendance, published) if published else (),
        standing=_standing(attendance),
        would_complete=figures.completed,
        **figures.model_dump(),
    )


def excuse_view(excuse: Excuse, text: ExcuseText | None, *, to_staff: bool) -> ExcuseView:
    fields = excuse.model_dump(exclude=set() if to_staff else {"excused_by", "withdrawn_by"})
    nobody = {"excused_by": None, "withdrawn_by": None}
    return ExcuseView(**{**nobody, **fields}, reason=text.reason if text else None, note=text.note if text else None)


def attendance_view(
    attendance: Attendance, entry: Entry, published: Published | None, *, to_staff: bool
) -> AttendanceView:
    hidden = {} if to_staff else {"recorded_by": None}
    return AttendanceView(
        figures=participant_view(attendance, entry, published),
        sessions=tuple(AttendedSessionView(**{**each.model_dump(), **hidden}) for each in attendance.records),
    )


def _standing(attendance: Attendance) -> ParticipantStanding:
    if attendance.outcome is not None:
        return "completed" if attendance.outcome.completed else "not_completed"
    return "expected" if attendance.takes_part else "left"
