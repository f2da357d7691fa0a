"""The facts that an edition's certificates state."""

from __future__ import annotations

import asyncio
from datetime import datetime

from relevo_certification.commands.office import Office
from relevo_certification.domain.edition import LANGUAGES, Edition, EditionFacts
from relevo_certification.domain.refusals import FactsDoNotFit
from relevo_certification.domain.sealed import Identity
from relevo_certification.pdf.typeset import CannotTypeset
from relevo_certification.store import EDITION
from relevo_chassis.delivery.change import Change, Decided, Decision, Found, New, unrepeated
from relevo_chassis.edge.etag import NoIfMatch, must_match

_SAMPLE_NAMES = ("María José Ñandú de la O y Gutiérrez", " ".join(["W" * 49] * 4))
"""One as there are many, and one that takes all the room that a name can take."""


async def set_facts(
    office: Office, edition_id: str, facts: EditionFacts, tag: str | None, now: datetime, cause_id: str
) -> Edition:
    """Set or replace the facts. What was issued keeps those it was issued with.

    ``tag`` is the ETag of the facts that are replaced. Raises ``FactsDoNotFit``, ``NoIfMatch`` or ``ChangedSince``.
    """
    await asyncio.to_thread(_typeset, office, facts, now)
    ref = EDITION(edition_id)

    def decide(found: Found) -> Decision[Edition]:
        known = found[ref]
        if known is not None:
            if tag is None:
                raise NoIfMatch()
            must_match(tag, known)
        edition = Edition(edition_id=edition_id, facts=facts)
        on_record = [Decided("edition_facts_set", ref)]
        return Decision(states=[New(ref, edition)], answer=edition, on_record=on_record)

    set_to = unrepeated(await office.commits.commit(Change([ref], decide, now, cause_id)))
    return set_to


def _typeset(office: Office, facts: EditionFacts, now: datetime) -> None:
    for language in LANGUAGES:
        try:
            for name in _SAMPLE_NAMES:
                office.press.sample(facts, Identity(name=name, language=language, named=True), now)
        except CannotTypeset:
            raise FactsDoNotFit(language=language) from None
