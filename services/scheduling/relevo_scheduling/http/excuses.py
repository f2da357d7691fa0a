"""Routes of what a participant owes: expected from when, excused from what and why."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_scheduling.commands import excuses
from relevo_scheduling.commands.excuses import ExcuseParticipant, ExpectParticipant, WithdrawExcuse
from relevo_scheduling.domain.attendance import ParticipantHasLeft
from relevo_scheduling.domain.excuses import AlreadyExcused, NoSuchExcuse, NotOwed, TooMuchExcused
from relevo_scheduling.domain.programme import NoSuchProgramme, NothingIsRequired, NotPublishedYet
from relevo_scheduling.domain.roster import NoSuchParticipant, ParticipantIsErased
from relevo_scheduling.domain.sealed import ExcuseText
from relevo_scheduling.http.callers import InOffice, MayExcuse, MayPlaceParticipants
from relevo_scheduling.http.forms import ExcuseForm, ExpectedForm
from relevo_scheduling.http.views.week import ParticipantView, excused_answer, participant_answer

router = Routes(tags=["attendance"])


@router.put("/programmes/{programme_id}/participants/{participant_id}/expected", response_model=ParticipantView)
@refuses(NoSuchParticipant, NoSuchProgramme, NotPublishedYet, NothingIsRequired, ParticipantHasLeft)
async def expect_participant(
    programme_id: Id,
    participant_id: Id,
    form: ExpectedForm,
    caller: MayPlaceParticipants,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Expect a participant from an instant on: who accepted late, or arrived late, owes nothing of before."""
    command = ExpectParticipant(programme_id, participant_id, form.from_at)
    return await asking.answer(excuses.expect_participant, office, command, by=caller.id, respond=participant_answer)


@router.post(
    "/programmes/{programme_id}/participants/{participant_id}/excuses", status_code=201, response_model=ParticipantView
)
@refuses(
    AlreadyExcused,
    NoSuchParticipant,
    NoSuchProgramme,
    NotOwed,
    NotPublishedYet,
    NothingIsRequired,
    ParticipantHasLeft,
    ParticipantIsErased,
    PersonErased,
    TooMuchExcused,
)
async def excuse_participant(
    programme_id: Id, participant_id: Id, form: ExcuseForm, caller: MayExcuse, asking: InAsking, office: InOffice
) -> Response:
    """Excuse a participant from a session: what they missed of it is not owed, up to the bound of the edition."""
    text = ExcuseText(reason=form.reason, note=form.note)
    command = ExcuseParticipant(programme_id, participant_id, form.session_id, text)
    return await asking.answer(excuses.excuse_participant, office, command, by=caller.id, respond=excused_answer)


@router.post(
    "/programmes/{programme_id}/participants/{participant_id}/excuses/{excuse_id}/withdraw",
    response_model=ParticipantView,
)
@refuses(NoSuchExcuse, NoSuchParticipant, NoSuchProgramme, NotPublishedYet, NothingIsRequired, ParticipantHasLeft)
async def withdraw_excuse(
    programme_id: Id, participant_id: Id, excuse_id: Id, caller: MayExcuse, asking: InAsking, office: InOffice
) -> Response:
    """Take an excuse back; that it was given stays on record."""
    command = WithdrawExcuse(programme_id, participant_id, excuse_id)
    return await asking.answer(excuses.withdraw_excuse, office, command, by=caller.id, respond=participant_answer)
