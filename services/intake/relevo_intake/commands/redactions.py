"""Passages that tell who wrote a text, struck out of what reviewers see of it; what was sent in stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.vault import SEALED, PersonErased, Vault, sealed_row
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain import details as corrections
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.blindness import TEXTS, Given, Passage, Redaction, Struck, TextName, passages, redact
from relevo_intake.domain.call import Call
from relevo_intake.domain.details import CorrectedMeanwhile, Details
from relevo_intake.domain.dossier import DraftDossier, Identity, Profile, Statement
from relevo_intake.store.people import APPLICATION, DETAILS

OPENED = (Identity.field_set, Profile.field_set, Statement.field_set, Redaction.field_set)


class Telling(NamedTuple):
    """An application's texts, where they tell who wrote them, and how reviewers see them if not like that."""

    statement: Statement
    passages: tuple[Passage, ...]
    redaction: Redaction | None


async def read_telling(
    commits: Commits, store: Store, vault: Vault, applications: Sequence[Application], reader: str, now: datetime
) -> dict[str, Telling]:
    """What the texts of these applications tell of who wrote them, by application; opened on record.

    Whoever was erased is missing.
    """
    people = {each.person_id: each.application_id for each in applications}
    await record_reading(commits, reader=reader, purpose="casework", field_sets=OPENED, person_ids=people, now=now)
    identities = await vault.open_many(people, Identity.field_set, Identity)
    profiles = await vault.open_many(people, Profile.field_set, Profile)
    statements = await vault.open_many(people, Statement.field_set, Statement)
    redactions = await vault.open_many(people, Redaction.field_set, Redaction)
    found = {}
    for person_id, application_id in people.items():
        identity, profile, statement = identities[person_id], profiles[person_id], statements[person_id]
        if identity and profile and statement:
            given = Given(identity.name, identity.contact, profile.organisation)
            where = await asyncio.to_thread(passages, texts_of(statement), given)
            found[application_id] = Telling(statement, where, redactions[person_id])
    return found


async def redact_texts(
    commits: Commits,
    store: Store,
    vault: Vault,
    application: Application,
    struck: Sequence[Struck],
    by: str,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Strike these passages, and no others, out of what reviewers see; none at all shows the texts whole again.

    Answers the ``Details``. Raises ``PassageNotFound``, ``CorrectedMeanwhile`` or ``ApplicationWasWithdrawn``.
    """
    ref, details_ref = APPLICATION(application.application_id), DETAILS(application.application_id)
    before = await store.state(details_ref)
    [telling] = (await read_telling(commits, store, vault, [application], by, now)).values() or [None]
    if telling is None:
        raise PersonErased(application.person_id)
    key = await vault.key_of(application.person_id)
    place = f"{application.person_id}/{Redaction.field_set}"
    row = (
        sealed_row(key, Redaction.field_set, redact(telling.statement, struck)) if struck else Row(SEALED, place, None)
    )

    def decide(found: Found) -> Decision[Details]:
        one = found[ref]
        if one is None or one.state == "erased":
            raise NoSuchApplication()
        if not one.alive:
            raise ApplicationWasWithdrawn(application_id=one.application_id)
        details = found[details_ref] or Details(application_id=one.application_id, call_id=one.call_id)
        if details.changes != (before.changes if before else 0):
            raise CorrectedMeanwhile(application_id=one.application_id)
        changed = corrections.redacted(details, now if struck else None)
        code = "texts_redacted" if struck else "texts_shown_whole"
        on_record = [Decided(code, details_ref, (one.call_id,))]
        return Decision([New(details_ref, changed)], rows=[row], answer=changed, on_record=on_record)

    return await commits.commit(Change([ref, details_ref], decide, now, cause_id, once=once, by=by))


async def telling_passages(call: Call, content: DraftDossier) -> tuple[Passage, ...]:
    """Where reviewers of this call could tell who writes from what is written so far; nothing unless they are blind."""
    if not call.criteria.blind:
        return ()
    texts: dict[TextName, str | None] = {name: getattr(content, name) for name in TEXTS}
    given = Given(content.name, content.contact, content.organisation)
    return await asyncio.to_thread(passages, texts, given)


def texts_of(statement: Statement) -> Mapping[TextName, str]:
    return {name: getattr(statement, name) for name in TEXTS}
