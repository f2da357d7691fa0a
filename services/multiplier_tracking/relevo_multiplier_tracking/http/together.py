"""Sessions that several participants held together: who says so of whose, and what the other says to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from fastapi import Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.languages.preference import Spoken
from relevo_contracts.model import Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands import together
from relevo_multiplier_tracking.commands.together import AnswerTogether
from relevo_multiplier_tracking.domain.commitment import (
    Commitment,
    CommitmentIsNotOpen,
    NoSuchCommitment,
    NoSuchSession,
    ParticipantHasLeft,
    ParticipantIsErased,
)
from relevo_multiplier_tracking.domain.reports import MultiplierSession, ReportWasRevised, SessionState
from relevo_multiplier_tracking.domain.together import (
    OtherAnswersThemself,
    OtherIsVerified,
    ReportsDiffer,
    TooManyTogether,
    answer_to,
)
from relevo_multiplier_tracking.http.callers import (
    OPEN_REFUSALS,
    InOffice,
    InOwn,
    MayDecideReports,
    MayReadCommitments,
    Participant,
    own_commitment_id,
)
from relevo_multiplier_tracking.http.forms import TogetherForm
from relevo_multiplier_tracking.http.views.commitments import (
    OwnCommitmentView,
    StaffCommitmentView,
    own_commitment_answer,
    staff_commitment_answer,
)
from relevo_multiplier_tracking.http.views.together import HeldTogetherView, OwnHeldTogetherView, StaffHeldTogetherView

router = Routes(tags=["held together"])
TOGETHER_REFUSALS = (
    NoSuchSession,
    OtherAnswersThemself,
    OtherIsVerified,
    ReportWasRevised,
    ReportsDiffer,
    TooManyTogether,
)
"""What is refused where somebody says whether a session was held together."""


@router.get("/me/commitment/together")
@refuses(NoSuchCommitment)
async def list_own_held_together(shell: InShell, caller: Participant) -> OwnHeldTogetherView:
    """Sessions that the participant held together with others, by whoever says so; of the others, ids and figures."""
    own = await store.commitment_of(shell.store, own_commitment_id(caller))
    links = await _links(shell, own)
    plain = [HeldTogetherView(**each.model_dump(include={*HeldTogetherView.model_fields})) for each in links]
    mine = tuple(each for each in plain if each.session_id in own.session_ids)
    return OwnHeldTogetherView(mine=mine, theirs=tuple(each for each in plain if each not in mine))


@router.get("/commitments/{commitment_id}/together")
@refuses(NoSuchCommitment)
async def list_held_together(shell: InShell, _: MayReadCommitments, commitment_id: Id) -> list[StaffHeldTogetherView]:
    """Sessions of a commitment that were held together with others, by whoever says so, with both sides' states."""
    return await _links(shell, await store.commitment_of(shell.store, commitment_id))


@router.post("/me/commitment/sessions/{session_id}/answer-together", response_model=OwnCommitmentView)
@refuses(*OPEN_REFUSALS, *TOGETHER_REFUSALS)
async def answer_together(
    session_id: Id, form: TogetherForm, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken
) -> Response:
    """Say whether another's reported session is this one."""
    command = AnswerTogether(own.commitment_id, session_id, form.session_id, form.revision, form.agreed)
    respond = partial(own_commitment_answer, language=spoken)
    return await asking.answer(together.answer_together, office, command, by=own.id, respond=respond, key=own.key)


@router.post("/commitments/{commitment_id}/sessions/{session_id}/answer-together", response_model=StaffCommitmentView)
@refuses(*TOGETHER_REFUSALS, CommitmentIsNotOpen, NoSuchCommitment, ParticipantHasLeft, ParticipantIsErased)
async def answer_together_for_another(
    commitment_id: Id, session_id: Id, form: TogetherForm, caller: MayDecideReports, asking: InAsking, office: InOffice
) -> Response:
    """Say it in the place of a participant who has left the course or was erased."""
    command = AnswerTogether(commitment_id, session_id, form.session_id, form.revision, form.agreed, for_them=True)
    return await asking.answer(together.answer_together, office, command, by=caller.id, respond=staff_commitment_answer)


async def _links(shell: Shell, commitment: Commitment) -> list[StaffHeldTogetherView]:
    """Every link between a commitment and others, whichever of the two says so."""
    others = {each.commitment_id: each for each in await store.held_with(shell.store, commitment)}
    known = {**others, commitment.commitment_id: commitment}
    found = [_link(each, session, known) for each in known.values() for session in each.sessions]
    ours = {*commitment.session_ids}
    return [each for each in found if each and ours & {each.session_id, each.together_with}]


def _link(
    commitment: Commitment, session: MultiplierSession, known: dict[str, Commitment]
) -> StaffHeldTogetherView | None:
    named, report = session.together_with, session.report
    if named is None or report is None:
        return None
    other = known.get(named.commitment_id)
    return StaffHeldTogetherView(
        session_id=session.session_id,
        together_with=named.session_id,
        revision=report.revision,
        held_on=report.held_on,
        minutes=report.minutes,
        people=report.people,
        state=session.state,
        agreed=answer_to(other, session),
        commitment_id=commitment.commitment_id,
        with_commitment_id=named.commitment_id,
        with_state=next(_states(other, named.session_id), None),
    )


def _states(commitment: Commitment | None, session_id: str) -> Iterator[SessionState]:
    return (each.state for each in commitment.sessions if each.session_id == session_id) if commitment else iter(())
