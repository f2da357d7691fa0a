"""What participants need for the on-site week: theirs to state; for staff who see to it, on record; for coordinators
only whether it was stated."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import if_match
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import needs
from relevo_intake.commands.needs import ClearNeeds, CountNeeds, SeeNeeds, SeeOwnNeeds, StateNeeds
from relevo_intake.commands.office import applicant
from relevo_intake.domain.needs import DaysAreFarFromWeek, NeedsAreGone, NoSeatAccepted
from relevo_intake.domain.participant import NoSuchParticipant
from relevo_intake.http.callers import InOffice, MayFollowNeeds, MayReadNeeds, OwnApplication
from relevo_intake.http.forms.needs import NeedsForm
from relevo_intake.http.views.needs import (
    NeedsCountView,
    OwnNeedsView,
    ParticipantNeedsView,
    StatedListView,
    needs_count_answer,
    own_needs_answer,
    participant_needs_answer,
    stated_view,
)

router = Routes(tags=["needs"])
Tag = Annotated[str, Depends(if_match)]


@router.get("/me/needs", response_model=OwnNeedsView, responses=sends(tag=True))
@refuses(NeedsAreGone, NoSeatAccepted)
async def read_own_needs(application: OwnApplication, asking: InAsking, office: InOffice) -> Response:
    """What I need for the week, as I stated it (receipt or token)."""
    query, by = SeeOwnNeeds(application), applicant(application.application_id)
    return await asking.answer(needs.see_own_needs, office, query, by=by, respond=own_needs_answer)


@router.put("/me/needs", response_model=OwnNeedsView, responses=sends(tag=True))
@refuses(DaysAreFarFromWeek, NeedsAreGone, NoSeatAccepted)
async def state_needs(
    form: NeedsForm, tag: Tag, application: OwnApplication, asking: InAsking, office: InOffice
) -> Response:
    """State what I need for the week, whole, in place of what I stated before (receipt or token).

    Needs If-Match, also the first time, so that two devices do not overwrite each other.
    """
    command, by = StateNeeds(application, form.needs(), tag), applicant(application.application_id)
    return await asking.answer(needs.state_needs, office, command, by=by, respond=own_needs_answer)


@router.delete("/me/needs", status_code=204)
@refuses(NeedsAreGone, NoSeatAccepted)
async def clear_needs(application: OwnApplication, asking: InAsking, office: InOffice) -> Response:
    """Take it back: what I stated is destroyed at once (receipt or token)."""
    command, by = ClearNeeds(application), applicant(application.application_id)
    return await asking.answer(needs.clear_needs, office, command, by=by)


@router.get("/editions/{edition_id}/needs")
@refuses(BadCursor)
async def list_stated_needs(
    edition_id: Id,
    _: MayFollowNeeds,
    office: InOffice,
    stated: Annotated[bool | None, Query(description="only who stated what they need, or only who did not")] = None,
    after: After = None,
    limit: Limit = 50,
) -> StatedListView:
    """Which participants stated what they need, and not what (travel, coordinator)."""
    cursors = Cursors(office.vault.service_key, "needs", edition_id, str(stated))
    begin = cursors.after(after) or ""
    views = [stated_view(*each) for each in await needs.stated_in_edition(office, edition_id)]
    wanted = [each for each in views if stated in (None, each.stated)]
    page = cursors.page([each for each in wanted if each.participant_id > begin], limit, lambda it: it.participant_id)
    return StatedListView(
        items=page.items,
        total=len(wanted),
        participants=len(views),
        stated=sum(each.stated for each in views),
        next=page.next,
    )


@router.get("/editions/{edition_id}/needs/count", response_model=NeedsCountView)
@refuses(NeedsAreGone)
async def read_needs_count(edition_id: Id, caller: MayReadNeeds, asking: InAsking, office: InOffice) -> Response:
    """What is to be interpreted for how many, opened on record (travel)."""
    query = CountNeeds(edition_id)
    return await asking.answer(needs.count_needs, office, query, by=caller.id, respond=needs_count_answer)


@router.get("/participants/{participant_id}/needs", response_model=ParticipantNeedsView)
@refuses(NeedsAreGone, NoSuchParticipant, PersonErased)
async def read_needs(participant_id: Id, caller: MayReadNeeds, asking: InAsking, office: InOffice) -> Response:
    """What a participant needs, opened on record (travel)."""
    query = SeeNeeds(participant_id)
    return await asking.answer(needs.see_needs, office, query, by=caller.id, respond=participant_needs_answer)
