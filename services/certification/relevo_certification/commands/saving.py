"""How certificates are saved that changed: with their events, who decided, and when their edition is counted next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from relevo_certification.deadlines import count_row
from relevo_certification.domain.certificate import Certificate, Outcome
from relevo_certification.store import CERTIFICATE
from relevo_chassis.delivery.change import A, Decided, Decision, New, Row


def saved(
    edition_id: str,
    outcomes: Sequence[tuple[Certificate, Outcome]],
    now: datetime,
    *,
    states: Sequence[New] = (),
    rows: Sequence[Row] = (),
    answer: A,
    code: str | None = None,
    because: str | None = None,
) -> Decision[A]:
    """The decision that saves certificates of one edition, each with what it was before.

    With ``code`` each that changed goes on record, with who asked for it and why (rule 22). It writes nothing that
    other participants of the edition share, so that nobody waits for anybody.
    """
    changed = [after for before, (after, _) in outcomes if after != before]
    is_first = any(before.edition_id is None for before, _ in outcomes)
    return Decision(
        states=[*(New(CERTIFICATE(each.participant_id), each) for each in changed), *states],
        events=[event for _, (_, events) in outcomes for event in events],
        rows=[*rows, *([count_row(edition_id, now)._replace(keep=True)] if is_first else [])],
        answer=answer,
        on_record=[decided(code, each, because) for each in changed] if code else (),
    )


def decided(code: str, certificate: Certificate, because: str | None = None) -> Decided:
    """A decision about a certificate, found under its edition and the id of the one that stands too."""
    current = [certificate.current.certificate_id] if certificate.current else []
    edition = [certificate.edition_id] if certificate.edition_id else []
    return Decided(code, CERTIFICATE(certificate.participant_id), (*edition, *current), because)
