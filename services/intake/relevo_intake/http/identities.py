"""The one question that another service may ask: which name, language and display choice go on a certificate."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.tokens import Caller, service_called
from relevo_chassis.edge.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.dossier import Display, Identity, Language
from relevo_intake.domain.participant import NoSuchParticipant
from relevo_intake.store.choosing import PARTICIPANT

router = Routes(tags=["identities"])


class CertificateIdentity(BaseModel):
    """What goes on a certificate, and nothing else."""

    name: str
    language: Language
    display: Display


@router.get("/participants/{participant_id}/identity")
@refuses(NoSuchParticipant, PersonErased)
async def read_identity(
    participant_id: Id,
    purpose: Annotated[Literal["certificate"], Query(description="why; goes on record with who and when")],
    caller: Annotated[Caller, Depends(service_called("certification"))],
    shell: InShell,
) -> CertificateIdentity:
    """One participant's name, language and display choice (certification alone). 410 for somebody who was erased."""
    participant = await shell.store.state(PARTICIPANT(participant_id))
    if participant is None:
        raise NoSuchParticipant(participant_id=participant_id)
    await record_reading(
        shell.committer,
        reader=caller.id,
        purpose=purpose,
        field_sets=(Identity.field_set,),
        person_ids=(participant.person_id,),
        now=shell.clock.now(),
    )
    identity = await shell.vault.open(participant.person_id, Identity.field_set, Identity)
    if identity is None:
        raise PersonErased(participant.person_id)
    return CertificateIdentity(name=identity.name, language=identity.language, display=identity.display)
