"""What an edition came to so far, day by day: counts of what happened, which are never lowered, and nobody's id.

What is counted counts once, in whatever order and however often the events of it come. What was undone afterwards is a
count of its own beside it, so that an erasure changes nothing that was counted (rule 14).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date
from typing import ClassVar, NamedTuple

from relevo_chassis.kept import Kept
from relevo_contracts import Envelope, Event, derived_id
from relevo_contracts.certification import CertificateIssued, CertificateRevoked, CertificateSuperseded
from relevo_contracts.intake import (
    ApplicationReviewed,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    SeatAccepted,
    SeatDeclined,
    SeatOffered,
)
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import (
    CommitmentCancelled,
    CommitmentLapsed,
    CommitmentOpened,
    CommitmentReopened,
    MultiplierReachCounted,
    MultiplierSessionReported,
    MultiplierSessionVerificationWithdrawn,
    MultiplierSessionVerified,
)
from relevo_contracts.scheduling import OnsiteCompleted, OnsiteCorrected
from relevo_portal.domain.kept import COUNTED_ONCE, COUNTS


class Counts(Frozen):
    """How many of each there were. ``people_reached`` is what was released of it last, and ``None`` before that."""

    applied: int = 0
    withdrawn: int = 0
    reviewed: int = 0
    offered: int = 0
    accepted: int = 0
    declined: int = 0
    attended: int = 0
    attendance_undone: int = 0
    multiplying: int = 0
    lapsed: int = 0
    reopened: int = 0
    cancelled: int = 0
    reported: int = 0
    verified: int = 0
    verification_undone: int = 0
    certified: int = 0
    superseded: int = 0
    revoked: int = 0
    people_reached: int | None = None


class DayCounts(Frozen):
    """What happened of an edition on one day, UTC."""

    kept: ClassVar[Kept] = COUNTS

    edition_id: str
    on: date
    counts: Counts = Counts()


class Counted(Frozen):
    """That something was counted, and by the event of which sequence; its own id follows from that of the thing."""

    kept: ClassVar[Kept] = COUNTED_ONCE

    sequence: int


class Counting(NamedTuple):
    """What one type of event counts: as which count, of things by which id; each time anew or once for good."""

    what: str
    of: str
    each_time: bool = False


COUNTINGS: Mapping[type[Event], Counting] = {
    ApplicationSubmitted: Counting("applied", "application_id"),
    ApplicationWithdrawn: Counting("withdrawn", "application_id"),
    ApplicationReviewed: Counting("reviewed", "application_id"),
    SeatOffered: Counting("offered", "offer_id"),
    SeatAccepted: Counting("accepted", "offer_id"),
    SeatDeclined: Counting("declined", "offer_id"),
    OnsiteCompleted: Counting("attended", "participant_id", each_time=True),
    OnsiteCorrected: Counting("attended", "participant_id", each_time=True),
    CommitmentOpened: Counting("multiplying", "commitment_id"),
    CommitmentLapsed: Counting("lapsed", "commitment_id", each_time=True),
    CommitmentReopened: Counting("reopened", "commitment_id", each_time=True),
    CommitmentCancelled: Counting("cancelled", "commitment_id", each_time=True),
    MultiplierSessionReported: Counting("reported", "session_id"),
    MultiplierSessionVerified: Counting("verified", "session_id", each_time=True),
    MultiplierSessionVerificationWithdrawn: Counting("verification_undone", "session_id", each_time=True),
    CertificateIssued: Counting("certified", "certificate_id"),
    CertificateSuperseded: Counting("superseded", "certificate_id"),
    CertificateRevoked: Counting("revoked", "certificate_id"),
}
FIGURES: tuple[type[Event], ...] = (MultiplierReachCounted,)
"""Those that tell a figure of an edition, which passed the gate where it was counted."""
EVENTS: tuple[type[Event], ...] = (*COUNTINGS, *FIGURES)
"""All that the overview is made of."""


class Entry(NamedTuple):
    """What one event adds: to which day of which edition, and under which id it is remembered, so that it is once."""

    edition_id: str
    on: date
    what: str
    once_id: str

    @property
    def day_id(self) -> str:
        return day_id(self.edition_id, self.on)


def day_id(edition_id: str, on: date) -> str:
    """The id of what is counted of an edition on one day."""
    return f"{edition_id}/{on.isoformat()}"


def entry_of(envelope: Envelope) -> Entry | None:
    """What an event adds; ``None`` when it adds nothing."""
    event = envelope.event
    counting = COUNTINGS.get(type(event))
    what = _what(event, counting) if counting else None
    if counting is None or what is None:
        return None
    times = (envelope.sequence,) if counting.each_time else ()
    once_id = derived_id("overview", what, getattr(event, counting.of), *times)
    edition_id: str = event.edition_id  # type: ignore[attr-defined]
    return Entry(edition_id, envelope.time.astimezone(UTC).date(), what, once_id)


def _what(event: Event, counting: Counting) -> str | None:
    match event:
        case ApplicationReviewed(reviews=many) | MultiplierSessionReported(revision=many) if many > 1:
            return None  # the first was counted
        case OnsiteCorrected(outcome="not_completed"):
            return "attendance_undone"
        case OnsiteCorrected(outcome="other"):
            return None
        case CertificateRevoked(superseded_by_id=str()):
            return None  # it was superseded before, and what took its place stands
        case _:
            return counting.what


def count(day: DayCounts | None, entry: Entry) -> DayCounts:
    """The day with one more."""
    before = day or DayCounts(edition_id=entry.edition_id, on=entry.on)
    more = {entry.what: getattr(before.counts, entry.what) + 1}
    return before.model_copy(update={"counts": before.counts.model_copy(update=more)})


def reach(day: DayCounts | None, event: MultiplierReachCounted) -> DayCounts:
    """The day with what was released on it of how many people are reached."""
    before = day or DayCounts(edition_id=event.edition_id, on=event.counted_on)
    figure = {"people_reached": event.people_reached}
    return before.model_copy(update={"counts": before.counts.model_copy(update=figure)})


def total(days: Iterable[DayCounts]) -> Counts:
    """All days together."""
    in_turn = sorted(days, key=lambda each: each.on)
    sums = {
        name: sum(getattr(each.counts, name) for each in in_turn)
        for name in Counts.model_fields
        if name != "people_reached"
    }
    released = [each.counts.people_reached for each in in_turn if each.counts.people_reached is not None]
    return Counts(**sums, people_reached=released[-1] if released else None)
