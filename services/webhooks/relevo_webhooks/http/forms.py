"""What operators send."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from relevo_chassis.http.strict import Name, Strict, example
from relevo_chassis.wrong import Wrong, each_once
from relevo_contracts.model import Instant
from relevo_webhooks.domain.journal import PUBLIC
from relevo_webhooks.domain.subscription import Mode
from relevo_webhooks.http.targets import MOST_CHARACTERS

EVERY_TYPE = tuple(sorted(PUBLIC))


def _public(type: str) -> str:
    if type not in PUBLIC:
        raise Wrong("type_not_public", "is not the type of a public event")
    return type


PublicType = Annotated[str, Field(max_length=200), AfterValidator(_public)]


class SubscriptionForm(Strict):
    """A system that is to be sent public events. ``partner`` says whose it is, and names no person."""

    model_config = ConfigDict(
        json_schema_extra=example(
            partner="Regional observatory",
            url="https://observatory.example/relevo",
            types=["relevo.intake.CallOpened.v1"],
            mode="structured",
        )
    )

    partner: Name
    url: str = Field(
        max_length=MOST_CHARACTERS, description="over https, of a host with a public address; it may hold no secret"
    )
    types: tuple[PublicType, ...] = Field(
        default=EVERY_TYPE, min_length=1, max_length=100, description="of events; all that are public unless said"
    )
    mode: Mode = Field(
        default="structured", description="whether the whole event is the body, or its attributes are headers"
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        each_once(self.types, "types")
        return self


class ReplayForm(Strict):
    """From where on: an event by its number, or an instant of domain time; one of the two."""

    model_config = ConfigDict(json_schema_extra=example(from_number=1))

    from_number: int | None = Field(default=None, ge=1, le=10**9, strict=True)
    from_time: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.from_number is None) == (self.from_time is None):
            raise Wrong(
                "one_of_two", "is to be there, or {other}, and not both", field="from_number", other="from_time"
            )
        return self
