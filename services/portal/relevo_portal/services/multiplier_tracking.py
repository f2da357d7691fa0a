"""Multiplier tracking: the sixty days of whoever takes part."""

from __future__ import annotations

from typing import Annotated, Literal

from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered, Api, NothingThere, known

CommitmentState = Literal["expected", "not_due", "open", "fulfilled", "lapsed", "under_review", "withdrawn", "other"]


class Commitment(Answered):
    """Where the sixty days of one person stand."""

    state: Annotated[CommitmentState, known(CommitmentState, "other")]


class MultiplierTracking(Api):
    """Multiplier tracking's HTTP API, as a participant may use it."""

    async def commitment(self, token: str, language: Language) -> Commitment | None:
        """``None`` while the service knows of none."""
        try:
            return await self.read("/me/commitment", token, language, Commitment)
        except NothingThere:
            return None
