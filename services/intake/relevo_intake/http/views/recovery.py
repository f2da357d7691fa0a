"""How a code is recovered, as its holder reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.commands.recovery import Renewed
from relevo_intake.domain.recovery import Recovery, Way


class AskedView(BaseModel):
    """Somebody asks for another code, and whoever has the one so far can refuse."""

    asked_at: datetime
    opens_at: datetime = Field(description="when a letter with another code goes out, or went out")


class NotedView(BaseModel):
    """It is noted, and nobody is told what comes of it."""

    state: Literal["noted"] = "noted"


class RecoveryView(BaseModel):
    """How a lost code is recovered; never the word."""

    way: Way
    hours: int
    asked: AskedView | None


class RenewedView(BaseModel):
    """The new receipt code, shown this once; the one before opens nothing any more."""

    application_id: Id
    receipt_code: str


def recovery_view(recovery: Recovery) -> RecoveryView:
    asked = recovery.asked
    asked_view = None if asked is None else AskedView(asked_at=asked.asked_at, opens_at=asked.opens_at)
    return RecoveryView(way=recovery.way, hours=recovery.hours, asked=asked_view)


def recovery_answer(recovery: Recovery) -> Answer:
    return answer_json(recovery_view(recovery))


def renewed_answer(renewed: Renewed) -> Answer:
    return answer_json(RenewedView(**renewed._asdict()), 201)
