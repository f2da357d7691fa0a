"""The rules of the week that can be broken, by name."""

from __future__ import annotations

from relevo_chassis.delivery.change import Refusal


class NoSuchProgramme(Refusal):
    """There is no such programme."""

    status = 404


class ProgrammeExists(Refusal):
    """The edition has a programme already; change its draft instead."""


class NotPublishedYet(Refusal):
    """The programme has no published version yet."""


class DraftHasClashes(Refusal):
    """Rooms, faculty or participants would have to be in two places at once."""


class SessionOutsideTheWeek(Refusal):
    """A session starts before the first or ends after the last day of the week at the venue."""

    status = 422


class NoSuchSession(Refusal):
    """There is no such session in the programme."""

    status = 404


class RoomIsUnknown(Refusal):
    """The session names a room that the edition does not have."""

    status = 422


class FacultyIsUnknown(Refusal):
    """The session names a member of faculty whom the edition does not have."""

    status = 422


class GroupIsUnknown(Refusal):
    """The programme has no group of that code."""

    status = 422


class GroupIsInUse(Refusal):
    """A session or a participant still belongs to the group."""


class NothingToPublish(Refusal):
    """The draft says what the published version says."""


class NothingIsRequired(Refusal):
    """Some participant would have no required session, so that completion would mean nothing."""


class NoSuchRoom(Refusal):
    """There is no such room."""

    status = 404


class NoSuchFaculty(Refusal):
    """There is no such member of faculty."""

    status = 404


class NoSuchParticipant(Refusal):
    """The edition has no such participant."""

    status = 404


class ParticipantHasLeft(Refusal):
    """The participant withdrew or was erased; nothing more is recorded."""


class SessionHasNotBegun(Refusal):
    """Attendance is recorded once the session has begun."""


class TooManyMinutes(Refusal):
    """Nobody attends more minutes than the session lasted."""

    status = 422


class WeekIsNotOver(Refusal):
    """The week is closed after its last session has ended."""


class WeekIsClosed(Refusal):
    """The week is closed; its programme and groups stand as they were."""


class NotYours(Refusal):
    """This belongs to somebody else."""

    status = 403
