"""What staff do about letters that could not be delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, Once
from relevo_chassis.delivery.store import Store
from relevo_intake.domain.application import Application
from relevo_intake.letters.arrival import again, failed_letters_of
from relevo_intake.store.people import APPLICATION


async def send_again(
    commits: Commits, store: Store, application: Application, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Put the letters of an applicant that were set aside back into the queue. Answers how many."""
    letters = await failed_letters_of(store, application.person_id)
    ref = APPLICATION(application.application_id)

    def decide(found: Found) -> Decision[int]:
        present = found[ref]
        back = letters if present is not None and present.state != "erased" else []
        on_record = [Decided("letters_sent_again", ref, (application.call_id,))] if back else ()
        return Decision(rows=again(back), answer=len(back), on_record=on_record)

    return await commits.commit(Change([ref], decide, now, cause_id, once=once))
