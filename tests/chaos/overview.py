"""What the portal's overview has to say of an edition, counted from what the services published of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.chaos.history import Emitted, History

THINGS: Mapping[str, tuple[str, str]] = {
    "applied": ("ApplicationSubmitted", "application_id"),
    "withdrawn": ("ApplicationWithdrawn", "application_id"),
    "reviewed": ("ApplicationReviewed", "application_id"),
    "offered": ("SeatOffered", "offer_id"),
    "accepted": ("SeatAccepted", "offer_id"),
    "declined": ("SeatDeclined", "offer_id"),
    "multiplying": ("CommitmentOpened", "commitment_id"),
    "reported": ("MultiplierSessionReported", "session_id"),
    "certified": ("CertificateIssued", "certificate_id"),
}
"""Each thing once, whatever happened to it again."""
EACH_TIME: Mapping[str, str] = {
    "verified": "MultiplierSessionVerified",
    "verification_undone": "MultiplierSessionVerificationWithdrawn",
}
COMPLETED = ("OnsiteCompleted", "OnsiteCorrected")
"""Each time, unless the correction says otherwise."""


class WrongCount(NamedTuple):
    """A count of an edition that is not what its events come to."""

    edition_id: str
    what: str
    counted: int
    expected: int


def wrong_counts(history: History) -> Iterator[WrongCount]:
    for overview in history.overviews:
        events = [each for each in history.emitted if each.facts.get("edition_id") == overview.edition_id]
        for what, expected in expected_counts(events).items():
            counted = overview.counts.get(what) or 0
            if counted != expected:
                yield WrongCount(overview.edition_id, what, counted, expected)


def expected_counts(events: list[Emitted]) -> dict[str, int]:
    """What the events of one edition come to."""
    counts = {
        what: len({each.facts[thing] for each in events if each.type == type}) for what, (type, thing) in THINGS.items()
    }
    counts |= {what: sum(each.type == type for each in events) for what, type in EACH_TIME.items()}
    turned = [each for each in events if each.type in COMPLETED]
    undone = [each for each in turned if each.facts.get("outcome") == "not_completed"]
    return {**counts, "attended": len(turned) - len(undone), "attendance_undone": len(undone)}
