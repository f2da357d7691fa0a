"""What the code of a letter confirms."""

from __future__ import annotations

from typing import NamedTuple

from relevo_intake.codes import confirmation_hash
from relevo_intake.commands.office import Office
from relevo_intake.domain.application import Application, NoSuchApplication
from relevo_intake.domain.details import Proposed
from relevo_intake.store.people import APPLICATION, application_of_confirmation, details_of_code


class Confirmable(NamedTuple):
    """What a code confirms: that an application stands, or that a proposed contact is its holder's."""

    application: Application
    proposed: Proposed | None


async def confirmable(office: Office, code: str) -> Confirmable:
    """Raises ``NoSuchApplication``."""
    hashed = confirmation_hash(office.vault, code)
    application = await application_of_confirmation(office.store, hashed)
    details = await details_of_code(office.store, hashed)
    if application is None and details is not None:
        application = await office.store.state(APPLICATION(details.application_id))
    if application is None:
        raise NoSuchApplication()
    return Confirmable(application, details.proposed if details else None)
