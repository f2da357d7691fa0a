"""Issuing what is ready: a whole edition in one action, previewed, safe to repeat (rule 12)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from relevo_certification.commands.office import ATTEMPTS, DecideAgain, Office, drawn_position
from relevo_certification.commands.readings import record_reading
from relevo_certification.decisions import written
from relevo_certification.domain import certificate as rules
from relevo_certification.domain.certificate import Certificate, Issued
from relevo_certification.domain.edition import EditionFacts
from relevo_certification.pdf.typeset import CannotTypeset
from relevo_certification.store import (
    CERTIFICATE,
    COUNT,
    EDITION,
    IDENTITY_SET,
    PAPERS_SET,
    STATUS_ENTRY,
    Identity,
    Papers,
    Portfolio,
    StatusEntry,
    facts_of,
    issuable,
    link_row,
    list_with_room,
)
from relevo_chassis.delivery.change import Busy, Change, Decision, Found, New, Once, Ref, Row
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.vault import PersonKey, sealed_row
from relevo_contracts.model import Frozen

Problem = Literal["identity_missing", "cannot_be_typeset"]


class IssueRow(Frozen):
    """What becomes, or would become, of one participant's certificate."""

    participant_id: str
    outcome: Literal["issue", "issued", "already_issued", "problem"]
    certificate_id: str | None = None
    problem: Problem | None = None


class IssueReport(Frozen):
    """A row for each participant whose certificate is ready or was issued."""

    edition_id: str
    rows: tuple[IssueRow, ...]


class Made(NamedTuple):
    """A certificate made and not yet issued."""

    before: Certificate
    issued: Issued
    papers: Papers


class Batch(NamedTuple):
    """What is to be issued in one commit, and the rows of those who are not."""

    edition_id: str
    facts: EditionFacts
    made: Sequence[Made]
    keys: Mapping[str, PersonKey]
    others: Sequence[IssueRow]


async def preview(office: Office, edition_id: str, reader: str, now: datetime) -> IssueReport:
    """What ``issue_edition`` would do now, each certificate typeset for a trial. Raises ``NoSuchEdition``."""
    facts = await facts_of(office.store, edition_id)
    certificates = await issuable(office.store, edition_id)
    ready = [each for each in certificates if each.standing == "ready"]
    identities = await _identities(office, ready, reader, now)
    problems = await asyncio.to_thread(_trial, office, facts, identities, now)
    rows = [_previewed(each, problems) if each.standing == "ready" else _already(each) for each in certificates]
    return IssueReport(edition_id=edition_id, rows=tuple(rows))


async def issue_edition(
    office: Office,
    edition_id: str,
    reader: str,
    now: datetime,
    cause_id: str,
    once: Once | None = None,
    only: Sequence[str] | None = None,
) -> Any:
    """Issue what is ready and has no problem, all in one commit; a repeat finds it issued. Raises ``NoSuchEdition``.

    ``reader`` goes on record before names are opened. ``only`` names participants to keep to. Answers an
    ``IssueReport``, or a ``Repeat``.
    """
    for _ in range(ATTEMPTS):
        batch = await _batch(office, edition_id, reader, now, only)
        try:
            return await office.commits.commit(_issuing(office, batch, now, cause_id, once))
        except DecideAgain:
            continue
    raise Busy(f"the certificates of edition {edition_id} kept changing; repeat the call")


async def _batch(office: Office, edition_id: str, reader: str, now: datetime, only: Sequence[str] | None) -> Batch:
    facts = await facts_of(office.store, edition_id)
    found = await issuable(office.store, edition_id)
    certificates = [each for each in found if only is None or each.participant_id in only]
    ready = [each for each in certificates if each.standing == "ready"]
    identities = await _identities(office, ready, reader, now)
    keys = await office.vault.keys_of(identities)
    list_number = await list_with_room(office.store)
    known = {participant_id: identities[participant_id] for participant_id in keys}
    made, problems = await asyncio.to_thread(_make, office, edition_id, facts, ready, known, list_number, now)
    already = [_already(each) for each in certificates if each.standing != "ready"]
    return Batch(edition_id, facts, made, keys, [*already, *problems])


def _issuing(office: Office, batch: Batch, now: datetime, cause_id: str, once: Once | None) -> Change:
    edition_id, made = batch.edition_id, batch.made
    refs = [CERTIFICATE(each.before.participant_id) for each in made]
    entries = [STATUS_ENTRY(each.issued.status_entry_id) for each in made]
    if len(set(entries)) < len(made):
        raise DecideAgain()
    rows = [row for each in made for row in paper_rows(office, each, batch.keys[each.before.participant_id])]
    lines = sorted([*batch.others, *map(_issued, made)], key=lambda row: row.participant_id)
    report = IssueReport(edition_id=edition_id, rows=tuple(lines))

    def decide(found: Found) -> Decision:
        edition = found[EDITION(edition_id)]
        if edition is None or edition.facts != batch.facts or any(found[entry] for entry in entries):
            raise DecideAgain()
        if any(found[ref] != each.before for ref, each in zip(refs, made, strict=True)):
            raise DecideAgain()
        outcomes = [(each.before, rules.issue(each.before, each.issued)) for each in made]
        states = [New(entry, taken(each)) for entry, each in zip(entries, made, strict=True)]
        return written(found, edition_id, outcomes, now, states=states, rows=rows, answer=report)

    wanted: list[Ref[Any]] = [*refs, *entries, COUNT(edition_id), EDITION(edition_id)]
    return Change(refs=wanted, decide=decide, now=now, cause_id=cause_id, once=once)


def taken(made: Made) -> StatusEntry:
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


def fresh_issue(facts: EditionFacts, list_number: int, now: datetime) -> Issued:
    """A certificate to be made, with an id and a place drawn at random."""
    return Issued(
        certificate_id=new_id(), issued_at=now, facts=facts, list_number=list_number, position=drawn_position()
    )


async def _identities(office: Office, ready: Sequence[Certificate], reader: str, now: datetime) -> dict[str, Identity]:
    held = [each.participant_id for each in ready if each.identity == "held"]
    if not held:
        return {}
    await record_reading(
        office.commits, reader=reader, purpose="issue", field_sets=[IDENTITY_SET], person_ids=held, now=now
    )
    found = await office.vault.open_many(held, IDENTITY_SET, Identity)
    return {participant_id: identity for participant_id, identity in found.items() if identity is not None}


def _make(
    office: Office,
    edition_id: str,
    facts: EditionFacts,
    ready: Sequence[Certificate],
    identities: Mapping[str, Identity],
    list_number: int,
    now: datetime,
) -> tuple[list[Made], list[IssueRow]]:
    made, problems = [], []
    for each in ready:
        identity = identities.get(each.participant_id)
        if identity is None:
            problems.append(_problem(each, "identity_missing"))
            continue
        issued = fresh_issue(facts, list_number, now)
        try:
            made.append(Made(each, issued, office.press.papers(edition_id, issued, identity)))
        except CannotTypeset:
            problems.append(_problem(each, "cannot_be_typeset"))
    return made, problems


def _trial(
    office: Office, facts: EditionFacts, identities: Mapping[str, Identity], now: datetime
) -> dict[str, Problem | None]:
    found: dict[str, Problem | None] = {}
    for participant_id, identity in identities.items():
        try:
            office.press.sample(facts, identity, now)
            found[participant_id] = None
        except CannotTypeset:
            found[participant_id] = "cannot_be_typeset"
    return found


def _previewed(certificate: Certificate, problems: Mapping[str, Problem | None]) -> IssueRow:
    problem = problems.get(certificate.participant_id, "identity_missing")
    if problem is not None:
        return _problem(certificate, problem)
    return IssueRow(participant_id=certificate.participant_id, outcome="issue")


def _problem(certificate: Certificate, problem: Problem) -> IssueRow:
    return IssueRow(participant_id=certificate.participant_id, outcome="problem", problem=problem)


def _issued(made: Made) -> IssueRow:
    return IssueRow(
        participant_id=made.before.participant_id, outcome="issued", certificate_id=made.issued.certificate_id
    )


def _already(certificate: Certificate) -> IssueRow:
    current = certificate.current
    return IssueRow(
        participant_id=certificate.participant_id,
        outcome="already_issued",
        certificate_id=current.certificate_id if current else None,
    )
