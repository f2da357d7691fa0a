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
    """Rooms, faculty or participants would have to be in two places at once, or a room seats too few."""


class SessionOutsideTheWeek(Refusal):
    """A session starts before the first or ends after the last day of the week at the venue."""

    status = 422
    where = "body"


class NoSuchSession(Refusal):
    """There is no such session in the programme."""

    status = 404


class RoomIsUnknown(Refusal):
    """The session names a room that the edition does not have."""

    status = 422
    where = "body"


class FacultyIsUnknown(Refusal):
    """The session names a member of faculty whom the edition does not have."""

    status = 422
    where = "body"


class GroupIsUnknown(Refusal):
    """The programme has no group of that code."""

    status = 422
    where = "body"


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


class ParticipantIsErased(Refusal):
    """The participant has been erased, so nothing more can be kept for them."""

    status = 410


class NotOwed(Refusal):
    """The participant does not owe this session, so there is nothing to be excused from."""


class AlreadyExcused(Refusal):
    """The participant is excused from this session already; take the excuse back before giving another."""


class NoSuchExcuse(Refusal):
    """The participant has no such excuse, or it was taken back."""

    status = 404


class TooMuchExcused(Refusal):
    """The edition sets a bound on what somebody may be excused from, and this would pass it."""


class SessionHasNotBegun(Refusal):
    """Attendance is recorded once the session has begun."""


class TooManyMinutes(Refusal):
    """Nobody attends more minutes than the session lasted."""

    status = 422
    where = "body.minutes"


class WeekIsNotOver(Refusal):
    """The week is closed after its last session has ended."""


class WeekIsClosed(Refusal):
    """The week is closed; its programme and groups stand as they were."""
