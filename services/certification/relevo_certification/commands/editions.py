"""The facts that an edition's certificates state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from relevo_certification.commands.invitations import SAMPLE_NAMES, try_terms
from relevo_certification.commands.office import Office
from relevo_certification.domain.edition import LANGUAGES, Edition, EditionFacts, FactsDoNotFit
from relevo_certification.domain.invitation import Inviting
from relevo_certification.domain.sealed import Identity
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.store import EDITION, INVITING
from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Repeat
from relevo_chassis.http.etag import must_match_if_any


@dataclass(frozen=True, slots=True)
class SetFacts:
    """The facts as they are to be; ``tag`` is the ETag of those that are replaced."""

    edition_id: str
    facts: EditionFacts
    tag: str | None


async def set_facts(office: Office, command: SetFacts, asked: Asked) -> Edition | Repeat:
    """Set or replace the facts. What was issued keeps those it was issued with.

    Raises ``FactsDoNotFit``, ``TermsDoNotFit`` beside what invitations state, ``NoIfMatch`` or ``ChangedSince``.
    """
    inviting = await office.store.state(INVITING(command.edition_id))
    await asyncio.to_thread(_typeset, office, command.facts, inviting, asked.now)
    ref = EDITION(command.edition_id)

    def decide(found: Found) -> Decision[Edition]:
        must_match_if_any(command.tag, found[ref])
        edition = Edition(edition_id=command.edition_id, facts=command.facts)
        on_record = [Decided("edition_facts_set", ref)]
        return Decision(states=[New(ref, edition)], answer=edition, on_record=on_record)

    return await office.commits.commit(asked.change([ref], decide))


def _typeset(office: Office, facts: EditionFacts, inviting: Inviting | None, now: datetime) -> None:
    for language in LANGUAGES:
        try:
            for name in SAMPLE_NAMES:
                office.press.sample(facts, Identity(name=name, language=language, named=True), now)
        except CannotTypeset:
            raise FactsDoNotFit(language=language) from None
    if inviting is not None:
        try_terms(office, facts, inviting.terms, now)
