"""The participants' private calendar links."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Decision, Found, New, Repeat
from relevo_chassis.ids import new_code
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain import attendance
from relevo_scheduling.domain.roster import NoSuchParticipant
from relevo_scheduling.store import ATTENDANCE, link_rows


@dataclass(frozen=True, slots=True)
class LinkCalendar:
    """``renewals`` is how often the receipt code was renewed before whoever asks came in."""

    participant_id: str
    renewals: int = 0


async def link_calendar(office: Office, command: LinkCalendar, asked: Asked) -> str | Repeat:
    """Give a participant a new private calendar link; the one before stops working at once. Answers its code.

    Raises ``NoSuchParticipant``, ``ParticipantHasLeft`` or ``CodeWasRenewed``.
    """
    ref, code = ATTENDANCE(command.participant_id), new_code()
    link_hash = office.link_hash(code)

    def decide(found: Found) -> Decision[str]:
        before = found[ref]
        if before is None:
            raise NoSuchParticipant(participant_id=ref.id)
        after = attendance.link_calendar(before, link_hash, command.renewals)
        return Decision([New(ref, after)], rows=link_rows(before.link_hash, link_hash, ref.id), answer=code)

    return await office.commits.commit(asked.change([ref], decide))
