"""What people may do in certification, and which role may do which of it."""

from __future__ import annotations

from relevo_certification.store import CERTIFICATE
from relevo_chassis.http.granted import GRANTED
from relevo_chassis.http.rights import Rights
from relevo_chassis.http.rights import Task as AnyTask


class Task(AnyTask):
    """The closed list."""

    STATE_FACTS = "state_facts"
    """Say what an edition's certificates and invitations state."""
    READ_CERTIFICATES = "read_certificates"
    """See how certificates stand."""
    READ_PAPERS = "read_papers"
    """Open the papers, which bear names."""
    ISSUE = "issue"
    """Issue what is ready."""
    DECIDE_CERTIFICATES = "decide_certificates"
    """Revoke, supersede and keep."""
    READ_DECISIONS = "read_decisions"
    """See who decided what."""
    HOLD = "hold"
    """See to one's own certificate and invitations."""


RIGHTS = Rights(
    {
        "coordinator": {
            Task.STATE_FACTS,
            Task.READ_CERTIFICATES,
            Task.READ_PAPERS,
            Task.ISSUE,
            Task.DECIDE_CERTIFICATES,
            Task.READ_DECISIONS,
        },
        "participant": {Task.HOLD},
    },
    {"participant_id": CERTIFICATE},
    GRANTED,
)
