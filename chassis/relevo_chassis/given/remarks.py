"""What a service tells its operators of itself besides what every service does."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Remark(BaseModel):
    """Something of a service's own that its operators should know: how many of what, and what to do about it."""

    model_config = ConfigDict(frozen=True)

    count: int
    what: str
    do: str
