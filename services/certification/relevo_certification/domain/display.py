"""Who may see a holder's name: the holder decides, at any time, before and after the certificate (rule 18)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from relevo_certification.domain.sealed import Choice
from relevo_chassis.delivery.change import Refusal

CHANGES = 6
WITHIN = timedelta(days=1)


class DisplayChangedTooOften(Refusal):
    """Who sees the name was changed often within a day; wait a day. A name that is shown can be hidden at any time."""

    status = 429


class HiddenInDanger(Refusal):
    """A name is shown nowhere while its holder is in danger; say first that the danger is over (rule 25)."""


def choose(before: Choice | None, named: bool, shown: bool, now: datetime) -> Choice:
    """The holder decides anew. Hiding a name that is ``shown`` is never refused; raises ``DisplayChangedTooOften``."""
    lately = tuple(at for at in before.made_at if now - at < WITHIN) if before else ()
    if len(lately) >= CHANGES and (named or not shown):
        refused = DisplayChangedTooOften(changes=CHANGES)
        refused.retry_after_seconds = math.ceil((lately[0] + WITHIN - now).total_seconds())
        raise refused
    return Choice(named=named, made_at=(*lately, now)[-CHANGES:])
