"""Changing what a certificate shows of a person: before its issue, or by another in its place (rules 13 and 18)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from relevo_certification.calendar import issued_on
from relevo_certification.commands.making import Made, fresh_issue, paper_rows, status_entry
from relevo_certification.commands.office import Office
from relevo_certification.commands.readings import Purpose, record_reading
from relevo_certification.commands.saving import decided, saved
from relevo_certification.commands.status_places import free_places
from relevo_certification.domain.certificate import (
    AlreadyRevoked,
    Certificate,
    Correction,
    Issued,
    NameCannotBeTypeset,
    NothingIssued,
    amend,
    edition_of,
    receive_identity,
    supersede,
)
from relevo_certification.domain.edition import EditionFacts
from relevo_certification.domain.sealed import Identity, Portfolio
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.pdf.printable import Unprintable, fonts, measured
from relevo_certification.store import CERTIFICATE, EDITION, IDENTITY_SET, PAPERS_SET, STATUS_ENTRY, facts_of
from relevo_chassis.delivery.change import Asked, Busy, Change, Decision, Found, New, Refusal, Repeat, Row
from relevo_chassis.people.vault import PersonErased, PersonKey, sealed_row

_ATTEMPTS = 5


class DecideAgain(Exception):
    """What was read beforehand was changed before the commit; it is read and made anew."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a certificate shows of a person from now on (``anew``), and for what it is opened; ``rows`` go with it.

    ``at_any_rate`` even if the new PDF could not be typeset: nothing keeps a name that was given up on show.
    ``is_answer``: intake was asked and said so, and nothing is wanted of it any more.
    With ``code`` it goes on record as decided by staff; what holders decide of their own name does not.
    """

    because: Correction
    anew: Mapping[str, object]
    purpose: Purpose
    rows: Sequence[Row] = ()
    at_any_rate: bool = False
    is_answer: bool = False
    code: str | None = None

    def of(self, identity: Identity) -> Identity:
        return identity.model_copy(update=self.anew)


class OfOneParticipant(Protocol):
    """A command about one participant's certificate."""

    @property
    def participant_id(self) -> str: ...


C = TypeVar("C", bound=OfOneParticipant)


async def commit_as_read(
    office: Office, command: C, asked: Asked, change: Callable[[Office, C, Asked], Awaitable[Change[Certificate]]]
) -> Certificate | Repeat:
    """Commit what is decided on what ``change`` reads before; read anew while it changes meanwhile.

    A repeat gets its first answer, also when it would be refused by now.
    """
    ref = CERTIFICATE(command.participant_id)
    for _ in range(_ATTEMPTS):
        try:
            return await office.commits.commit(await change(office, command, asked))
        except DecideAgain:
            continue
        except Refusal as refusal:
            refused = refusal

            def decide(_: Found, refused: Refusal = refused) -> Decision[Certificate]:
                raise refused

            return await office.commits.commit(asked.change([ref], decide))
    raise Busy(f"the certificate of {command.participant_id} kept changing; repeat the call")


async def amending(office: Office, certificate: Certificate, amendment: Amendment, asked: Asked) -> Change[Certificate]:
    """Put a changed certificate in the place of the one that stands, or keep what was changed for the first issue.

    The papers of the one that stood are destroyed: a name that was given up is in none that can be fetched (rule 18).
    Raises ``NameCannotBeTypeset``, ``NothingIssued``, ``AlreadyRevoked``, ``PersonErased`` or ``DecideAgain``.
    """
    if certificate.standing == "revoked":
        raise AlreadyRevoked(participant_id=certificate.participant_id)
    if certificate.current is None:
        return await _before_the_first(office, certificate, amendment, asked)
    return await _superseding(office, certificate, certificate.current, amendment, asked)


async def _superseding(
    office: Office, certificate: Certificate, current: Issued, amendment: Amendment, asked: Asked
) -> Change[Certificate]:
    participant_id, edition_id = certificate.participant_id, edition_of(certificate)
    key = await office.vault.key_of(participant_id)
    await record_reading(office.commits, asked, amendment.purpose, [PAPERS_SET], [participant_id])
    portfolio = await office.vault.open(participant_id, PAPERS_SET, Portfolio)
    papers = portfolio.of(current.certificate_id) if portfolio else None
    if papers is None:
        raise DecideAgain()
    identity = amendment.of(papers.identity)
    facts = await facts_of(office.store, edition_id) if amendment.because == "facts_corrected" else current.facts
    [place] = await free_places(office.store, 1)
    fresh = fresh_issue(facts, place, asked.now, issued_on(current))
    made = await _made(office, certificate, fresh, identity, tried=not amendment.at_any_rate)
    rows = [*paper_rows(office, made, key), sealed_row(key, IDENTITY_SET, identity), *amendment.rows]
    ref, entry = CERTIFICATE(participant_id), STATUS_ENTRY(made.issued.status_entry_id)
    old = STATUS_ENTRY(current.status_entry_id)

    def decide(found: Found) -> Decision[Certificate]:
        must_be_the_same(found[ref], certificate)
        if found[entry] is not None:
            raise DecideAgain()
        before = receive_identity(certificate)[0] if amendment.is_answer else certificate
        outcome = supersede(before, made.issued, amendment.because, asked.now)
        states = [New(entry, status_entry(made))]
        if left := found[old]:
            states.append(New(old, left.model_copy(update={"superseded": True})))
        return saved(
            edition_id,
            [(certificate, outcome)],
            asked.now,
            states=states,
            rows=rows,
            answer=outcome[0],
            code=amendment.code,
            because=amendment.because,
        )

    return asked.change([ref, entry, old], decide)


async def _before_the_first(
    office: Office, certificate: Certificate, amendment: Amendment, asked: Asked
) -> Change[Certificate]:
    participant_id = certificate.participant_id
    key = await _key_before_the_first(office, certificate, amendment)
    await record_reading(office.commits, asked, amendment.purpose, [IDENTITY_SET], [participant_id])
    before = await office.vault.open(participant_id, IDENTITY_SET, Identity)
    if before is None:
        raise NothingIssued(participant_id=participant_id)
    identity = amendment.of(before)
    if identity.name != before.name:
        await _must_print(office, certificate, identity, asked)
    ref, rows = CERTIFICATE(participant_id), [sealed_row(key, IDENTITY_SET, identity), *amendment.rows]

    def decide(found: Found) -> Decision[Certificate]:
        must_be_the_same(found[ref], certificate)
        after, events = amend(certificate)
        entries = [decided(amendment.code, after, amendment.because)] if amendment.code else ()
        return Decision([New(ref, after)], events, rows, after, entries)

    return asked.change([ref], decide)


async def _key_before_the_first(office: Office, certificate: Certificate, amendment: Amendment) -> PersonKey:
    participant_id = certificate.participant_id
    keys = await office.vault.keys_of([participant_id], Identity)
    if participant_id not in keys and certificate.erased:
        raise PersonErased(participant_id)
    if participant_id not in keys or amendment.because != "name_corrected":
        raise NothingIssued(participant_id=participant_id)
    return keys[participant_id]


async def _must_print(office: Office, certificate: Certificate, identity: Identity, asked: Asked) -> None:
    """Raises ``NameCannotBeTypeset``; beside the facts of the edition only once they are set."""
    participant_id = certificate.participant_id
    unprintable = measured(identity.name, fonts())
    if isinstance(unprintable, Unprintable):
        raise cannot_be_typeset(unprintable, participant_id=participant_id)
    edition = await office.store.state(EDITION(edition_of(certificate)))
    if edition is not None:
        await asyncio.to_thread(_try, office, edition.facts, identity, participant_id, asked)


async def _made(office: Office, certificate: Certificate, issued: Issued, identity: Identity, tried: bool) -> Made:
    edition_id = edition_of(certificate)
    try:
        papers = await asyncio.to_thread(office.press.papers, edition_id, issued, identity, tried)
    except CannotTypeset as refused:
        raise cannot_be_typeset(refused.name, participant_id=certificate.participant_id) from None
    return Made(certificate, issued, papers)


def _try(office: Office, facts: EditionFacts, identity: Identity, participant_id: str, asked: Asked) -> None:
    try:
        office.press.sample(facts, identity, asked.now)
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
