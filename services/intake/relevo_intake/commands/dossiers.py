"""All that somebody sent in, opened on record: for whoever it is about, and for casework."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked
from relevo_chassis.people.vault import PersonErased
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.application import Application
from relevo_intake.domain.sealed import Identity, Profile, Statement, Submission
from relevo_intake.shown import Audience, Purpose, submission_shown


@dataclass(frozen=True, slots=True)
class SeeDossier:
    """Whose, to whom it is shown, and what for."""

    application: Application
    to: Audience
    purpose: Purpose


async def see_dossier(office: Office, query: SeeDossier, asked: Asked) -> Submission:
    """Raises ``PersonErased``."""
    person_id, vault = query.application.person_id, office.vault
    fields = (Identity.field_set, Profile.field_set, Statement.field_set)
    await record_reading(office.commits, asked, query.purpose, fields, [person_id])
    identity, profile, statement = await asyncio.gather(
        vault.open(person_id, Identity.field_set, Identity),
        vault.open(person_id, Profile.field_set, Profile),
        vault.open(person_id, Statement.field_set, Statement),
    )
    if identity is None or profile is None:
        raise PersonErased(person_id)
    submission = Submission(identity=identity, profile=profile, statement=statement)
    return submission_shown(submission, query.to, query.purpose)
