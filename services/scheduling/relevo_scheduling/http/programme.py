"""Routes of coordinators: the draft, its sessions, publication."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.etag import etag_of, if_match
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import Answer, answer_json
from relevo_chassis.edge.paging import After, Cursors, Limit, Page
from relevo_chassis.edge.routes import Routes
from relevo_contracts.model import Count, Id
from relevo_scheduling import store
from relevo_scheduling.commands import programme as commands
from relevo_scheduling.commands.programme import CreateProgramme, EditDraft, Edited, PublishProgramme
from relevo_scheduling.domain.programme import Programme, Version
from relevo_scheduling.domain.refusals import NoSuchProgramme
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.http.callers import Command, Coordinator
from relevo_scheduling.http.forms import FrameForm, SessionForm, SessionsForm
from relevo_scheduling.http.views import DraftView, ProgrammeView, StateView, programme_view

router = Routes(tags=["programme"])
Tag = Annotated[str, Depends(if_match)]


@router.post("/editions/{edition_id}/programme", status_code=201, response_model=DraftView)
async def create(edition_id: Id, body: FrameForm, caller: Coordinator, asked: Command) -> Response:
    """Begin the draft of the edition's week."""
    once = await asked.once(caller, lambda edited: _draft(edited, 201))
    command = CreateProgramme(edition_id, body.frame())
    outcome = await commands.create_programme(asked.shell.by(caller), command, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


@router.get("/programmes")
async def list_programmes(
    _: Coordinator, shell: InShell, edition_id: Id | None = None, limit: Limit = 20, after: After = None
) -> Page[StateView]:
    """Programmes, those of which nothing is published yet among them; of one edition there is at most one."""
    cursors = Cursors(shell.vault.service_key, "programmes", str(edition_id))
    found = await store.programmes(shell.store, edition_id, limit + 1, cursors.after(after))
    rosters = await store.rosters(shell.store, [each.edition_id for each in found])
    views = [_state(each, rosters.get(each.edition_id)) for each in found]
    return cursors.page(views, limit, lambda each: each.programme_id)


@router.get("/programmes/{programme_id}")
async def state(programme_id: Id, _: Coordinator, shell: InShell) -> StateView:
    """Where the programme stands: versions with what they changed, and the closing of the week."""
    programme = await store.programme(shell.store, programme_id)
    return _state(programme, await store.roster_of(shell.store, programme.edition_id))


@router.get("/programmes/{programme_id}/draft")
async def draft(programme_id: Id, _: Coordinator, shell: InShell, response: Response) -> DraftView:
    """The draft with its clashes; its ETag is what an edit sends as If-Match."""
    programme = await store.programme(shell.store, programme_id)
    roster = await store.roster_of(shell.store, programme.edition_id)
    response.headers["ETag"] = etag_of(programme.draft)
    rooms = await store.rooms_of(shell.store, programme.edition_id)
    return DraftView.of(programme, programme.draft_clashes(roster, {id: each.seats for id, each in rooms.items()}))


@router.put("/programmes/{programme_id}/draft", response_model=DraftView)
async def change_frame(programme_id: Id, body: FrameForm, tag: Tag, caller: Coordinator, asked: Command) -> Response:
    """Change days, venue, time zone or groups."""
    command = await _edit(asked, programme_id, tag)
    edited = await commands.change_frame(asked.shell.by(caller), command, body.frame(), asked.now, asked.cause_id)
    return _draft(edited).response()


@router.put("/programmes/{programme_id}/draft/sessions", response_model=DraftView)
async def put_sessions(programme_id: Id, body: SessionsForm, tag: Tag, caller: Coordinator, asked: Command) -> Response:
    """Replace all sessions; those that keep their id are changed, new ones get one."""
    command = await _edit(asked, programme_id, tag)
    edited = await commands.put_sessions(asked.shell.by(caller), command, body.listed(), asked.now, asked.cause_id)
    return _draft(edited).response()


@router.post("/programmes/{programme_id}/draft/sessions", status_code=201, response_model=DraftView)
async def add_session(programme_id: Id, body: SessionForm, caller: Coordinator, asked: Command) -> Response:
    """Add a session; its id is at the end of Location. It needs no If-Match, for it overwrites nobody's work."""
    session_id = new_id()
    location = f"/programmes/{programme_id}/draft/sessions/{session_id}"
    once = await asked.once(caller, lambda edited: _draft(edited, 201, location))
    command = await _edit(asked, programme_id)
    outcome = await commands.add_session(
        asked.shell.by(caller), command, body.session(session_id), once, asked.now, asked.cause_id
    )
    return await asked.answered(once, outcome)


@router.put("/programmes/{programme_id}/draft/sessions/{session_id}", response_model=DraftView)
async def change_session(
    programme_id: Id, session_id: Id, body: SessionForm, tag: Tag, caller: Coordinator, asked: Command
) -> Response:
    """Change a session of the draft."""
    command, session = await _edit(asked, programme_id, tag), body.session(session_id)
    edited = await commands.change_session(asked.shell.by(caller), command, session, asked.now, asked.cause_id)
    return _draft(edited).response()


@router.delete("/programmes/{programme_id}/draft/sessions/{session_id}", response_model=DraftView)
async def remove_session(programme_id: Id, session_id: Id, tag: Tag, caller: Coordinator, asked: Command) -> Response:
    """Take a session out of the draft."""
    command = await _edit(asked, programme_id, tag)
    edited = await commands.remove_session(asked.shell.by(caller), command, session_id, asked.now, asked.cause_id)
    return _draft(edited).response()


@router.post("/programmes/{programme_id}/publish", status_code=201, response_model=Version)
async def publish(programme_id: Id, tag: Tag, caller: Coordinator, asked: Command) -> Response:
    """Publish the draft that If-Match names; answers with what changed."""
    once = await asked.once(caller, lambda version: answer_json(version, 201))
    programme = await store.programme(asked.shell.store, programme_id)
    command = PublishProgramme(programme_id, programme.edition_id, programme.draft.room_ids, tag)
    outcome = await commands.publish_programme(asked.shell.by(caller), command, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


@router.get("/programmes/{programme_id}/versions/{version}")
async def old_version(programme_id: Id, version: Count, _: Coordinator, shell: InShell) -> ProgrammeView:
    """A version as it was published, with rooms and faculty as they are called today."""
    programme = await store.programme(shell.store, programme_id)
    published = await store.version(shell.store, programme_id, version)
    if published is None:
        raise NoSuchProgramme(f"programme {programme_id} has no version {version}")
    rooms = await store.rooms_of(shell.store, programme.edition_id)
    return programme_view(programme, published, rooms, await store.faculty_of(shell.store, programme.edition_id))


def _state(programme: Programme, roster: Roster | None) -> StateView:
    return StateView(
        programme_id=programme.programme_id,
        edition_id=programme.edition_id,
        participants=len(roster.entries) if roster else 0,
        draft_differs=programme.draft_differs,
        versions=programme.history,
        closing=programme.closing,
    )


def _draft(edited: Edited, status: int = 200, location: str | None = None) -> Answer:
    tag = etag_of(edited.programme.draft)
    return answer_json(DraftView.after(edited), status, location=location, etag=tag)


async def _edit(asked: Command, programme_id: str, tag: str | None = None) -> EditDraft:
    programme = await store.programme(asked.shell.store, programme_id)
    return EditDraft(programme_id, programme.edition_id, programme.draft.room_ids, tag)
