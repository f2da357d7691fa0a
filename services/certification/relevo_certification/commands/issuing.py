"""Issuing what is ready: a whole edition in one action, previewed, done in portions, safe to repeat (rule 12)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_certification.commands.making import Batch, Made, Portion, Prepared, make, opened, status_entry
from relevo_certification.commands.office import Office
from relevo_certification.commands.saving import saved
from relevo_certification.domain.certificate import Certificate, issue
from relevo_certification.domain.edition import EditionFacts, NoSuchEdition
from relevo_certification.domain.issuance import Issuance, IssueRow, Problem, advance
from relevo_certification.domain.sealed import Identity
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.store import (
    CERTIFICATE,
    EDITION,
    ISSUANCE,
    ISSUED,
    STATUS_ENTRY,
    facts_of,
    issuable,
    issue_row,
    ready_since,
)
from relevo_chassis.delivery.change import A, Asked, Decided, Decision, Found, New, Ref, Repeat, Row, unrepeated
from relevo_chassis.ids import new_id

PORTION = 25
"""So many are made and committed together: few enough that others are answered in between without a wait."""


@dataclass(frozen=True, slots=True)
class PreviewIssue:
    """``limit`` certificates of an edition at most, of the participants after this one."""

    edition_id: str
    after: str | None
    limit: int


async def preview_issue(office: Office, query: PreviewIssue, asked: Asked) -> list[IssueRow]:
    """What issuing would do now, by participant, each certificate typeset for a trial. Raises ``NoSuchEdition``."""
    facts = await facts_of(office.store, query.edition_id)
    certificates = await issuable(office.store, query.edition_id, query.after, query.limit)
    ready = [each for each in certificates if each.standing == "ready"]
    identities, problems = await opened(office, ready, asked)
    tried = await asyncio.to_thread(_trial, office, facts, identities, asked.now)
    return [
        _previewed(each, {**problems, **tried}) if each.standing == "ready" else _already(each) for each in certificates
    ]


@dataclass(frozen=True, slots=True)
class AskToIssue:
    edition_id: str


async def ask_to_issue(office: Office, command: AskToIssue, asked: Asked) -> Issuance | Repeat:
    """Put on record that what is ready is to be issued; it is done portion by portion, whoever is killed in between.

    Raises ``NoSuchEdition``.
    """
    edition_id = command.edition_id
    ready = await office.store.count(CERTIFICATE, {"edition_id": edition_id, "standing": "ready"})
    issued = await office.store.count(CERTIFICATE, {"edition_id": edition_id, "standing": {"$in": ISSUED}})
    ref, edition_ref = ISSUANCE(new_id()), EDITION(edition_id)

    def decide(found: Found) -> Decision[Issuance]:
        edition = found[edition_ref]
        if edition is None:
            raise NoSuchEdition(edition_id=edition_id)
        issuance = Issuance(
            issuance_id=ref.id,
            edition_id=edition_id,
            asked_by=asked.by,
            asked_at=asked.now,
            facts=edition.facts,
            ready=ready,
            already_issued=issued,
        )
        on_record = [Decided("issuing_asked_for", ref, (edition_id,))]
        return Decision([New(ref, issuance)], answer=issuance, on_record=on_record)

    return await office.commits.commit(asked.change([ref, edition_ref], decide))


@dataclass(frozen=True, slots=True)
class IssuePortion:
    """``issuance`` is what was asked for, as it was found."""

    issuance: Issuance


async def issue_portion(office: Office, command: IssuePortion, asked: Asked) -> Issuance:
    """Issue the next portion of what was asked for, in one commit with how far that has come; answers what it then is.

    Whose certificate changed meanwhile, or whose place was taken, comes again with the next portion.
    """
    issuance = command.issuance
    ready = await ready_since(office.store, issuance, PORTION)
    portion = await make(office, Batch(issuance.edition_id, issuance.facts, issuance.asked_at, ready), asked)
    ref = ISSUANCE(issuance.issuance_id)
    reached = ready[-1].participant_id if ready else None

    def decide(found: Found) -> Decision[Issuance | None]:
        if found[ref] != issuance:
            return Decision(answer=found[ref])
        fit = list(_fit(found, portion))
        after = advance(issuance, reached, asked.now) if len(fit) == len(portion.prepared) else issuance
        rows = [
            issue_row(issuance.issuance_id, each.participant_id, each.model_dump()) for each in _outcomes(fit, portion)
        ]
        return _issuing(issuance.edition_id, fit, asked.now, states=[New(ref, after)], rows=rows, answer=after)

    return unrepeated(await office.commits.commit(asked.change([ref, *_refs(portion)], decide))) or issuance


@dataclass(frozen=True, slots=True)
class IssueReady:
    edition_id: str
    participant_ids: Sequence[str]


async def issue_ready(office: Office, command: IssueReady, asked: Asked) -> None:
    """Issue those of an edition whose certificates are issued by themselves. Raises ``NoSuchEdition``.

    One that changed meanwhile, or that has a problem, stays as it is.
    """
    edition_id = command.edition_id
    facts = await facts_of(office.store, edition_id)
    known = await office.store.states(CERTIFICATE, command.participant_ids)
    ready = [each for each in known.values() if each.standing == "ready"]
    portion = await make(office, Batch(edition_id, facts, asked.now, ready), asked)
    edition_ref = EDITION(edition_id)

    def decide(found: Found) -> Decision:
        edition = found[edition_ref]
        fit = list(_fit(found, portion)) if edition and edition.facts == facts else []
        return _issuing(edition_id, fit, asked.now, answer=None)

    await office.commits.commit(asked.change([edition_ref, *_refs(portion)], decide))


def _refs(portion: Portion) -> list[Ref[Any]]:
    made = [each.made for each in portion.prepared]
    certificates = [CERTIFICATE(each.before.participant_id) for each in made]
    return [*certificates, *(STATUS_ENTRY(each.issued.status_entry_id) for each in made)]


def _fit(found: Found, portion: Portion) -> Iterator[Prepared]:
    """Those that can be issued as they were made: nothing about them changed since, and their places are free."""
    for each in portion.prepared:
        before, issued = each.made.before, each.made.issued
        if found[CERTIFICATE(before.participant_id)] == before and found[STATUS_ENTRY(issued.status_entry_id)] is None:
            yield each


def _issuing(
    edition_id: str,
    fit: Sequence[Prepared],
    now: datetime,
    *,
    states: Sequence[New] = (),
    rows: Sequence[Row] = (),
    answer: A,
) -> Decision[A]:
    outcomes = [(made.before, issue(made.before, made.issued)) for made, _ in fit]
    places = [New(STATUS_ENTRY(made.issued.status_entry_id), status_entry(made)) for made, _ in fit]
    kept, papers = [*states, *places], [row for each in fit for row in each.rows]
    return saved(
        edition_id, outcomes, now, states=kept, rows=[*rows, *papers], answer=answer, code="certificate_issued"
    )


def _outcomes(fit: Sequence[Prepared], portion: Portion) -> list[IssueRow]:
    """What became of each; nothing yet of those that come again."""
    issued = [_issued(each.made) for each in fit]
    return issued + [_problem(participant_id, problem) for participant_id, problem in portion.problems.items()]


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
        return _problem(certificate.participant_id, problem)
    return IssueRow(participant_id=certificate.participant_id, outcome="issue")


def _problem(participant_id: str, problem: Problem) -> IssueRow:
    return IssueRow(participant_id=participant_id, outcome="problem", problem=problem)


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
