"""How long somebody who came in is in, by process time: it ends in front of a screen that was left, for certain."""

from __future__ import annotations

from datetime import datetime, timedelta

from relevo_contracts.model import Frozen

IDLE = timedelta(minutes=10)
STAFF_IDLE = timedelta(minutes=15)
"""Staff read long tables; whoever works at a desk locks its screen."""
SIGN_IN_WAITS = timedelta(minutes=10)
"""So long somebody may take at the provider to say who they are."""
LONGEST = timedelta(hours=8)
FORM_WAITS = timedelta(hours=1)
"""So long a form that was sent after its session waits for whoever sent it."""


class Session(Frozen):
    """Since when somebody is in, and until when unless they ask for another page."""

    begun_at: datetime
    ends_at: datetime


def begin(now: datetime, idle: timedelta = IDLE) -> Session:
    return Session(begun_at=now, ends_at=now + idle)


def use(session: Session, now: datetime, idle: timedelta = IDLE) -> Session | None:
    """The session after one more page; ``None`` when it is over."""
    if now >= session.ends_at:
        return None
    return Session(begun_at=session.begun_at, ends_at=min(now + idle, session.begun_at + LONGEST))
