"""What is on record of decisions, against what was told of them and what lies sealed beside them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from relevo_chassis.delivery.recorder import DECISIONS, UNSEALED
from relevo_chassis.people.vault import SEALED
from relevo_contracts import SERVICES
from relevo_demo.evidence import Document, Evidence


class Same(NamedTuple):
    """What is decided under these codes is told by these events, as often."""

    service: str
    codes: tuple[str, ...]
    events: tuple[str, ...]


SAME = (
    Same("intake", ("call_opened",), ("CallOpened",)),
    Same("intake", ("call_extended", "call_reopened"), ("CallExtended",)),
    Same("intake", ("review_given",), ("ApplicationReviewed",)),
    Same("intake", ("selection_applied",), ("SelectionApplied",)),
    Same("scheduling", ("programme_published",), ("ProgrammePublished",)),
    Same("scheduling", ("attendance_recorded", "attendance_corrected"), ("AttendanceRecorded",)),
    Same("scheduling", ("week_closed",), ("OnsiteWeekEnded",)),
    Same("multiplier_tracking", ("report_verified",), ("MultiplierSessionVerified",)),
    Same("multiplier_tracking", ("report_returned",), ("MultiplierSessionReturned",)),
    Same("multiplier_tracking", ("report_rejected",), ("MultiplierSessionRejected",)),
    Same("multiplier_tracking", ("evidence_rejected",), ("EvidenceRejected",)),
    Same(
        "multiplier_tracking",
        ("commitment_paused", "commitment_extended", "request_granted"),
        ("CommitmentPaused", "CommitmentExtended"),
    ),
    Same("multiplier_tracking", ("commitment_resumed",), ("CommitmentResumed",)),
    Same("multiplier_tracking", ("commitment_reopened",), ("CommitmentReopened",)),
    Same("multiplier_tracking", ("support_answered",), ("SupportAnswered",)),
    Same("certification", ("certificate_revoked",), ("CertificateRevoked",)),
)


def decisions_of(evidence: Evidence, service: str) -> list[Document]:
    """All that is on record, sealed into segments or waiting for it, each once."""
    waiting = [each for each in evidence.of(service, UNSEALED) if each["record"] == DECISIONS]
    return list({each["id"]: each for each in (*waiting, *evidence.of(service, DECISIONS))}.values())


def decisions_astray(evidence: Evidence, by_type: Mapping[str, int]) -> Iterator[str]:
    """Decisions that were told and are not on record, or the other way round; reasons that are not what was given."""
    on_record = {service: decisions_of(evidence, service) for service in SERVICES}
    codes = {service: Counter(each["code"] for each in found) for service, found in on_record.items()}
    for same in SAME:
        decided, published = (
            sum(codes[same.service][each] for each in same.codes),
            sum(by_type.get(each, 0) for each in same.events),
        )
        if decided != published:
            yield f"{same.service}: {' or '.join(same.codes)} is on record {decided} times, and told {published} times"
    for service, found in on_record.items():
        sealed = {each["_id"]: bytes(each["sealed"]) for each in evidence.of(service, SEALED) if each.get("sealed")}
        for each in found:
            if (reason := each["reason"]) and _hash(sealed.get(reason["place"])) != reason["sha256"]:
                yield f"{service}: the reason of decision {each['id']} ({each['code']}) is not what was given"


def _hash(content: bytes | None) -> str:
    return hashlib.sha256(content).hexdigest() if content is not None else ""
