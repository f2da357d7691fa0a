"""How many certificates an edition has: counted once a day from what there is, and told as far as it may be.

Nobody waits for a counter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import ClassVar, NamedTuple

from pydantic import Field

from relevo_certification.domain.certificate import Certificate
from relevo_certification.domain.kept import COUNTED
from relevo_chassis.figures import Actual, is_news, snapshot
from relevo_chassis.kept import Kept
from relevo_contracts.certification import CertificatesCounted
from relevo_contracts.model import Frozen


class Figures(NamedTuple):
    """The figures of one edition.

    ``ready`` are those that became ready and are so or were issued since; what was counted stays counted when a person
    is erased (rule 14). ``issued`` counts participants who got one, ``superseded`` certificates that were replaced,
    ``corrected`` the participants whose were. ``known`` are all participants that the edition is known to have.
    """

    ready: int = 0
    issued: int = 0
    revoked: int = 0
    superseded: int = 0
    corrected: int = 0
    known: int = 0


class Count(Frozen):
    """What was told last of one edition's figures; ``due_on`` is the day for which they are to be counted."""

    kept: ClassVar[Kept] = COUNTED

    edition_id: str
    told: dict[str, int] = Field(default_factory=dict)
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
            corrected=counted.corrected + (len(each.issued) > 1),
            known=counted.known + 1,
        )
    return counted


def added(one: Figures, other: Figures) -> Figures:
    return Figures(*map(sum, zip(one, other, strict=True)))


def fall_due(count: Count, now: datetime) -> Count:
    """The day's figures are to be counted, unless they were."""
    today = now.date()
    is_counted = count.counted_on is not None and count.counted_on >= today
    return count if is_counted else count.model_copy(update={"due_on": today})


def release(count: Count, counted: Figures) -> tuple[Count, tuple[CertificatesCounted, ...]]:
    """What may be told of the figures of the day for which they are due, if it is anything new."""
    if count.due_on is None:
        return count, ()
    released = snapshot(count.told, _actual(counted))
    after = count.model_copy(update={"told": released, "counted_on": count.due_on, "due_on": None})
    if not is_news(count.told, released):
        return after, ()
    return after, (CertificatesCounted(edition_id=count.edition_id, counted_on=count.due_on, **released),)


def _actual(counted: Figures) -> dict[str, Actual]:
    """How many take part is known to many. Who still waits for theirs is a group too."""
    everybody = (counted.known,)
    return {
        "issued": Actual(counted.issued, everybody, part_of=("ready",)),
        "ready": Actual(counted.ready, everybody),
        "revoked": Actual(counted.revoked, everybody, part_of=("issued", "ready")),
        "superseded": Actual(counted.superseded, everybody, people=counted.corrected),
    }


def next_count_at(now: datetime) -> datetime:
    """The next midnight in UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
