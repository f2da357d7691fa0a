"""Passages that tell who wrote a text, struck out of what reviewers see of it; what was sent in stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Repeat, Row
from relevo_chassis.people.vault import SEALED, PersonErased, sealed_row
from relevo_intake.commands.answers import answer_fields, texts_answered
from relevo_intake.commands.office import Office
from relevo_intake.commands.questions import questions_in_force
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain import details
from relevo_intake.domain.answers import for_reviewers, texts_for_reviewers
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.blindness import Passage, Writer, passages, redact
from relevo_intake.domain.call import Call
from relevo_intake.domain.details import CorrectedMeanwhile, Details
from relevo_intake.domain.questions import Question
from relevo_intake.domain.sealed import TEXTS, DraftDossier, Identity, Profile, Redaction, Statement, Struck
from relevo_intake.store.people import APPLICATION, DETAILS

OPENED = (Identity.field_set, Profile.field_set, Statement.field_set, Redaction.field_set)


@dataclass(frozen=True, slots=True)
class SeeRevealingTexts:
    """Applications of one call whose texts to look through, and what the call asks besides."""

    applications: Sequence[Application]
    questions: Sequence[Question] = ()


@dataclass(frozen=True, slots=True)
class SeeTexts:
    """Whose texts."""

    application: Application


@dataclass(frozen=True, slots=True)
class RedactTexts:
    """All that is to be struck out of an application's texts."""

    application: Application
    struck: Sequence[Struck]


class RevealingTexts(NamedTuple):
    """An application's texts, where they tell who wrote them, and how reviewers see them if not like that.

    ``answers`` are the texts among the answers that reviewers see, by where they stand.
    """

    statement: Statement
    answers: Mapping[str, str]
    passages: tuple[Passage, ...]
    redaction: Redaction | None


class TextsOfApplication(NamedTuple):
    """Those of one application."""

    application_id: str
    revealing: RevealingTexts


async def see_revealing_texts(office: Office, query: SeeRevealingTexts, asked: Asked) -> dict[str, RevealingTexts]:
    """What the texts of these applications tell of who wrote them, by application; opened on record.

    Whoever was erased is missing.
    """
    vault, people = office.vault, {each.person_id: each.application_id for each in query.applications}
    asked_for = answer_fields([each for each in for_reviewers(query.questions) if each.kind == "text"])
    await record_reading(office.commits, asked, "casework", [*OPENED, *asked_for], people)
    identities = await vault.open_many(people, Identity.field_set, Identity)
    profiles = await vault.open_many(people, Profile.field_set, Profile)
    statements = await vault.open_many(people, Statement.field_set, Statement)
    redactions = await vault.open_many(people, Redaction.field_set, Redaction)
    answers = await texts_answered(vault, [*people], query.questions)
    found = {}
    for person_id, application_id in people.items():
        identity, profile, statement = identities[person_id], profiles[person_id], statements[person_id]
        if identity and profile and statement:
            writer = Writer(identity.name, identity.contact, profile.organisation)
            where = await asyncio.to_thread(passages, texts_of(statement), writer)
            found[application_id] = RevealingTexts(statement, answers[person_id], where, redactions[person_id])
    return found


async def see_texts(office: Office, query: SeeTexts, asked: Asked) -> TextsOfApplication:
    """The texts of one application, where they tell who wrote them. Raises ``PersonErased`` or ``NoLongerKept``."""
    application = query.application
    (await office.vault.key_of(application.person_id)).lacks([Statement])
    questions = await questions_in_force(office, application.call_id, asked.now)
    found = await see_revealing_texts(office, SeeRevealingTexts([application], questions), asked)
    if application.application_id not in found:
        raise PersonErased(application.person_id)
    return TextsOfApplication(application.application_id, found[application.application_id])


async def redact_texts(office: Office, command: RedactTexts, asked: Asked) -> Details | Repeat:
    """Strike these passages, and no others, out of what reviewers see; none at all shows the texts whole again.

    Raises ``PassageNotFound``, ``CorrectedMeanwhile`` or ``ApplicationWasWithdrawn``.
    """
    application, struck, now = command.application, command.struck, asked.now
    ref, details_ref = APPLICATION(application.application_id), DETAILS(application.application_id)
    before = await office.store.state(details_ref)
    _, revealing = await see_texts(office, SeeTexts(application), asked)
    key = await office.vault.key_of(application.person_id)
    place = f"{application.person_id}/{Redaction.field_set}"
    row = (
        sealed_row(key, Redaction.field_set, redact(revealing.statement, revealing.answers, struck))
        if struck
        else Row(SEALED, place, None)
    )

    def decide(found: Found) -> Decision[Details]:
        one = found[ref]
        if one is None or one.state == "erased":
            raise NoSuchApplication()
        if not one.alive:
            raise ApplicationWasWithdrawn(application_id=one.application_id)
        known = found[details_ref] or Details(application_id=one.application_id, call_id=one.call_id)
        if known.changes != (before.changes if before else 0):
            raise CorrectedMeanwhile(application_id=one.application_id)
        changed = details.redacted(known, now if struck else None)
        code = "texts_redacted" if struck else "texts_shown_whole"
        on_record = [Decided(code, details_ref, (one.call_id,))]
        return Decision([New(details_ref, changed)], rows=[row], answer=changed, on_record=on_record)

    return await office.commits.commit(asked.change([ref, details_ref], decide))


async def revealing_passages(call: Call, content: DraftDossier) -> tuple[Passage, ...]:
    """Where reviewers of this call could tell who writes from what is written so far; nothing unless they are blind."""
    if not call.criteria.blind:
        return ()
    texts: dict[str, str | None] = {name: getattr(content, name) for name in TEXTS}
    texts |= texts_for_reviewers(call.questions_in_force, content.answers or {})
    writer = Writer(content.name, content.contact, content.organisation)
    return await asyncio.to_thread(passages, texts, writer)


def texts_of(statement: Statement) -> Mapping[str, str]:
    return {name: getattr(statement, name) for name in TEXTS}
