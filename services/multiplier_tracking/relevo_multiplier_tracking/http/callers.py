"""Who calls, and the office that does what they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from relevo_chassis.given.asking import Asking, InAsking, InShell
from relevo_chassis.http.tokens import Caller
from relevo_chassis.kept import Sealed
from relevo_chassis.people.vault import ClassKey, PersonErased
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.domain.commitment import (
    CommitmentIsNotOpen,
    NoSuchCommitment,
    ParticipantHasLeft,
    ParticipantIsErased,
)
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.sealed import Question, Reason, Reply
from relevo_multiplier_tracking.domain.support import require_may_read
from relevo_multiplier_tracking.rights import RIGHTS, Task

MayReadCommitments = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_COMMITMENTS))]
MayListCommitments = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_COMMITMENTS, anywhere=True))]
"""Whoever may read them in some edition, into which alone a list looks."""
MayReadTexts = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_TEXTS))]
MayDecideReports = Annotated[Caller, Depends(RIGHTS.who_may(Task.DECIDE_REPORTS))]
MayMoveDays = Annotated[Caller, Depends(RIGHTS.who_may(Task.MOVE_DAYS))]
MayDecideReviews = Annotated[Caller, Depends(RIGHTS.who_may(Task.DECIDE_REVIEWS))]
MayReadDecisions = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_DECISIONS))]
MayFollowSupport = Annotated[Caller, Depends(RIGHTS.who_may(Task.FOLLOW_SUPPORT, anywhere=True))]
"""Whoever may follow them in some edition, into which alone a list looks."""
MayAnswerSupport = Annotated[Caller, Depends(RIGHTS.who_may(Task.ANSWER_SUPPORT))]
MayAssignSupport = Annotated[Caller, Depends(RIGHTS.who_may(Task.ASSIGN_SUPPORT))]
Participant = Annotated[Caller, Depends(RIGHTS.who_may(Task.MULTIPLY))]

SEALING_REFUSALS = (NoSuchCommitment, ParticipantHasLeft, ParticipantIsErased, PersonErased)
"""What is refused where something is sealed under the participant's key."""
OPEN_REFUSALS = (CommitmentIsNotOpen, *SEALING_REFUSALS)
"""What is refused where something is sealed, and the commitment has to run."""


async def office(shell: InShell) -> Office:
    """A dependency. A coroutine, because a plain function would be run in a thread."""
    return Office.of(shell)


InOffice = Annotated[Office, Depends(office)]


@dataclass(frozen=True, slots=True)
class Own:
    """A participant who asks for something to be done to their own commitment; the key seals what they are answered.

    It lasts as long as what was decided about them: an answer tells nothing that lies in another class, but for a
    question's, which is sealed like it.
    """

    id: str
    commitment_id: str
    key: ClassKey


async def own(caller: Participant, asking: InAsking, office: InOffice) -> Own:
    """Raises ``NoSuchCommitment``, ``ParticipantIsErased``, ``NoLongerKept`` or ``PersonErased``."""
    return await _own(caller, asking, office, Reason)


async def asker(caller: Participant, asking: InAsking, office: InOffice) -> Own:
    """The same of a participant who asks the experts something."""
    return await _own(caller, asking, office, Question)


InOwn = Annotated[Own, Depends(own)]
InAsker = Annotated[Own, Depends(asker)]


async def _own(caller: Caller, asking: Asking, office: Office, like: type[Sealed]) -> Own:
    ids = await store.ids_of(office.store, own_commitment_id(caller))
    key = await participant_key(office, ids, asking.shell.clock.now(), like)
    return Own(caller.id, ids.commitment_id, key.like(like))


def own_commitment_id(caller: Caller) -> str:
    return commitment_id_of(caller.claim("participant_id"))


async def asker_key(office: Office, expert: Caller, support_request_id: str) -> ClassKey:
    """The key of whose question it is that the expert answers, for what is written to it.

    Raises ``NoSuchSupportRequest``, ``NoLongerKept`` or ``PersonErased``.
    """
    found = await store.support_request_of(office.store, support_request_id)
    require_may_read(found, expert.id)
    return (await office.vault.key_of(found.participant_id)).like(Reply)
