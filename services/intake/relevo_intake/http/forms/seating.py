"""What coordinators decide about seats."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from relevo_chassis.http.strict import LongText, Strict, example

CostCode = Annotated[str, Field(pattern=r"^[A-Za-z_]{1,128}$")]


class SeatsForm(Strict, json_schema_extra=example(seats=60)):
    """How many seats there are from now on: more, or fewer as far as nobody holds them."""

    seats: Annotated[int, Field(ge=1, le=10_000)]


class SeatForm(Strict, json_schema_extra=example(reason="Pudo venir, al final.")):
    """A seat for somebody, for a reason, knowing what it costs."""

    reason: LongText = Field(description="Sealed with the person; goes on record")
    despite: Annotated[tuple[CostCode, ...], Field(max_length=100)] = Field(
        default=(), description="each of the `costs` that the seat's cost shows"
    )
