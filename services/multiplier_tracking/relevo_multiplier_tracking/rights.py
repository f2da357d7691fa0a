"""What people may do in multiplier tracking, and which role may do which of it."""

from __future__ import annotations

from relevo_chassis.http.granted import GRANTED
from relevo_chassis.http.rights import Rights
from relevo_chassis.http.rights import Task as AnyTask
from relevo_multiplier_tracking.store import COMMITMENT, SUPPORT_REQUEST


class Task(AnyTask):
    """The closed list."""

    READ_COMMITMENTS = "read_commitments"
    """See commitments, and an edition's reach."""
    READ_TEXTS = "read_texts"
    """Read what participants wrote."""
    DECIDE_REPORTS = "decide_reports"
    """Verify, return and reject reports."""
    MOVE_DAYS = "move_days"
    """Pause, resume and extend, also on request."""
    DECIDE_REVIEWS = "decide_reviews"
    """Reopen, and decide what was put under review."""
    FOLLOW_SUPPORT = "follow_support"
    """List support requests."""
    ASSIGN_SUPPORT = "assign_support"
    """Assign support requests, and close them."""
    READ_DECISIONS = "read_decisions"
    """See who decided what."""
    ANSWER_SUPPORT = "answer_support"
    """Take and answer support requests."""
    MULTIPLY = "multiply"
    """See to one's own commitment."""


RIGHTS = Rights(
    {
        "coordinator": {
            Task.READ_COMMITMENTS,
            Task.READ_TEXTS,
            Task.DECIDE_REPORTS,
            Task.MOVE_DAYS,
            Task.DECIDE_REVIEWS,
            Task.FOLLOW_SUPPORT,
            Task.ASSIGN_SUPPORT,
            Task.READ_DECISIONS,
        },
        "expert": {
            Task.FOLLOW_SUPPORT,
            Task.ANSWER_SUPPORT,
        },
        "support_desk": {
            Task.FOLLOW_SUPPORT,
            Task.ASSIGN_SUPPORT,
        },
        "participant": {Task.MULTIPLY},
    },
    {"commitment_id": COMMITMENT, "support_request_id": SUPPORT_REQUEST},
    GRANTED,
)
