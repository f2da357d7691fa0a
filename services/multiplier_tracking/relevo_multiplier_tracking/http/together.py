"""Sessions that several participants held together: who says so of whose, and what the other says to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from fastapi import Request, Response

from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.shell import Shell
from relevo_chassis.languages.preference import Spoken
from relevo_contracts.model import Frozen, Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.commands.together import AnswerTogether, answer_together
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.refusals import (
    CommitmentIsNotOpen,
    NoSuchCommitment,
    NoSuchSession,
    OtherAnswersThemself,
    OtherIsVerified,
    ParticipantHasLeft,
    ParticipantIsErased,
    ReportsDiffer,
    ReportWasRevised,
    TooManyTogether,
)
from relevo_multiplier_tracking.domain.reports import MultiplierSession, SessionState
from relevo_multiplier_tracking.domain.together import answer_to
from relevo_multiplier_tracking.http.answers import OwnCommitment, StaffCommitment
from relevo_multiplier_tracking.http.asking import (
    OPEN,
    Coordinator,
    InShell,
    Participant,
    commanded,
    to_participant,
    to_staff,
)
from relevo_multiplier_tracking.http.forms import TogetherForm

router = Routes(tags=["held together"])
AGREED = (NoSuchSession, OtherAnswersThemself, OtherIsVerified, ReportWasRevised, ReportsDiffer, TooManyTogether)


class HeldTogether(Frozen):
    """Somebody's report that says to be of another's session. ``agreed`` is null until the other has said something.

    What was said holds for the two reports as they are; whichever is corrected, it is asked for anew.
    """

    session_id: str
    together_with: str
    revision: int
    held_on: date
    minutes: int
    people: int
    state: SessionState
    agreed: bool | None


class StaffHeldTogether(HeldTogether):
    """The same with the commitments of both, for coordinators."""

    commitment_id: str
    with_commitment_id: str
    with_state: SessionState | None


class HeldTogetherAnswer(Frozen):
    """``mine`` are one's own sessions that are others' too, ``theirs`` are others' that are said to be one's own."""

    mine: tuple[HeldTogether, ...]
    theirs: tuple[HeldTogether, ...]


@router.get("/me/commitment/together")
@refuses(NoSuchCommitment)
async def see_own(shell: InShell, caller: Participant) -> HeldTogetherAnswer:
    """Sessions that the participant held together with others, by whoever says so; of the others, ids and figures."""
    own = await store.own_commitment(shell.store, caller.claim("participant_id"))
    links = await _links(shell, own)
    plain = [HeldTogether(**each.model_dump(include={*HeldTogether.model_fields})) for each in links]
    mine = tuple(each for each in plain if each.session_id in own.session_ids)
    return HeldTogetherAnswer(mine=mine, theirs=tuple(each for each in plain if each not in mine))


@router.get("/commitments/{commitment_id}/together")
@refuses(NoSuchCommitment)
async def see(shell: InShell, _: Coordinator, commitment_id: Id) -> list[StaffHeldTogether]:
    """Sessions of a commitment that were held together with others, by whoever says so, with both sides' states."""
    return await _links(shell, await store.commitment_of(shell.store, commitment_id))


@router.post("/me/commitment/sessions/{session_id}/together", response_model=OwnCommitment)
@refuses(*OPEN, *AGREED)
async def answer(
    request: Request, shell: InShell, caller: Participant, spoken: Spoken, session_id: Id, form: TogetherForm
) -> Response:
    """Say whether another's reported session is this one."""
    own = await store.own_commitment(shell.store, caller.claim("participant_id"))
    place, command = store.place_of(own), await _command(shell, session_id, form)
    key = await participant_key(shell.committer, shell.vault, place, shell.clock.now(), new_id())
    return await commanded(
        shell,
        request,
        caller,
        key,
        to_participant(spoken),
        lambda asked: answer_together(shell.committer, place, command, asked),
    )


@router.post("/commitments/{commitment_id}/sessions/{session_id}/together", response_model=StaffCommitment)
@refuses(*AGREED, CommitmentIsNotOpen, NoSuchCommitment, ParticipantHasLeft, ParticipantIsErased)
async def answer_for(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, session_id: Id, form: TogetherForm
) -> Response:
    """Say it in the place of a participant who has left the course or was erased."""
    theirs = await store.commitment_of(shell.store, commitment_id)
    command = await _command(shell, session_id, form)
    return await commanded(
        shell,
        request,
        caller,
        shell.vault.service_key,
        to_staff,
        lambda asked: answer_together(shell.committer, store.place_of(theirs), command, asked, for_them=True),
    )


async def _command(shell: Shell, session_id: str, form: TogetherForm) -> AnswerTogether:
    other = await store.commitment_with(shell.store, form.session_id)
    return AnswerTogether(
        session_id=session_id,
        their_commitment_id=other.commitment_id,
        their_session_id=form.session_id,
        revision=form.revision,
        agreed=form.agreed,
    )


async def _links(shell: Shell, commitment: Commitment) -> list[StaffHeldTogether]:
    """Every link between a commitment and others, whichever of the two says so."""
    others = {each.commitment_id: each for each in await store.held_with(shell.store, commitment)}
    known = {**others, commitment.commitment_id: commitment}
    found = [_link(each, session, known) for each in known.values() for session in each.sessions]
    ours = {*commitment.session_ids}
    return [each for each in found if each and ours & {each.session_id, each.together_with}]


def _link(commitment: Commitment, session: MultiplierSession, known: dict[str, Commitment]) -> StaffHeldTogether | None:
    named, report = session.together_with, session.report
    if named is None or report is None:
        return None
    other = known.get(named.commitment_id)
    return StaffHeldTogether(
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
