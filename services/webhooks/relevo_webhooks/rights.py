"""What operators may do in webhooks."""

from __future__ import annotations

from relevo_chassis.http.rights import Rights
from relevo_chassis.http.rights import Task as AnyTask


class Task(AnyTask):
    """The closed list."""

    KEEP_SUBSCRIPTIONS = "keep_subscriptions"
    """Add, check, pause and remove subscriptions, change their secrets, and see to what does not arrive."""


RIGHTS = Rights({"operator": {Task.KEEP_SUBSCRIPTIONS}})
