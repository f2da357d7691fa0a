"""A participant's own key, made when the first text is to be sealed, and destroyed with the person."""

from __future__ import annotations

from datetime import datetime

from relevo_chassis.delivery.change import Change, Commits, Decision, Found, New, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.erasures import destroy_again
from relevo_chassis.edge.vault import KEYS, SEALED, PersonKey, Vault
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.refusals import NoSuchParticipant, ParticipantIsErased
from relevo_scheduling.store import ATTENDANCE


async def participant_key(
    commits: Commits, vault: Vault, participant_id: str, now: datetime, cause_id: str
) -> PersonKey:
    """The participant's key, made now if there is none yet.

    Two that ask at once get the same key: the attendance says that it exists, and an erased participant gets none.
    Raises ``NoSuchParticipant``, ``ParticipantIsErased``, or ``PersonErased`` once the key is gone.
    """
    known = (await vault.keys_of([participant_id])).get(participant_id)
    if known is not None:
        return known
    fresh, row = await vault.new_person(participant_id)
    ref = ATTENDANCE(participant_id)

    def decide(found: Found) -> Decision[bool]:
        attendance = found[ref]
        if attendance is None or attendance.edition_id is None:
            raise NoSuchParticipant(f"there is no participant {participant_id}")
        if attendance.erased_at is not None:
            raise ParticipantIsErased()
        if attendance.keyed:
            return Decision(answer=False)
        return Decision([New(ref, attendance.model_copy(update={"keyed": True}))], rows=[row], answer=True)

    made = await commits.commit(Change([ref], decide, now, cause_id))
    return fresh if made else await vault.key_of(participant_id)


def destroyed(participant_id: str, attendance: Attendance | None) -> tuple[Row, ...]:
    """The rows that destroy a participant's key and what was sealed under it."""
    sealed = attendance.sealed if attendance else ()
    return (Row(KEYS, participant_id, None), *(Row(SEALED, f"{participant_id}/{each}", None) for each in sealed))


async def replay_erasures(store: Store) -> int:
    """Destroy again what was destroyed before, should older keys have been restored. Returns how many were erased."""
    erased = await store.select(ATTENDANCE, {"erased_at": {"$ne": None}})
    return await destroy_again(store, (each.participant_id for each in erased))
