"""A participant's own key, made when the first text is to be sealed."""

from __future__ import annotations

from datetime import datetime

from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import PersonKey
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.domain.commitment import NoSuchCommitment, changed, require_present
from relevo_multiplier_tracking.store import Place


async def participant_key(office: Office, place: Place, now: datetime) -> PersonKey:
    """The participant's key, made now if there is none yet.

    Two that ask at once get the same key: the commitment says that it exists, and an erased one gets none
    (``ParticipantIsErased``, or ``PersonErased`` once the key is gone).
    """
    vault = office.vault
    found = (await vault.keys_of([place.participant_id])).get(place.participant_id)
    if found is not None:
        return found
    fresh, row = await vault.new_person(place.participant_id)

    def decide(found: Found) -> Decision[bool]:
        commitment = found[place.commitment]
        if commitment is None:
            raise NoSuchCommitment(commitment_id=place.commitment_id)
        require_present(commitment)
        if commitment.keyed:
            return Decision(answer=False)
        return Decision([New(place.commitment, changed(commitment, keyed=True))], rows=[row], answer=True)

    made = await office.commits.commit(Change([place.commitment], decide, now, new_id()))
    return fresh if made else await vault.key_of(place.participant_id)
