"""Participants of an edition, for coordinators; leaving, for themselves too."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.delivery.change import Commits
from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.once import Answer, HttpOnce, answer_json, answered, once_of
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.shell import Shell
from relevo_chassis.edge.tokens import Caller
from relevo_contracts import Requirements, derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.participants import withdraw_participant
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.dossier import Identity
from relevo_intake.domain.participant import NoSuchParticipant, Participant, participant_id_of
from relevo_intake.http.callers import Coordinator, Holder
from relevo_intake.http.offers import settle
from relevo_intake.store.choosing import PARTICIPANT, participants_of_edition

router = Routes(tags=["participants"])


class ParticipantView(BaseModel):
    """A participant: ids and states."""

    participant_id: Id
    application_id: Id
    call_id: Id
    edition_id: Id
    state: Literal["enrolled", "withdrawn"]
    enrolled_at: datetime
    withdrawn_at: datetime | None
    requirements: Requirements


class NamedParticipantView(ParticipantView):
    """A participant, with the name when it was asked for; null for somebody who was erased."""

    name: str | None = Field(default=None, description="only with names=true, which goes on record")


@router.get("/editions/{edition_id}/participants")
@refuses(BadCursor)
async def list_participants(
    edition_id: Id,
    caller: Coordinator,
    shell: InShell,
    names: Annotated[bool, Query(description="open the names; goes on record with who and when")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[NamedParticipantView]:
    """The participants of an edition (coordinator)."""
    cursors = Cursors(shell.vault.service_key, "participants", edition_id)
    found = await participants_of_edition(shell.store, edition_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.participant_id)
    opened = await _names(shell, caller, [each.person_id for each in page.items]) if names else {}
    items = (NamedParticipantView(**_view(each).model_dump(), name=opened.get(each.person_id)) for each in page.items)
    return Page(items=tuple(items), next=page.next)


@router.post("/participants/{participant_id}/withdrawal", response_model=ParticipantView)
@refuses(NoSuchParticipant)
async def withdraw(request: Request, participant_id: Id, caller: Coordinator, shell: InShell) -> Response:
    """Take a participant off the course; the seat goes to the waitlist (coordinator)."""
    participant = await shell.store.state(PARTICIPANT(participant_id))
    if participant is None:
        raise NoSuchParticipant()
    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault, _answer)
    return await _withdrawn(shell, shell.by(caller), participant, once)


@router.post("/applications/{application_id}/participation/withdrawal", response_model=ParticipantView)
@refuses(NoSuchParticipant)
async def leave(request: Request, application_id: Id, application: Holder, shell: InShell) -> Response:
    """Leave the course (receipt); the seat goes to the waitlist."""
    participant = await shell.store.state(PARTICIPANT(participant_id_of(application_id)))
    if participant is None:
        raise NoSuchParticipant()
    key = await shell.vault.key_of(application.person_id)
    once = await once_of(request, application_id, key, shell.vault, _answer)
    return await _withdrawn(shell, shell.committer, participant, once)


async def _withdrawn(shell: Shell, commits: Commits, participant: Participant, once: HttpOnce) -> Response:
    cause_id = derived_id("request", once.key)
    outcome = await withdraw_participant(commits, participant, once, shell.clock.now(), cause_id)
    await settle(shell, participant.call_id, cause_id)
    return await answered(shell.vault, once, outcome)


async def _names(shell: Shell, caller: Caller, people: list[str]) -> dict[str, str]:
    await record_reading(
        shell.committer,
        reader=caller.id,
        purpose="listing",
        field_sets=(Identity.field_set,),
        person_ids=people,
        now=shell.clock.now(),
    )
    found = await shell.vault.open_many(people, Identity.field_set, Identity)
    return {person_id: identity.name for person_id, identity in found.items() if identity is not None}


def _view(participant: Participant) -> ParticipantView:
    return ParticipantView(**{name: getattr(participant, name) for name in ParticipantView.model_fields})


def _answer(participant: Participant) -> Answer:
    return answer_json(_view(participant))
