"""Whether a session was held together: the participant whose it is says so, or staff in the place of one who left."""

from __future__ import annotations

from typing import Any

from relevo_chassis.delivery.change import Commits
from relevo_contracts.model import Frozen
from relevo_multiplier_tracking.commands.asked import Asked, change_beside, decided
from relevo_multiplier_tracking.domain import together
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.refusals import NoSuchSession
from relevo_multiplier_tracking.domain.together import Theirs
from relevo_multiplier_tracking.store import Place


class AnswerTogether(Frozen):
    """``their_commitment_id`` is whose session it is that is said to be ``session_id``, as the store found it."""

    session_id: str
    their_commitment_id: str
    their_session_id: str
    revision: int
    agreed: bool


async def answer_together(
    commits: Commits, place: Place, command: AnswerTogether, asked: Asked, *, for_them: bool = False
) -> Any:
    """``for_them`` is for staff, in the place of somebody who has left."""

    def answered(commitment: Commitment, other: Commitment | None) -> Outcome:
        if other is None:
            raise NoSuchSession(session_id=command.their_session_id)
        theirs = Theirs(other, other.session(command.their_session_id))
        by = asked.by if for_them else None
        return together.answer(commitment, command.session_id, theirs, command.revision, command.agreed, by, asked.now)

    because = "agreed" if command.agreed else "denied"
    said = decided("together_answered", place, command.session_id, because=because) if for_them else None
    return await commits.commit(change_beside(place, command.their_commitment_id, answered, asked, decided=said))
