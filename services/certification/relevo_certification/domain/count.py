"""How many certificates an edition has, kept with every change and told once a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from relevo_certification.domain.certificate import Certificate
from relevo_contracts.certification import CertificatesCounted
from relevo_contracts.model import Frozen


class Count(Frozen):
    """The figures of one edition.

    ``ready`` are those that became ready and are so or were issued since; what was counted stays counted when a person
    is erased (rule 14). ``issued`` counts participants who got one, ``superseded`` certificates that were replaced.
    """

    edition_id: str
    ready: int = 0
    issued: int = 0
    revoked: int = 0
    superseded: int = 0
    counted_on: date | None = None


def counted(count: Count, before: Certificate, after: Certificate) -> Count:
    """The figures after one certificate changed."""
    return count.model_copy(
        update={
            "ready": count.ready + _is_ready(after) - _is_ready(before),
            "issued": count.issued + bool(after.issued) - bool(before.issued),
            "revoked": count.revoked + (after.standing == "revoked") - (before.standing == "revoked"),
            "superseded": count.superseded + _superseded(after) - _superseded(before),
        }
    )


def tell(count: Count, now: datetime) -> tuple[Count, tuple[CertificatesCounted, ...]]:
    """The day's figures; nothing when they were told for this day."""
    today = now.date()
    if count.counted_on is not None and count.counted_on >= today:
        return count, ()
    event = CertificatesCounted(
        edition_id=count.edition_id,
        counted_on=today,
        ready=count.ready,
        issued=count.issued,
        revoked=count.revoked,
        superseded=count.superseded,
    )
    return count.model_copy(update={"counted_on": today}), (event,)


def next_telling(now: datetime) -> datetime:
    """The next midnight in UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _is_ready(certificate: Certificate) -> bool:
    return certificate.standing != "waiting"


def _superseded(certificate: Certificate) -> int:
    return max(len(certificate.issued) - 1, 0)
