"""A participant's own keys, made when the first text is to be sealed."""

from __future__ import annotations

from collections.abc import Sequence

from relevo_chassis.delivery.change import Asked, Change, Decision, Found, Row
from relevo_chassis.kept import Sealed
from relevo_chassis.people.vault import PersonKey
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain.roster import NoSuchParticipant, ParticipantIsErased
from relevo_scheduling.store import ATTENDANCE


async def participant_key(office: Office, participant_id: str, asked: Asked, *models: type[Sealed]) -> PersonKey:
    """The participant's keys, with those that these models are sealed under: made now, where there are none yet.

    An erased participant gets none. Raises ``NoSuchParticipant``, ``ParticipantIsErased``, ``NoLongerKept``, or
    ``PersonErased`` once the keys are gone.
    """
    ref = ATTENDANCE(participant_id)

    def present(rows: Sequence[Row]) -> Change:
        def decide(found: Found) -> Decision:
            attendance = found[ref]
            if attendance is None or attendance.edition_id is None:
                raise NoSuchParticipant(participant_id=participant_id)
            if attendance.erased_at is not None:
                raise ParticipantIsErased()
            return Decision(rows=rows)

        return Change([ref], decide, asked.now, asked.cause_id)

    return await office.vault.key_to_seal(office.commits, participant_id, models, present)
