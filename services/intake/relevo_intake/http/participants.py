"""Participants of an edition, for coordinators; leaving, for themselves too."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands import participants
from relevo_intake.commands.danger import in_danger
from relevo_intake.commands.office import applicant
from relevo_intake.commands.participants import SeeNames, WithdrawParticipant
from relevo_intake.domain.participant import NoSuchParticipant, participant_id_of
from relevo_intake.http.callers import InOffice, MayKeepParticipants, OwnApplication, OwnKey
from relevo_intake.http.views.seating import (
    NamedParticipantView,
    ParticipantView,
    participant_answer,
    participant_view,
)
from relevo_intake.store.choosing import participants_of_edition

router = Routes(tags=["participants"])


@router.get("/editions/{edition_id}/participants")
@refuses(BadCursor)
async def list_participants(
    edition_id: Id,
    caller: MayKeepParticipants,
    asking: InAsking,
    office: InOffice,
    names: Annotated[
        bool, Query(description="open the names, but of whoever is in danger; goes on record with who and when")
    ] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[NamedParticipantView]:
    """The participants of an edition (coordinator)."""
    cursors = Cursors(office.vault.service_key, "participants", edition_id)
    found = await participants_of_edition(office.store, edition_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.participant_id)
    hidden = await in_danger(office, [each.application_id for each in page.items]) if names else frozenset()
    query = SeeNames([each.person_id for each in page.items if each.application_id not in hidden])
    opened = await participants.see_names(office, query, asking.asked(caller.id)) if names else {}
    items = (
        NamedParticipantView(**participant_view(each).model_dump(), name=opened.get(each.person_id))
        for each in page.items
    )
    return Page(items=tuple(items), next=page.next)


@router.post("/participants/{participant_id}/withdraw", response_model=ParticipantView)
@refuses(NoSuchParticipant)
async def withdraw_participant(
    participant_id: Id, caller: MayKeepParticipants, asking: InAsking, office: InOffice
) -> Response:
    """Take a participant off the course; the seat goes to the waitlist (coordinator)."""
    command = WithdrawParticipant(participant_id)
    return await asking.answer(
        participants.withdraw_participant, office, command, by=caller.id, respond=participant_answer
    )


@router.post("/applications/{application_id}/participation/withdraw", response_model=ParticipantView)
@refuses(NoSuchParticipant)
async def leave_course(
    application_id: Id, application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice
) -> Response:
    """Leave the course (receipt); the seat goes to the waitlist."""
    command, by = WithdrawParticipant(participant_id_of(application_id)), applicant(application_id)
    return await asking.answer(
        participants.withdraw_participant, office, command, by=by, respond=participant_answer, key=key
    )
