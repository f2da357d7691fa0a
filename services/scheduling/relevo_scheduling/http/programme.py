"""Routes of coordinators: the draft, its sessions, publication."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import etag_of, if_match
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.ids import new_id
from relevo_contracts.model import Count, Id
from relevo_scheduling import store
from relevo_scheduling.commands import programme
from relevo_scheduling.commands.programme import (
    AddSession,
    ChangeFrame,
    ChangeSession,
    CreateProgramme,
    PublishProgramme,
    RemoveSession,
    ReplaceSessions,
)
from relevo_scheduling.domain.programme import (
    DraftHasClashes,
    FacultyIsUnknown,
    GroupIsInUse,
    GroupIsUnknown,
    NoSuchProgramme,
    NoSuchSession,
    NothingIsRequired,
    ProgrammeExists,
    RoomIsUnknown,
    SessionOutsideTheWeek,
    Version,
    WeekIsClosed,
)
from relevo_scheduling.domain.publication import NothingToPublish
from relevo_scheduling.http.callers import InOffice, MayListProgrammes, MayPlanWeek
from relevo_scheduling.http.forms import FrameForm, SessionForm, SessionsForm
from relevo_scheduling.http.views.week import (
    DraftView,
    ProgrammeView,
    StateView,
    draft_answer,
    made_answer,
    new_draft_answer,
    programme_view,
    state_view,
)
from relevo_scheduling.rights import RIGHTS, Task

router = Routes(tags=["programme"])
SESSION_REFUSALS = (
    *(FacultyIsUnknown, GroupIsUnknown, RoomIsUnknown),
    *(NoSuchProgramme, SessionOutsideTheWeek, WeekIsClosed),
)
"""What is refused of any session of a draft."""
Tag = Annotated[str, Depends(if_match)]


@router.post(
    "/editions/{edition_id}/programme", status_code=201, response_model=DraftView, responses=sends(status=201, tag=True)
)
@refuses(ProgrammeExists)
async def create_programme(
    edition_id: Id, form: FrameForm, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    """Begin the draft of the edition's week."""
    command = CreateProgramme(edition_id, form.frame())
    return await asking.answer(programme.create_programme, office, command, by=caller.id, respond=new_draft_answer)


@router.get("/programmes")
@refuses(BadCursor)
async def list_programmes(
    caller: MayListProgrammes, shell: InShell, edition_id: Id | None = None, limit: Limit = 20, after: After = None
) -> Page[StateView]:
    """Programmes, those of which nothing is published yet among them; of one edition there is at most one."""
    editions = RIGHTS.looked_into(caller, Task.PLAN_WEEK, edition_id)
    cursors = Cursors(shell.vault.service_key, "programmes", str(editions))
    found = await store.programmes(shell.store, editions, limit + 1, cursors.after(after))
    rosters = await store.rosters(shell.store, [each.edition_id for each in found])
    views = [state_view(each, rosters.get(each.edition_id)) for each in found]
    return cursors.page(views, limit, lambda each: each.programme_id)


@router.get("/programmes/{programme_id}")
@refuses(NoSuchProgramme)
async def read_programme(programme_id: Id, _: MayPlanWeek, shell: InShell) -> StateView:
    """Where the programme stands: versions with what they changed, and the closing of the week."""
    found = await store.programme_of(shell.store, programme_id)
    return state_view(found, await store.roster_of(shell.store, found.edition_id))


@router.get("/programmes/{programme_id}/draft", responses=sends(tag=True))
@refuses(NoSuchProgramme)
async def read_draft(programme_id: Id, _: MayPlanWeek, shell: InShell, response: Response) -> DraftView:
    """The draft with its clashes; its ETag is what an edit sends as If-Match."""
    found = await store.programme_of(shell.store, programme_id)
    roster = await store.roster_of(shell.store, found.edition_id)
    response.headers["ETag"] = etag_of(found.draft)
    rooms = await store.rooms_of(shell.store, found.edition_id)
    return DraftView.of(found, found.draft_clashes(roster, {id: each.seats for id, each in rooms.items()}))


@router.put("/programmes/{programme_id}/draft", response_model=DraftView, responses=sends(tag=True))
@refuses(GroupIsInUse, NoSuchProgramme, SessionOutsideTheWeek, WeekIsClosed, FacultyIsUnknown, RoomIsUnknown)
async def change_frame(
    programme_id: Id, form: FrameForm, tag: Tag, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    """Change days, venue, time zone or groups."""
    command = ChangeFrame(programme_id, form.frame(), tag)
    return await asking.answer(programme.change_frame, office, command, by=caller.id, respond=draft_answer)


@router.put("/programmes/{programme_id}/draft/sessions", response_model=DraftView, responses=sends(tag=True))
@refuses(*SESSION_REFUSALS)
async def replace_sessions(
    programme_id: Id, form: SessionsForm, tag: Tag, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    """Replace all sessions; those that keep their id are changed, new ones get one."""
    command = ReplaceSessions(programme_id, form.listed(), tag)
    return await asking.answer(programme.replace_sessions, office, command, by=caller.id, respond=draft_answer)


@router.post(
    "/programmes/{programme_id}/draft/sessions",
    status_code=201,
    response_model=DraftView,
    responses=sends(status=201, tag=True),
)
@refuses(*SESSION_REFUSALS)
async def add_session(
    programme_id: Id, form: SessionForm, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    """Add a session; its id is at the end of Location. It needs no If-Match, for it overwrites nobody's work."""
    command = AddSession(programme_id, form.session(new_id()))
    return await asking.answer(programme.add_session, office, command, by=caller.id, respond=new_draft_answer)


@router.put(
    "/programmes/{programme_id}/draft/sessions/{session_id}", response_model=DraftView, responses=sends(tag=True)
)
@refuses(*SESSION_REFUSALS, NoSuchSession)
async def change_session(
    programme_id: Id,
    session_id: Id,
    form: SessionForm,
    tag: Tag,
    caller: MayPlanWeek,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Change a session of the draft."""
    command = ChangeSession(programme_id, form.session(session_id), tag)
    return await asking.answer(programme.change_session, office, command, by=caller.id, respond=draft_answer)


@router.delete(
    "/programmes/{programme_id}/draft/sessions/{session_id}", response_model=DraftView, responses=sends(tag=True)
)
@refuses(NoSuchProgramme, NoSuchSession, WeekIsClosed, FacultyIsUnknown, RoomIsUnknown)
async def remove_session(
    programme_id: Id, session_id: Id, tag: Tag, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    """Take a session out of the draft."""
    command = RemoveSession(programme_id, session_id, tag)
    return await asking.answer(programme.remove_session, office, command, by=caller.id, respond=draft_answer)


@router.post("/programmes/{programme_id}/publish", status_code=201, response_model=Version)
@refuses(DraftHasClashes, NoSuchProgramme, NothingIsRequired, NothingToPublish, WeekIsClosed)
async def publish_programme(
    programme_id: Id, tag: Tag, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    """Publish the draft that If-Match names; answers with what changed."""
    command = PublishProgramme(programme_id, tag)
    return await asking.answer(programme.publish_programme, office, command, by=caller.id, respond=made_answer)


@router.get("/programmes/{programme_id}/versions/{version}")
@refuses(NoSuchProgramme)
async def read_version(programme_id: Id, version: Count, _: MayPlanWeek, shell: InShell) -> ProgrammeView:
    """A version as it was published, with rooms and faculty as they are called today."""
    found = await store.programme_of(shell.store, programme_id)
    published = await store.version_of(shell.store, programme_id, version)
    if published is None:
        raise NoSuchProgramme(programme_id=programme_id, version=version)
    rooms = await store.rooms_of(shell.store, found.edition_id)
    return programme_view(found, published, rooms, await store.faculty_of(shell.store, found.edition_id))
