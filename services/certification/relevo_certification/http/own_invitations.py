"""A participant's routes to their invitations. The name in the passport comes in, goes on the paper, and is gone."""

from __future__ import annotations

from fastapi import Response

from relevo_certification.commands import invitations
from relevo_certification.commands.invitations import MakeInvitation, SeeInvitations, print_invitation
from relevo_certification.domain.invitation import (
    InvitationsUsedUp,
    NothingToInviteTo,
    NotInvited,
    PassportNameCannotBePrinted,
    WeekIsOver,
)
from relevo_certification.http.callers import Holder, InOffice, OwnParticipantId
from relevo_certification.http.downloads import invitation_download
from relevo_certification.http.forms import InvitationForm
from relevo_certification.http.views import OwnInvitationsView, own_invitations_answer
from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.once import idempotency_key
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased

router = Routes(prefix="/me/invitations", tags=["own invitations"])


@router.get("", response_model=OwnInvitationsView)
@refuses(NotInvited, PersonErased)
async def list_own_invitations(
    own_id: OwnParticipantId, caller: Holder, asking: InAsking, office: InOffice
) -> Response:
    """Which were made, in which language and until when they are valid; and what another would state."""
    query = SeeInvitations(own_id)
    return await asking.answer(invitations.see_invitations, office, query, by=caller.id, respond=own_invitations_answer)


@router.post("", response_class=Response, responses=sends("application/pdf"))
@refuses(InvitationsUsedUp, NothingToInviteTo, NotInvited, PassportNameCannotBePrinted, PersonErased, WeekIsOver)
async def make_own_invitation(
    own_id: OwnParticipantId, form: InvitationForm, caller: Holder, asking: InAsking, office: InOffice
) -> Response:
    """Make an invitation to the on-site week: one page as PDF, with a code by which anybody can verify it.

    The name is kept nowhere, and neither is the PDF: a request that is repeated makes the same one again, as long as
    the invitation is valid.
    """
    code = office.invitation_code(own_id, idempotency_key(asking.request))
    command = MakeInvitation(own_id, form.language, form.passport_name, code)
    await asking.answer(invitations.make_invitation, office, command, by=caller.id)
    return invitation_download(await print_invitation(office, command, asking.asked(caller.id).now))
