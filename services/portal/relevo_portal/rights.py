"""What staff may do at the portal, and which role may do it."""

from __future__ import annotations

from relevo_chassis.http.granted import GRANTED
from relevo_chassis.http.rights import Rights
from relevo_chassis.http.rights import Task as AnyTask


class Task(AnyTask):
    """The closed list."""

    READ_OVERVIEW = "read_overview"
    """See how an edition goes, in counts."""


RIGHTS = Rights(
    {"coordinator": {Task.READ_OVERVIEW}, "auditor": {Task.READ_OVERVIEW}, "press": {Task.READ_OVERVIEW}},
    grants=GRANTED,
)
