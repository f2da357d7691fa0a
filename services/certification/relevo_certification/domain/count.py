"""How many certificates an edition has: counted once a day from what there is; nobody waits for a counter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from relevo_certification.domain.certificate import Certificate
from relevo_contracts.certification import CertificatesCounted
from relevo_contracts.model import Frozen


class Figures(NamedTuple):
    """The figures of one edition.

    ``ready`` are those that became ready and are so or were issued since; what was counted stays counted when a person
    is erased (rule 14). ``issued`` counts participants who got one, ``superseded`` certificates that were replaced.
    """

    ready: int = 0
    issued: int = 0
    revoked: int = 0
    superseded: int = 0


class Count(Frozen):
    """The figures of one edition as they were told last; ``due_on`` is the day for which they are to be told."""

    edition_id: str
    ready: int = 0
    issued: int = 0
    revoked: int = 0
    superseded: int = 0
    counted_on: date | None = None
    due_on: date | None = None


def figures(certificates: Iterable[Certificate]) -> Figures:
    """The figures of these certificates."""
    counted = Figures()
    for each in certificates:
        counted = Figures(
            ready=counted.ready + (each.standing != "waiting" or each.ready_when_erased),
            issued=counted.issued + bool(each.issued),
            revoked=counted.revoked + (each.standing == "revoked"),
            superseded=counted.superseded + max(len(each.issued) - 1, 0),
        )
    return counted


def added(one: Figures, other: Figures) -> Figures:
    return Figures(*map(sum, zip(one, other, strict=True)))


def fall_due(count: Count, now: datetime) -> Count:
    """The day's figures are to be told, unless they were."""
    today = now.date()
    is_told = count.counted_on is not None and count.counted_on >= today
    return count if is_told else count.model_copy(update={"due_on": today})


def tell(count: Count, counted: Figures) -> tuple[Count, tuple[CertificatesCounted, ...]]:
    """The figures of the day for which they are due; nothing when none is."""
    if count.due_on is None:
        return count, ()
    event = CertificatesCounted(edition_id=count.edition_id, counted_on=count.due_on, **counted._asdict())
    return count.model_copy(update={**counted._asdict(), "counted_on": count.due_on, "due_on": None}), (event,)


def next_telling(now: datetime) -> datetime:
    """The next midnight in UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
