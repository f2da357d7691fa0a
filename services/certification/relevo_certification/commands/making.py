"""Making certificates that are then to be issued: names opened, places drawn, papers signed and typeset."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import structlog

from relevo_certification.calendar import day_of
from relevo_certification.commands.office import Office
from relevo_certification.commands.readings import record_reading
from relevo_certification.commands.status_places import free_places
from relevo_certification.credential.text import Entry
from relevo_certification.domain.certificate import Certificate, Issued
from relevo_certification.domain.edition import EditionFacts
from relevo_certification.domain.issuance import Problem
from relevo_certification.domain.sealed import Identity, Papers, Portfolio
from relevo_certification.domain.status_entry import StatusEntry
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.store import IDENTITY_SET, PAPERS_SET, link_row
from relevo_chassis.delivery.change import Asked, Row
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import PersonErased, PersonKey, SealBroken, sealed_row

log = structlog.get_logger(__name__)


class Made(NamedTuple):
    """A certificate made and not yet issued."""

    before: Certificate
    issued: Issued
    papers: Papers


class Prepared(NamedTuple):
    """A certificate with the rows that keep its papers, which go into the commit that issues it."""

    made: Made
    rows: Sequence[Row]


class Portion(NamedTuple):
    """What is to be issued in one commit, and by participant the problem of those who are not."""

    prepared: Sequence[Prepared]
    problems: Mapping[str, Problem]


class Batch(NamedTuple):
    """The certificates that are ready to be issued in one action, and what they have in common."""

    edition_id: str
    facts: EditionFacts
    issued_at: datetime
    ready: Sequence[Certificate]


async def make(office: Office, batch: Batch, asked: Asked) -> Portion:
    """Make them; whoever asks goes on record before names are opened."""
    identities, problems = await opened(office, batch.ready, asked)
    keys = await office.vault.keys_of(identities, Portfolio)
    places = iter(await free_places(office.store, len(keys)))

    def prepare() -> Portion:
        prepared, failed = list[Prepared](), dict(problems)
        for before in batch.ready:
            participant_id = before.participant_id
            if participant_id not in keys:
                failed.setdefault(participant_id, "identity_missing")
                continue
            issued = fresh_issue(batch.facts, next(places), batch.issued_at)
            papers = _papers(office, batch.edition_id, issued, participant_id, identities[participant_id])
            if isinstance(papers, Papers):
                made = Made(before, issued, papers)
                prepared.append(Prepared(made, paper_rows(office, made, keys[participant_id])))
            else:
                failed[participant_id] = papers
        return Portion(prepared, failed)

    return await asyncio.to_thread(prepare)


async def opened(
    office: Office, ready: Iterable[Certificate], asked: Asked
) -> tuple[dict[str, Identity], dict[str, Problem]]:
    """Who is on these certificates, put on record before; and the problem of those of whom it cannot be told."""
    ids = [each.participant_id for each in ready if each.identity == "held"]
    if not ids:
        return {}, {}
    await record_reading(office.commits, asked, "issue", [IDENTITY_SET], ids)
    try:
        found = await office.vault.open_many(ids, IDENTITY_SET, Identity)
    except SealBroken:
        return await _one_by_one(office, ids)
    return {id: identity for id, identity in found.items() if identity is not None}, {}


async def _one_by_one(office: Office, ids: Sequence[str]) -> tuple[dict[str, Identity], dict[str, Problem]]:
    identities, problems = dict[str, Identity](), dict[str, Problem]()
    for participant_id in ids:
        try:
            identity = await office.vault.open(participant_id, IDENTITY_SET, Identity)
        except PersonErased:
            continue
        except SealBroken:
            problems[participant_id] = "identity_unreadable"
        else:
            identities |= {participant_id: identity} if identity else {}
    return identities, problems


def _papers(
    office: Office, edition_id: str, issued: Issued, participant_id: str, identity: Identity
) -> Papers | Problem:
    """The papers of one; whatever goes wrong with them must not keep the others from theirs."""
    try:
        return office.press.papers(edition_id, issued, identity)
    except CannotTypeset:
        return "cannot_be_typeset"
    except Exception as failure:
        log.error("certificate_not_made", participant_id=participant_id, failure=type(failure).__name__)
        return "cannot_be_made"


def fresh_issue(facts: EditionFacts, place: Entry, now: datetime, dated_on: date | None = None) -> Issued:
    """A certificate to be made, with an id drawn at random, dated this day unless it takes another's place."""
    return Issued(
        certificate_id=new_id(),
        issued_at=now,
        dated_on=dated_on or day_of(facts, now),
        facts=facts,
        list_number=place.list_number,
        position=place.position,
    )


def status_entry(made: Made) -> StatusEntry:
    """The place that a certificate takes in its status list."""
    return StatusEntry(
        participant_id=made.before.participant_id,
        list_number=made.issued.list_number,
        position=made.issued.position,
    )


def paper_rows(office: Office, made: Made, key: PersonKey) -> list[Row]:
    """The papers, sealed in the place of those that were made before, and the row that leads to them from the link."""
    certificate_id = made.issued.certificate_id
    hashed = office.link_hash(office.token(certificate_id))
    return [
        sealed_row(key, PAPERS_SET, Portfolio(papers=(made.papers,))),
        link_row(hashed, made.before.participant_id, certificate_id),
    ]
