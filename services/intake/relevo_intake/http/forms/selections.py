"""What coordinators ask of a selection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from relevo_chassis.http.strict import LongText, Strict, example
from relevo_chassis.wrong import each_once
from relevo_contracts.model import Count, Id
from relevo_intake.http.forms.fields import When


class SelectionForm(Strict, json_schema_extra=example(seats=30, waitlist=30)):
    """How to select. Left out: the call's seats, a waitlist as long, the call's reviews per application."""

    seats: Annotated[int, Field(ge=1, le=10_000)] | None = None
    waitlist: Annotated[int, Field(ge=0, le=10_000)] | None = None
    least_reviews: Annotated[int, Field(ge=1, le=9)] | None = None
    relaxed: Annotated[dict[Annotated[str, Field(pattern=r"^[A-Za-z_]{1,128}$")], Count], Field(max_length=100)] = (
        Field(default_factory=dict, description="quotas that give way, by code, as a concession names them")
    )


class AdjustmentForm(Strict):
    """What a coordinator decides about one application, whatever its merit; ``as_computed`` takes that back."""

    application_id: Id
    to: Literal["inside", "outside", "as_computed"] = Field(description="inside: among those who are offered a seat")
    reason: LongText = Field(description="Sealed with the person; goes on record")


class AdjustmentsForm(
    Strict,
    json_schema_extra=example(
        adjustments=[
            {
                "application_id": "0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012",
                "to": "inside",
                "reason": "Nadie más viene de ese valle.",
            }
        ]
    ),
):
    """One for each application."""

    adjustments: Annotated[tuple[AdjustmentForm, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_once(self) -> AdjustmentsForm:
        each_once([each.application_id for each in self.adjustments], "adjustments")
        return self


class ApplyForm(Strict, json_schema_extra=example(refill_until="2019-12-08T00:00:00Z")):
    """After ``refill_until`` a seat that comes free stays free, and no offer lasts longer: the day before the week.

    It must be given: nothing else tells that a seat freed after the week, such as by an erasure, is of use to nobody.
    """

    refill_until: When = Field(examples=["2019-12-08T00:00:00Z"])
