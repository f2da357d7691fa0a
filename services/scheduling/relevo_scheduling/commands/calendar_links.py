"""The participants' private calendar links."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Decision, Found, New, Repeat
from relevo_chassis.ids import new_code
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain.attendance import ParticipantHasLeft
from relevo_scheduling.domain.roster import NoSuchParticipant
from relevo_scheduling.store import ATTENDANCE, link_rows


@dataclass(frozen=True, slots=True)
class LinkCalendar:
    participant_id: str


async def link_calendar(office: Office, command: LinkCalendar, asked: Asked) -> str | Repeat:
    """Give a participant a new private calendar link; the one before stops working at once. Answers its code."""
    ref, code = ATTENDANCE(command.participant_id), new_code()
    link_hash = office.link_hash(code)

    def decide(found: Found) -> Decision[str]:
        before = found[ref]
        if before is None or before.edition_id is None:
            raise NoSuchParticipant(participant_id=ref.id)
        if not before.takes_part:
            raise ParticipantHasLeft(participant_id=ref.id)
        after = before.model_copy(update={"link_hash": link_hash})
        return Decision([New(ref, after)], rows=link_rows(before.link_hash, link_hash, ref.id), answer=code)

    return await office.commits.commit(asked.change([ref], decide))
