"""What a coordinator does with a certificate that was issued: revoke, keep after a review, supersede (rules 12, 13)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from relevo_certification.commands.issuing import Made, fresh_issue, paper_rows, taken
from relevo_certification.commands.office import ATTEMPTS, DecideAgain, Office
from relevo_certification.commands.readings import record_reading
from relevo_certification.decisions import written
from relevo_certification.domain import certificate as rules
from relevo_certification.domain.certificate import Certificate, Correction, Issued, edition_of
from relevo_certification.domain.refusals import (
    AlreadyRevoked,
    NameCannotBeTypeset,
    NameNeeded,
    NoSuchCertificate,
    NothingIssued,
)
from relevo_certification.pdf.typeset import CannotTypeset
from relevo_certification.store import (
    CERTIFICATE,
    COUNT,
    IDENTITY_SET,
    PAPERS_SET,
    STATUS_ENTRY,
    Identity,
    Portfolio,
    certificate_of,
    facts_of,
    list_with_room,
)
from relevo_chassis.delivery.change import Busy, Change, Decision, Found, New, Once, Row
from relevo_chassis.edge.vault import sealed_row
from relevo_contracts.certification import RevokedBecause
from relevo_contracts.model import Frozen


class Decided(Frozen):
    """What was decided about a certificate; ``certificate_id`` is the one that stands or stood last."""

    participant_id: str
    certificate_id: str
    standing: str


async def revoke(
    office: Office, participant_id: str, because: RevokedBecause, now: datetime, cause_id: str, once: Once | None = None
) -> Any:
    """Revoke the certificate, in the status list too, and all that it superseded with it.

    Raises ``NoSuchCertificate``, ``NothingIssued`` or ``AlreadyRevoked``.
    """
    for _ in range(ATTEMPTS):
        certificate = await certificate_of(office.store, participant_id)
        try:
            return await office.commits.commit(_revoking(certificate, because, now, cause_id, once))
        except DecideAgain:
            continue
    raise Busy(f"the certificate of {participant_id} kept changing; repeat the call")


def _revoking(
    certificate: Certificate, because: RevokedBecause, now: datetime, cause_id: str, once: Once | None
) -> Change:
    edition_id = edition_of(certificate)
    ref = CERTIFICATE(certificate.participant_id)
    entries = [STATUS_ENTRY(each.status_entry_id) for each in certificate.issued]

    def decide(found: Found) -> Decision:
        _same(found[ref], certificate)
        outcome = rules.revoke(certificate, because, now)
        places = [(entry, found[entry]) for entry in entries]
        revoked = [New(entry, place.model_copy(update={"revoked": True})) for entry, place in places if place]
        answer = _decided(outcome[0])
        return written(found, edition_id, [(certificate, outcome)], now, states=revoked, answer=answer)

    return Change([ref, *entries, COUNT(edition_id)], decide, now, cause_id, once=once)


async def keep(office: Office, participant_id: str, now: datetime, cause_id: str, once: Once | None = None) -> Any:
    """Let the certificate stand after a review. Raises ``NoSuchCertificate`` or ``NothingUnderReview``."""
    edition_id = edition_of(await certificate_of(office.store, participant_id))
    ref = CERTIFICATE(participant_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before is None:
            raise NoSuchCertificate(participant_id=participant_id)
        outcome = rules.keep(before)
        return written(found, edition_id, [(before, outcome)], now, answer=_decided(outcome[0]))

    return await office.commits.commit(Change([ref, COUNT(edition_id)], decide, now, cause_id, once=once))


async def supersede(
    office: Office,
    participant_id: str,
    because: Correction,
    name: str | None,
    reader: str,
    now: datetime,
    cause_id: str,
    once: Once | None = None,
) -> Any:
    """Issue a corrected certificate in the place of the current one, whose link leads to the new one from then on.

    The papers of the old one are destroyed: a name that was given up is in none that can be fetched (rule 18).

    Raises ``NameNeeded``, ``NameCannotBeTypeset``, ``NothingIssued``, ``AlreadyRevoked`` or ``PersonErased``.
    """
    if because == "name_corrected" and name is None:
        raise NameNeeded(participant_id=participant_id)
    for _ in range(ATTEMPTS):
        certificate = await certificate_of(office.store, participant_id)
        try:
            change = await _superseding(office, certificate, because, name, reader, now, cause_id, once)
            return await office.commits.commit(change)
        except DecideAgain:
            continue
    raise Busy(f"the certificate of {participant_id} kept changing; repeat the call")


async def _superseding(
    office: Office,
    certificate: Certificate,
    because: Correction,
    name: str | None,
    reader: str,
    now: datetime,
    cause_id: str,
    once: Once | None,
) -> Change:
    participant_id, edition_id = certificate.participant_id, edition_of(certificate)
    current = _current(certificate)
    key = await office.vault.key_of(participant_id)
    people = [participant_id]
    await record_reading(
        office.commits, reader=reader, purpose="correction", field_sets=[PAPERS_SET], person_ids=people, now=now
    )
    portfolio = await office.vault.open(participant_id, PAPERS_SET, Portfolio)
    papers = portfolio.of(current.certificate_id) if portfolio else None
    if papers is None:
        raise DecideAgain()
    before = papers.identity
    identity = before if name is None else before.model_copy(update={"name": name})
    facts = await facts_of(office.store, edition_id) if because == "facts_corrected" else current.facts
    made = await _made(
        office, edition_id, certificate, fresh_issue(facts, await list_with_room(office.store), now), identity
    )
    rows: list[Row] = [*paper_rows(office, made, key), sealed_row(key, IDENTITY_SET, identity)]
    ref, entry = CERTIFICATE(participant_id), STATUS_ENTRY(made.issued.status_entry_id)

    def decide(found: Found) -> Decision:
        _same(found[ref], certificate)
        if found[entry] is not None:
            raise DecideAgain()
        outcome = rules.supersede(certificate, made.issued, because, now)
        states = [New(entry, taken(made))]
        answer = _decided(outcome[0])
        return written(found, edition_id, [(certificate, outcome)], now, states=states, rows=rows, answer=answer)

    return Change([ref, entry, COUNT(edition_id)], decide, now, cause_id, once=once)


async def _made(office: Office, edition_id: str, certificate: Certificate, issued: Issued, identity: Identity) -> Made:
    try:
        papers = await asyncio.to_thread(office.press.papers, edition_id, issued, identity)
    except CannotTypeset:
        raise NameCannotBeTypeset(participant_id=certificate.participant_id) from None
    return Made(certificate, issued, papers)


def _current(certificate: Certificate) -> Issued:
    if certificate.standing == "revoked":
        raise AlreadyRevoked(participant_id=certificate.participant_id)
    if certificate.current is None:
        raise NothingIssued(participant_id=certificate.participant_id)
    return certificate.current


def _same(found: Certificate | None, read: Certificate) -> Certificate:
    if found != read:
        raise DecideAgain()
    return read


def _decided(after: Certificate) -> Decided:
    current = after.current
    return Decided(
        participant_id=after.participant_id,
        certificate_id=current.certificate_id if current else "",
        standing=after.standing,
    )
