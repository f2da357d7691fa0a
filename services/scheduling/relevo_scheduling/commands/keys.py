"""A participant's own key, made when the first text is to be sealed."""

from __future__ import annotations

from relevo_chassis.delivery.change import Asked, Change, Decision, Found, New
from relevo_chassis.people.vault import PersonKey
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain.roster import NoSuchParticipant, ParticipantIsErased
from relevo_scheduling.store import ATTENDANCE


async def participant_key(office: Office, participant_id: str, asked: Asked) -> PersonKey:
    """The participant's key, made now if there is none yet.

    Two that ask at once get the same key: the attendance says that it exists, and an erased participant gets none.
    Raises ``NoSuchParticipant``, ``ParticipantIsErased``, or ``PersonErased`` once the key is gone.
    """
    vault = office.vault
    known = (await vault.keys_of([participant_id])).get(participant_id)
    if known is not None:
        return known
    fresh, row = await vault.new_person(participant_id)
    ref = ATTENDANCE(participant_id)

    def decide(found: Found) -> Decision[bool]:
        attendance = found[ref]
        if attendance is None or attendance.edition_id is None:
            raise NoSuchParticipant(participant_id=participant_id)
        if attendance.erased_at is not None:
            raise ParticipantIsErased()
        if attendance.keyed:
            return Decision(answer=False)
        return Decision([New(ref, attendance.model_copy(update={"keyed": True}))], rows=[row], answer=True)

    made = await office.commits.commit(Change([ref], decide, asked.now, asked.cause_id))
    return fresh if made else await vault.key_of(participant_id)
