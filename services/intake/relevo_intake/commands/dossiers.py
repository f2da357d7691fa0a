"""All that somebody sent in, opened on record: for whoever it is about, and for casework."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked
from relevo_chassis.people.vault import PersonErased
from relevo_intake.commands.answers import answer_fields, answers_of
from relevo_intake.commands.office import Office
from relevo_intake.commands.questions import questions_in_force
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.answers import Submission, answered
from relevo_intake.domain.application import Application
from relevo_intake.domain.sealed import Identity, Profile, Statement
from relevo_intake.shown import Audience, Purpose, submission_shown


@dataclass(frozen=True, slots=True)
class SeeDossier:
    """Whose, to whom it is shown, and what for."""

    application: Application
    to: Audience
    purpose: Purpose


async def see_dossier(office: Office, query: SeeDossier, asked: Asked) -> Submission:
    """Raises ``PersonErased``."""
    application, vault = query.application, office.vault
    person_id = application.person_id
    questions = await questions_in_force(office, application.call_id, asked.now)
    fields = (Identity.field_set, Profile.field_set, Statement.field_set, *answer_fields(questions))
    await record_reading(office.commits, asked, query.purpose, fields, [person_id])
    key = await vault.key_of(person_id)
    identity, profile, statement = await asyncio.gather(
        vault.open_with(key, Identity.field_set, Identity),
        vault.open_with(key, Profile.field_set, Profile),
        vault.open_with(key, Statement.field_set, Statement),
    )
    if identity is None or profile is None:
        raise PersonErased(person_id)
    answers = answered(questions, await answers_of(vault, key, questions), identity.language)
    submission = Submission(identity=identity, profile=profile, statement=statement, answers=answers)
    return submission_shown(submission, query.to, query.purpose)
