"""Changing what a certificate shows of a person: before its issue, or by another in its place (rules 13 and 18)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from relevo_certification.calendar import issued_on
from relevo_certification.commands.making import Made, fresh_issue, paper_rows, taken
from relevo_certification.commands.office import ATTEMPTS, DecideAgain, Office
from relevo_certification.commands.places import free_places
from relevo_certification.commands.readings import Purpose, record_reading
from relevo_certification.commands.saving import on_record, saved
from relevo_certification.domain import certificate as rules
from relevo_certification.domain.certificate import Certificate, Correction, Issued, edition_of
from relevo_certification.domain.edition import EditionFacts
from relevo_certification.domain.refusals import AlreadyRevoked, NameCannotBeTypeset, NothingIssued
from relevo_certification.domain.sealed import Identity, Portfolio
from relevo_certification.pdf.printable import Unprintable, fonts, measured
from relevo_certification.pdf.typeset import CannotTypeset
from relevo_certification.store import CERTIFICATE, EDITION, IDENTITY_SET, PAPERS_SET, STATUS_ENTRY, facts_of
from relevo_chassis.delivery.change import Busy, Change, Decision, Found, New, Once, Refusal, Row
from relevo_chassis.edge.vault import PersonErased, sealed_row
from relevo_contracts.model import Frozen


class Decided(Frozen):
    """What was decided; ``certificate_id`` is the one that stands or stood last, ``None`` before the first."""

    participant_id: str
    certificate_id: str | None
    standing: str


class Amendment(NamedTuple):
    """What becomes of what a certificate shows, who opens it, and for what; ``rows`` are written with it.

    ``at_any_rate`` even if the new PDF could not be typeset: nothing keeps a name that was given up on show.
    ``answers`` that intake was asked, so that nothing is wanted of it any more.
    With ``code`` it goes on record as decided by staff; what holders decide of their own name does not.
    """

    because: Correction
    amended: Callable[[Identity], Identity]
    reader: str
    purpose: Purpose
    rows: Sequence[Row] = ()
    at_any_rate: bool = False
    answers: bool = False
    code: str | None = None


async def decided(
    office: Office,
    participant_id: str,
    change: Callable[[], Awaitable[Change[Decided]]],
    now: datetime,
    cause_id: str,
    once: Once | None,
) -> Any:
    """Commit what was decided on what was read before; read anew while it changes meanwhile.

    A repeat gets its first answer, also when it would be refused by now.
    """
    ref = CERTIFICATE(participant_id)
    for _ in range(ATTEMPTS):
        try:
            return await office.commits.commit(await change())
        except DecideAgain:
            continue
        except Refusal as refusal:
            refused = refusal

            def decide(_: Found, refused: Refusal = refused) -> Decision[Decided]:
                raise refused

            return await office.commits.commit(Change([ref], decide, now, cause_id, once=once))
    raise Busy(f"the certificate of {participant_id} kept changing; repeat the call")


async def amending(
    office: Office,
    certificate: Certificate,
    amendment: Amendment,
    now: datetime,
    cause_id: str,
    once: Once | None = None,
) -> Change[Decided]:
    """Put a changed certificate in the place of the one that stands, or keep what was changed for the first issue.

    The papers of the one that stood are destroyed: a name that was given up is in none that can be fetched (rule 18).
    Raises ``NameCannotBeTypeset``, ``NothingIssued``, ``AlreadyRevoked``, ``PersonErased`` or ``DecideAgain``.
    """
    if certificate.standing == "revoked":
        raise AlreadyRevoked(participant_id=certificate.participant_id)
    if certificate.current is None:
        return await _before_the_first(office, certificate, amendment, now, cause_id, once)
    return await _superseding(office, certificate, certificate.current, amendment, now, cause_id, once)


async def _superseding(
    office: Office,
    certificate: Certificate,
    current: Issued,
    amendment: Amendment,
    now: datetime,
    cause_id: str,
    once: Once | None,
) -> Change[Decided]:
    participant_id, edition_id = certificate.participant_id, edition_of(certificate)
    key = await office.vault.key_of(participant_id)
    await _recorded(office, amendment, PAPERS_SET, participant_id, now)
    portfolio = await office.vault.open(participant_id, PAPERS_SET, Portfolio)
    papers = portfolio.of(current.certificate_id) if portfolio else None
    if papers is None:
        raise DecideAgain()
    identity = amendment.amended(papers.identity)
    facts = await facts_of(office.store, edition_id) if amendment.because == "facts_corrected" else current.facts
    [place] = await free_places(office.store, 1)
    fresh = fresh_issue(facts, place, now, issued_on(current))
    made = await _made(office, certificate, fresh, identity, tried=not amendment.at_any_rate)
    rows = [*paper_rows(office, made, key), sealed_row(key, IDENTITY_SET, identity), *amendment.rows]
    ref, entry = CERTIFICATE(participant_id), STATUS_ENTRY(made.issued.status_entry_id)
    old = STATUS_ENTRY(current.status_entry_id)

    def decide(found: Found) -> Decision[Decided]:
        must_be_the_same(found[ref], certificate)
        if found[entry] is not None:
            raise DecideAgain()
        before = rules.hold_identity(certificate)[0] if amendment.answers else certificate
        outcome = rules.supersede(before, made.issued, amendment.because, now)
        states = [New(entry, taken(made))]
        if left := found[old]:
            states.append(New(old, left.model_copy(update={"superseded": True})))
        return saved(
            edition_id,
            [(certificate, outcome)],
            now,
            states=states,
            rows=rows,
            answer=decided_of(outcome[0]),
            code=amendment.code,
            because=amendment.because,
        )

    return Change([ref, entry, old], decide, now, cause_id, once=once)


async def _before_the_first(
    office: Office,
    certificate: Certificate,
    amendment: Amendment,
    now: datetime,
    cause_id: str,
    once: Once | None,
) -> Change[Decided]:
    participant_id = certificate.participant_id
    keys = await office.vault.keys_of([participant_id])
    if participant_id not in keys and certificate.erased:
        raise PersonErased(participant_id)
    if participant_id not in keys or amendment.because != "name_corrected":
        raise NothingIssued(participant_id=participant_id)
    key = keys[participant_id]
    await _recorded(office, amendment, IDENTITY_SET, participant_id, now)
    before = await office.vault.open(participant_id, IDENTITY_SET, Identity)
    if before is None:
        raise NothingIssued(participant_id=participant_id)
    identity = amendment.amended(before)
    unprintable = measured(identity.name, fonts())
    if isinstance(unprintable, Unprintable) and identity.name != before.name:
        raise cannot_be_typeset(unprintable, participant_id=participant_id)
    edition = await office.store.state(EDITION(edition_of(certificate)))
    if edition is not None and identity.name != before.name:
        await asyncio.to_thread(_try, office, edition.facts, identity, participant_id, now)
    ref, rows = CERTIFICATE(participant_id), [sealed_row(key, IDENTITY_SET, identity), *amendment.rows]

    def decide(found: Found) -> Decision[Decided]:
        must_be_the_same(found[ref], certificate)
        after, events = rules.amend(certificate)
        told = [on_record(amendment.code, after, amendment.because)] if amendment.code else ()
        return Decision([New(ref, after)], events, rows, decided_of(after), told)

    return Change([ref], decide, now, cause_id, once=once)


async def _recorded(office: Office, amendment: Amendment, field_set: str, participant_id: str, now: datetime) -> None:
    await record_reading(
        office.commits,
        reader=amendment.reader,
        purpose=amendment.purpose,
        field_sets=[field_set],
        person_ids=[participant_id],
        now=now,
    )


async def _made(office: Office, certificate: Certificate, issued: Issued, identity: Identity, tried: bool) -> Made:
    edition_id = edition_of(certificate)
    try:
        papers = await asyncio.to_thread(office.press.papers, edition_id, issued, identity, tried)
    except CannotTypeset as refused:
        raise cannot_be_typeset(refused.name, participant_id=certificate.participant_id) from None
    return Made(certificate, issued, papers)


def _try(office: Office, facts: EditionFacts, identity: Identity, participant_id: str, now: datetime) -> None:
    try:
        office.press.sample(facts, identity, now)
    except CannotTypeset as refused:
        raise cannot_be_typeset(refused.name, participant_id=participant_id) from None


def cannot_be_typeset(why: Unprintable | None, **facts: str) -> NameCannotBeTypeset:
    """What is told of a name that does not print."""
    if why is None:
        return NameCannotBeTypeset(**facts, reason="page")
    return NameCannotBeTypeset(**facts, reason=why.reason, character=why.character)


def must_be_the_same(found: Certificate | None, read: Certificate) -> None:
    """Raises ``DecideAgain`` when the certificate is not what it was when it was read."""
    if found != read:
        raise DecideAgain()


def decided_of(after: Certificate) -> Decided:
    current = after.current
    return Decided(
        participant_id=after.participant_id,
        certificate_id=current.certificate_id if current else None,
        standing=after.standing,
    )
