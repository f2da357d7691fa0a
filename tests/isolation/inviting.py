"""Somebody who had an invitation made before the week, in the world of certification."""

from __future__ import annotations

from datetime import UTC, datetime

from relevo_certification.commands.office import Office
from relevo_chassis.ids import new_id
from relevo_chassis.languages import LANGUAGES
from relevo_testkit.routes import Actor, World

TERMS = {"address": "1889 F Street", "contact": "+1 202", "texts": {language: {} for language in LANGUAGES}}
BEFORE_THE_WEEK = datetime(2019, 11, 20, tzinfo=UTC)


async def invited(world: World, office: Office, participant: Actor, edition_id: str) -> str:
    """The code of the invitation, which stands on the paper alone."""
    place, clock, key = f"/editions/{edition_id}/invitation", world.stand.clock, new_id()
    await world.made("PUT", place, TERMS)
    world.bodies["PUT /editions/{edition_id}/invitation"] = TERMS
    now, clock.at = clock.at, BEFORE_THE_WEEK
    body = {"passport_name": "ANA EJEMPLO", "language": "es"}
    await world.made("POST", "/me/invitations", body, {**participant.headers, "Idempotency-Key": key})
    clock.at = now
    return office.invitation_code(participant.own["participant_id"], key)
