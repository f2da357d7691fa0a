"""Routes of what a participant owes: expected from when, excused from what and why."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import Answer, answer_json
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.tokens import Caller
from relevo_contracts.model import Id
from relevo_scheduling import store
from relevo_scheduling.commands import excuses as commands
from relevo_scheduling.commands.excuses import ExcuseParticipant, SetRight, Whose
from relevo_scheduling.commands.keys import participant_key
from relevo_scheduling.commands.readings import record_reading
from relevo_scheduling.domain.sealed import ExcuseText, excuse_at
from relevo_scheduling.http.callers import Command, Coordinator, Member, must_be
from relevo_scheduling.http.forms import ExcuseForm, ExpectedForm
from relevo_scheduling.http.views import ExcuseView, ParticipantView, excuse_view, participant_view

router = Routes(tags=["attendance"])


@router.put("/programmes/{programme_id}/participants/{participant_id}/expected", response_model=ParticipantView)
async def expect_from(
    programme_id: Id, participant_id: Id, body: ExpectedForm, caller: Coordinator, asked: Command
) -> Response:
    """Expect a participant from an instant on: who accepted late, or arrived late, owes nothing of before."""
    whose = await _whose(asked, caller, programme_id, participant_id)
    outcome = await commands.expect_from(asked.shell.by(caller), whose, body.from_at, asked.now, asked.cause_id)
    return _set_right(outcome).response()


@router.post(
    "/programmes/{programme_id}/participants/{participant_id}/excuses", status_code=201, response_model=ParticipantView
)
async def excuse(
    programme_id: Id, participant_id: Id, body: ExcuseForm, caller: Coordinator, asked: Command
) -> Response:
    """Excuse a participant from a session: what they missed of it is not owed, up to the bound of the edition."""
    excuse_id, shell = new_id(), asked.shell
    location = f"/participants/{participant_id}/excuses"
    once = await asked.once(caller, lambda outcome: _set_right(outcome, 201, location))
    whose = await _whose(asked, caller, programme_id, participant_id)
    key = await participant_key(shell.committer, shell.vault, participant_id, asked.now, asked.cause_id)
    command = ExcuseParticipant(excuse_id, body.session_id, ExcuseText(reason=body.reason, note=body.note))
    outcome = await commands.excuse_participant(shell.by(caller), whose, key, command, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


@router.post(
    "/programmes/{programme_id}/participants/{participant_id}/excuses/{excuse_id}/withdraw",
    response_model=ParticipantView,
)
async def withdraw_excuse(
    programme_id: Id, participant_id: Id, excuse_id: Id, caller: Coordinator, asked: Command
) -> Response:
    """Take an excuse back; that it was given stays on record."""
    once = await asked.once(caller, _set_right)
    whose = await _whose(asked, caller, programme_id, participant_id)
    outcome = await commands.withdraw_excuse(asked.shell.by(caller), whose, excuse_id, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


@router.get("/participants/{participant_id}/excuses")
async def excuses(participant_id: Id, caller: Member, shell: InShell) -> list[ExcuseView]:
    """A participant's excuses with their reasons, for themselves and for coordinators; on record."""
    must_be(caller, participant_id)
    attendance = await store.attendance(shell.store, participant_id)
    entry = (await store.roster_of(shell.store, attendance.edition_id or "")).entry_of(participant_id)
    if not entry.excuses:
        return []
    places = {each.excuse_id: excuse_at(each.excuse_id) for each in entry.excuses}
    await record_reading(
        shell.committer,
        reader=caller.id,
        purpose="casework" if caller.has("coordinator") else "own",
        field_sets=places.values(),
        person_ids=[participant_id],
        now=shell.clock.now(),
    )
    texts = await store.sealed_texts(shell.store, shell.vault, participant_id, places.values(), ExcuseText)
    to_staff = caller.has("coordinator")
    return [excuse_view(each, texts.get(places[each.excuse_id]), to_staff=to_staff) for each in entry.excuses]


def _set_right(outcome: SetRight, status: int = 200, location: str | None = None) -> Answer:
    view = participant_view(outcome.attendance, outcome.entry, outcome.published)
    return answer_json(view, status, location=location)


async def _whose(asked: Command, caller: Caller, programme_id: str, participant_id: str) -> Whose:
    programme = await store.programme(asked.shell.store, programme_id)
    return Whose(programme_id, programme.edition_id, participant_id, caller.id)
