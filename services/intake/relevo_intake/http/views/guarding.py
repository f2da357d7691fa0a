"""What is told of a call under attack."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.domain.call import Call
from relevo_intake.domain.guard import Guarding
from relevo_intake.proofs import Ticket


class TicketView(BaseModel):
    """A ticket, shown this once. It counts once, in Relevo-Proof, in the place of a solved challenge."""

    ticket: str
    counts_from: datetime = Field(description="process time, not that of the course")
    counts_until: datetime


class GuardView(BaseModel):
    """How a call is guarded."""

    call_id: Id
    when: Guarding = Field(description="when it wants proofs of whoever begins")
    proof_wanted: bool = Field(description="whether it does now")
    attacked_since: datetime | None
    begun_in_ten_minutes: int | None = Field(
        default=None, description="applications and drafts, refused for want of a proof too; null in answer to a change"
    )


def ticket_view(issued: Ticket) -> TicketView:
    return TicketView(**issued._asdict())


def guard_view(call: Call, begun: int | None = None) -> GuardView:
    return GuardView(
        call_id=call.call_id,
        when=call.guard.when,
        proof_wanted=call.guard.is_up,
        attacked_since=call.guard.attacked_since,
        begun_in_ten_minutes=begun,
    )


def guard_answer(call: Call) -> Answer:
    return answer_json(guard_view(call))
