"""What staff do about letters that could not be delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, Repeat
from relevo_intake.commands.office import Office
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.letters.arrival import again, failed_letters_of
from relevo_intake.store.people import APPLICATION


@dataclass(frozen=True, slots=True)
class SendLettersAgain:
    """Whose letters that were set aside are to go out once more."""

    application_id: str


class SentAgain(NamedTuple):
    """How many letters are on their way again."""

    application_id: str
    letters: int


async def send_letters_again(office: Office, command: SendLettersAgain, asked: Asked) -> SentAgain | Repeat:
    """Put the letters of an applicant that were set aside back into the queue. Raises ``NoSuchApplication``."""
    ref = APPLICATION(command.application_id)
    application = await office.store.state(ref)
    if application is None:
        raise NoSuchApplication()
    letters = await failed_letters_of(office.store, application.person_id)

    def decide(found: Found) -> Decision[SentAgain]:
        present = found[ref]
        back = letters if present is not None and present.state != "erased" else []
        on_record = [Decided("letters_sent_again", ref, (application.call_id,))] if back else ()
        return Decision(rows=again(back), answer=SentAgain(ref.id, len(back)), on_record=on_record)

    return await office.commits.commit(asked.change([ref], decide))
