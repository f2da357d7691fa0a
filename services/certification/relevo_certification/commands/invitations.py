"""Invitations to the on-site week: what they state, and each as it is asked for, with a name that is kept nowhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from relevo_certification.calendar import day_of
from relevo_certification.commands.office import Office
from relevo_certification.deadlines import invitation_row
from relevo_certification.domain.certificate import Certificate, edition_of
from relevo_certification.domain.edition import LANGUAGES, Edition, EditionFacts, Language
from relevo_certification.domain.invitation import (
    MOST,
    Invitation,
    Invitations,
    InvitationStatus,
    InvitationTerms,
    Inviting,
    NothingToInviteTo,
    NotInvited,
    PassportNameCannotBePrinted,
    Stated,
    TermsDoNotFit,
    WeekIsOver,
    invite,
    require_invited,
    status_of,
)
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.store import CERTIFICATE, EDITION, INVITATIONS, INVITING, facts_of, invitation_link_row
from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Repeat
from relevo_chassis.http.etag import must_match_if_any
from relevo_chassis.people.vault import PersonErased

SAMPLE_NAMES = ("María José Ñandú de la O y Gutiérrez", " ".join(["W" * 49] * 4))
"""One as there are many, and one that takes all the room that a name can take."""


@dataclass(frozen=True, slots=True)
class SetTerms:
    """The terms as they are to be; ``tag`` is the ETag of those that are replaced."""

    edition_id: str
    terms: InvitationTerms
    tag: str | None


async def set_terms(office: Office, command: SetTerms, asked: Asked) -> Inviting | Repeat:
    """Set or replace what invitations state beside the facts of the edition; those that were made keep theirs.

    Raises ``NoSuchEdition``, ``TermsDoNotFit``, ``NoIfMatch`` or ``ChangedSince``.
    """
    facts = await facts_of(office.store, command.edition_id)
    await asyncio.to_thread(try_terms, office, facts, command.terms, asked.now)
    ref = INVITING(command.edition_id)

    def decide(found: Found) -> Decision[Inviting]:
        must_match_if_any(command.tag, found[ref])
        inviting = Inviting(edition_id=command.edition_id, terms=command.terms)
        on_record = [Decided("invitation_terms_set", ref)]
        return Decision(states=[New(ref, inviting)], answer=inviting, on_record=on_record)

    return await office.commits.commit(asked.change([ref], decide))


def try_terms(office: Office, facts: EditionFacts, terms: InvitationTerms, now: datetime) -> None:
    """Whether invitations that state this can be printed. Raises ``TermsDoNotFit``."""
    for language in LANGUAGES:
        made = Invitation(invitation_id="", made_at=now, language=language, facts=facts, terms=terms)
        try:
            for name in SAMPLE_NAMES:
                office.press.invitation(made, name, None)
        except CannotTypeset:
            raise TermsDoNotFit(language=language) from None


@dataclass(frozen=True, slots=True)
class MakeInvitation:
    """``passport_name`` goes on paper and nowhere else; ``code`` verifies that paper."""

    participant_id: str
    language: Language
    passport_name: str = field(repr=False)
    code: str = field(repr=False)


async def make_invitation(office: Office, command: MakeInvitation, asked: Asked) -> Repeat | None:
    """Keep that an invitation was made, in which language and what it states; ``print_invitation`` hands it out.

    Raises ``PersonErased``, ``NotInvited``, ``NothingToInviteTo``, ``WeekIsOver``, ``InvitationsUsedUp`` or
    ``PassportNameCannotBePrinted``.
    """
    participant = CERTIFICATE(command.participant_id)
    edition_id = edition_of(await _invited(office, command.participant_id))
    edition, inviting, ref = EDITION(edition_id), INVITING(edition_id), INVITATIONS(command.participant_id)
    tried = _stated(await office.store.state(edition), await office.store.state(inviting))
    await _printed(office, _made(office, command, tried, asked), command)

    def decide(found: Found) -> Decision[None]:
        require_invited(found[participant])
        made = _made(office, command, _stated(found[edition], found[inviting]), asked)
        before = found[ref] or Invitations(participant_id=ref.id, edition_id=edition_id)
        link = invitation_link_row(office.invitation_hash(command.code), ref.id, made.invitation_id)
        after = invite(before, made, day_of(made.facts, asked.now))
        return Decision(states=[New(ref, after)], rows=[link, invitation_row(ref.id, made)])

    return await office.commits.commit(asked.change([participant, edition, inviting, ref], decide))


async def print_invitation(office: Office, command: MakeInvitation, now: datetime) -> bytes:
    """The paper of an invitation that was made, from the name that came with this request; the same each time.

    Raises ``PersonErased``, ``NotInvited``, ``WeekIsOver`` or ``PassportNameCannotBePrinted``.
    """
    await _invited(office, command.participant_id)
    kept = await office.store.state(INVITATIONS(command.participant_id))
    if kept is None:
        raise NotInvited()
    made = kept.of(office.invitation_id(command.code))
    if day_of(made.facts, now) > made.facts.last_on:
        raise WeekIsOver(last_on=made.facts.last_on.isoformat())
    return await _printed(office, made, command)


class Own(NamedTuple):
    """What there is of invitations for one participant; ``stated`` is what another would state, once that is set."""

    made: tuple[tuple[Invitation, InvitationStatus], ...]
    stated: Stated | None
    is_over: bool

    @property
    def left(self) -> int:
        """How many more can be made now."""
        return max(0, MOST - len(self.made)) if self.stated and not self.is_over else 0


@dataclass(frozen=True, slots=True)
class SeeInvitations:
    participant_id: str


async def see_invitations(office: Office, query: SeeInvitations, asked: Asked) -> Own:
    """Which were made, and what another would state. Raises ``PersonErased`` or ``NotInvited``."""
    participant = await _invited(office, query.participant_id)
    stated = await stated_by(office, edition_of(participant))
    kept = await office.store.state(INVITATIONS(query.participant_id))
    made = kept.made if kept else ()
    standing = [(each, status_of(each, participant, stated, day_of(each.facts, asked.now))) for each in made]
    is_over = stated is not None and day_of(stated[0], asked.now) > stated[0].last_on
    return Own(tuple(standing), stated, is_over)


async def stated_by(office: Office, edition_id: str) -> Stated | None:
    """What invitations of an edition state now; ``None`` as long as it is not set."""
    edition = await office.store.state(EDITION(edition_id))
    inviting = await office.store.state(INVITING(edition_id))
    return Stated(edition.facts, inviting.terms) if edition and inviting else None


async def _invited(office: Office, participant_id: str) -> Certificate:
    found = await office.store.state(CERTIFICATE(participant_id))
    if found is not None and found.erased:
        raise PersonErased(participant_id)
    return require_invited(found)


def _stated(edition: Edition | None, inviting: Inviting | None) -> Stated:
    """Raises ``NothingToInviteTo``."""
    if edition is None or inviting is None:
        raise NothingToInviteTo()
    return Stated(edition.facts, inviting.terms)


def _made(office: Office, command: MakeInvitation, stated: Stated, asked: Asked) -> Invitation:
    return Invitation(
        invitation_id=office.invitation_id(command.code),
        made_at=asked.now,
        language=command.language,
        facts=stated.facts,
        terms=stated.terms,
        name_hash=office.name_hash(command.code, command.passport_name),
    )


async def _printed(office: Office, made: Invitation, command: MakeInvitation) -> bytes:
    """Raises ``PassportNameCannotBePrinted``."""
    try:
        return await asyncio.to_thread(office.press.invitation, made, command.passport_name, command.code)
    except CannotTypeset as refused:
        why = refused.name
        raise PassportNameCannotBePrinted(
            reason=why.reason if why else "page", character=why.character if why else None
        ) from None
