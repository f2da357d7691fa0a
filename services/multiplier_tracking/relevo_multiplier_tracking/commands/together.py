"""Whether a session was held together: the participant whose it is says so, or staff in the place of one who left."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Repeat
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.commands.saving import CommitmentAt, change_beside, decided
from relevo_multiplier_tracking.domain import together
from relevo_multiplier_tracking.domain.commitment import Commitment, NoSuchSession, Outcome
from relevo_multiplier_tracking.domain.together import Theirs


@dataclass(frozen=True, slots=True)
class AnswerTogether:
    """``for_them`` is for staff, in the place of somebody who has left."""

    commitment_id: str
    session_id: str
    their_session_id: str
    revision: int
    agreed: bool
    for_them: bool = False


async def answer_together(office: Office, command: AnswerTogether, asked: Asked) -> CommitmentAt | Repeat:
    """Say whether another's reported session is this one. Raises ``NoSuchSession``."""
    ids = await store.ids_of(office.store, command.commitment_id)
    whose = await store.commitment_with(office.store, command.their_session_id)

    def answer(commitment: Commitment, other: Commitment | None) -> Outcome:
        if other is None:
            raise NoSuchSession(session_id=command.their_session_id)
        theirs = Theirs(other, other.session(command.their_session_id))
        by = asked.by if command.for_them else None
        return together.answer(commitment, command.session_id, theirs, command.revision, command.agreed, by, asked.now)

    because = "agreed" if command.agreed else "denied"
    on_record = decided("together_answered", ids, command.session_id, because=because) if command.for_them else None
    return await office.commits.commit(change_beside(ids, whose.commitment_id, answer, asked, decided=on_record))
