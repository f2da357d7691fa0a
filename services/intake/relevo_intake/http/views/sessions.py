"""Sessions and tokens, as whoever came in with a receipt code is told of them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.commands.sessions import Session
from relevo_intake.issuing import TOKEN_SECONDS


class SessionView(BaseModel):
    """A session. The handle is shown this once, and stands for the receipt code for as long as the session lasts."""

    handle: str = Field(examples=["0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"])
    ends_at: datetime = Field(description="process time, not that of the course; sooner when somebody leaves")


class TokenView(BaseModel):
    """An access token for one service (RFC 9068), as OAuth 2.0 answers."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = Field(default=TOKEN_SECONDS, description="seconds")
    application_id: Id = Field(description="of the application or draft that is theirs")
    participant_id: Id | None = Field(description="by which the services know whoever takes part; null before that")


def session_answer(session: Session) -> Answer:
    return answer_json(SessionView(**session._asdict()), 201)
