"""The one question that another service may ask: which name, language and display choice go on a certificate."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import Caller
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import participants
from relevo_intake.commands.participants import SeeIdentity
from relevo_intake.domain.participant import NoSuchParticipant
from relevo_intake.http.callers import InOffice
from relevo_intake.http.views.seating import CertificateIdentityView, identity_answer
from relevo_intake.rights import RIGHTS, Task

router = Routes(tags=["identities"])


@router.get("/participants/{participant_id}/identity", response_model=CertificateIdentityView)
@refuses(NoSuchParticipant, PersonErased)
async def read_identity(
    participant_id: Id,
    purpose: Annotated[Literal["certificate"], Query(description="why; goes on record with who and when")],
    caller: Annotated[Caller, Depends(RIGHTS.who_may(Task.ASK_IDENTITIES, service="certification"))],
    asking: InAsking,
    office: InOffice,
) -> Response:
    """One participant's name, language and display choice (certification alone). 410 for somebody who was erased."""
    query = SeeIdentity(participant_id, purpose)
    return await asking.answer(participants.see_identity, office, query, by=caller.id, respond=identity_answer)
