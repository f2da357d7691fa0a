"""A coordinator's routes to what an edition's invitations state."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from relevo_certification.commands import invitations
from relevo_certification.commands.invitations import SetTerms
from relevo_certification.domain.edition import NoSuchEdition
from relevo_certification.domain.invitation import InvitationTerms, NothingToInviteTo, TermsDoNotFit
from relevo_certification.http.callers import EditionId, InOffice, MayStateFacts
from relevo_certification.http.forms import TermsForm
from relevo_certification.http.views import terms_answer
from relevo_certification.store import INVITING
from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import if_match_of_any
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes

router = Routes(prefix="/editions", tags=["invitations"])


@router.put("/{edition_id}/invitation", response_model=InvitationTerms, responses=sends(tag=True))
@refuses(NoSuchEdition, TermsDoNotFit)
async def set_invitation_terms(
    edition_id: EditionId,
    form: TermsForm,
    tag: Annotated[str | None, Depends(if_match_of_any)],
    caller: MayStateFacts,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Set what the edition's invitations state beside its facts, which come first; replacing it needs ``If-Match``."""
    command = SetTerms(edition_id, form.terms, tag)
    return await asking.answer(invitations.set_terms, office, command, by=caller.id, respond=terms_answer)


@router.get("/{edition_id}/invitation", response_model=InvitationTerms, responses=sends(tag=True))
@refuses(NothingToInviteTo)
async def read_invitation_terms(edition_id: EditionId, _: MayStateFacts, office: InOffice) -> Response:
    """What the edition's invitations state beside its facts."""
    inviting = await office.store.state(INVITING(edition_id))
    if inviting is None:
        raise NothingToInviteTo()
    return terms_answer(inviting).response()
