"""Who may see a holder's name: the holder decides, at any time, before and after the certificate (rule 18)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from relevo_certification.domain.refusals import DisplayChangedTooOften
from relevo_contracts.model import Frozen

CHANGES = 6
WITHIN = timedelta(days=1)


class Choice(Frozen):
    """What the holder decided here, and when within the last day; only ever sealed, for it tells that a name is hidden.

    It goes before what the application said.
    """

    named: bool
    made_at: tuple[datetime, ...] = ()


def choose(before: Choice | None, named: bool, shown: bool, now: datetime) -> Choice:
    """The holder decides anew. Hiding a name that is ``shown`` is never refused; raises ``DisplayChangedTooOften``."""
    lately = tuple(at for at in before.made_at if now - at < WITHIN) if before else ()
    if len(lately) >= CHANGES and (named or not shown):
        refused = DisplayChangedTooOften(changes=CHANGES)
        refused.retry_after_seconds = math.ceil((lately[0] + WITHIN - now).total_seconds())
        raise refused
    return Choice(named=named, made_at=(*lately, now)[-CHANGES:])
