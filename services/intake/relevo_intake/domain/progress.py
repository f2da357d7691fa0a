"""What other services told of a participant, as far as a letter's truth hangs on it; nothing is decided by it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from relevo_contracts.model import Frozen


class Progress(Frozen):
    """A participant's commitment and certificate as they were last told of."""

    participant_id: str
    commitment: Literal["running", "paused", "over"] | None = None
    due_on: date | None = None
    certificate_revoked: bool = False
