"""A participant's own keys, made when the first text is to be sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from relevo_chassis.delivery.change import Change, Decision, Found, Row
from relevo_chassis.ids import new_id
from relevo_chassis.kept import Sealed
from relevo_chassis.people.vault import PersonKey
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.domain.commitment import NoSuchCommitment, require_present
from relevo_multiplier_tracking.store import CommitmentIds


async def participant_key(office: Office, ids: CommitmentIds, now: datetime, *models: type[Sealed]) -> PersonKey:
    """The participant's keys, with those that these models are sealed under: made now, where there are none yet.

    An erased participant gets none. Raises ``NoSuchCommitment``, ``ParticipantIsErased``, ``NoLongerKept``, or
    ``PersonErased`` once the keys are gone.
    """

    def present(rows: Sequence[Row]) -> Change:
        def decide(found: Found) -> Decision:
            commitment = found[ids.commitment_ref]
            if commitment is None:
                raise NoSuchCommitment(commitment_id=ids.commitment_id)
            require_present(commitment)
            return Decision(rows=rows)

        return Change([ids.commitment_ref], decide, now, new_id())

    return await office.vault.key_to_seal(office.commits, ids.participant_id, models, present)
