"""What people may do in scheduling, and which role may do which of it."""

from __future__ import annotations

from relevo_chassis.http.granted import GRANTED
from relevo_chassis.http.rights import Rights
from relevo_chassis.http.rights import Task as AnyTask
from relevo_scheduling.store import ATTENDANCE, PROGRAMME


class Task(AnyTask):
    """The closed list."""

    PLAN_WEEK = "plan_week"
    """Plan and publish the week, its rooms and faculty."""
    PLACE_PARTICIPANTS = "place_participants"
    """Put participants into groups, and say from when on they are expected."""
    RECORD_ATTENDANCE = "record_attendance"
    """Record attendance, and see that of everybody."""
    EXCUSE = "excuse"
    """Excuse from sessions."""
    CLOSE_WEEK = "close_week"
    """Close the week."""
    READ_DECISIONS = "read_decisions"
    """See who decided what."""
    KEEP_MATERIALS = "keep_materials"
    """Add materials and withdraw them: whoever plans the week all, whoever teaches those of their sessions."""
    TEACH = "teach"
    """See the sessions that one teaches."""
    TAKE_PART = "take_part"
    """See one's own week."""


RIGHTS = Rights(
    {
        "coordinator": {
            Task.PLAN_WEEK,
            Task.PLACE_PARTICIPANTS,
            Task.RECORD_ATTENDANCE,
            Task.EXCUSE,
            Task.CLOSE_WEEK,
            Task.READ_DECISIONS,
            Task.KEEP_MATERIALS,
        },
        "attendance": {Task.RECORD_ATTENDANCE},
        "faculty": {Task.TEACH, Task.KEEP_MATERIALS},
        "participant": {Task.TAKE_PART},
    },
    {"programme_id": PROGRAMME, "participant_id": ATTENDANCE},
    GRANTED,
)
