"""What a participant needs for the on-site week."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from relevo_chassis.http.strict import LongTextOrEmpty, ShortTextOrEmpty, Strict, example
from relevo_chassis.wrong import Wrong
from relevo_contracts.model import Day
from relevo_intake.domain.needs import Into, Needs
from relevo_intake.domain.sealed import Language

Note = Annotated[LongTextOrEmpty, Field(max_length=2_000)]


def _each_once(values: tuple[Language, ...]) -> tuple[Language, ...]:
    return tuple(sorted(set(values)))


class NeedsForm(
    Strict,
    json_schema_extra=example(
        from_languages=["en"],
        into="es",
        access="Uso silla de ruedas.",
        diet="Sin carne.",
        arrival_on="2019-12-08",
        arrival_place="Aeropuerto Dulles (IAD)",
        arrival_number="CM 304",
        emergency_name="Berta Ejemplo",
        emergency_reach="+504 5555 0100",
        emergency_agreed=True,
        passport_name="ANA MARIA EJEMPLO",
    ),
):
    """All of it, in place of what was stated before; what is left out or empty is not stated.

    Sealed, read by the person and by the role `travel` on record, and destroyed 14 days after the last on-site day.
    """

    from_languages: Annotated[tuple[Language, ...], Field(max_length=8), AfterValidator(_each_once)] = Field(
        default=(), description="languages of the course that are to be interpreted"
    )
    into: Into | None = Field(default=None, description="into which; `sign` and `other` say in `into_named` which")
    into_named: ShortTextOrEmpty = Field(default="", description="the sign language, or the other one")
    access: Note = Field(default="", description="what the person needs to get in, about and along")
    diet: Note = Field(default="", description="what they eat or must not eat")
    arrival_on: Day | None = None
    arrival_place: ShortTextOrEmpty = ""
    arrival_number: ShortTextOrEmpty = Field(default="", description="of the flight or bus, as it is printed")
    departure_on: Day | None = None
    departure_place: ShortTextOrEmpty = ""
    departure_number: ShortTextOrEmpty = Field(default="", description="of the flight or bus, as it is printed")
    emergency_name: ShortTextOrEmpty = Field(default="", description="whom to reach; only with all three")
    emergency_reach: ShortTextOrEmpty = Field(default="", description="how to reach them")
    emergency_agreed: bool = Field(default=False, description="that they agreed to be named, as the person affirms")
    passport_name: ShortTextOrEmpty = Field(default="", description="as the ticket has to bear it")

    @model_validator(mode="after")
    def _goes_together(self) -> NeedsForm:
        if missing := next(self._missing(), None):
            raise Wrong("missing", "is missing; send it", field=missing)
        if self.into is not None and self.into in self.from_languages:
            raise Wrong("own_language", "names the language that is spoken anyway", field="into")
        if self.arrival_on and self.departure_on and self.departure_on < self.arrival_on:
            raise Wrong("earlier_than", "is earlier than {other}", field="departure_on", other="arrival_on")
        return self

    def _missing(self) -> Iterator[str]:
        if self.from_languages and self.into is None:
            yield "into"
        if (self.into or self.into_named) and not self.from_languages:
            yield "from_languages"
        if self.into in ("sign", "other") and not self.into_named:
            yield "into_named"
        emergency = {
            "emergency_name": self.emergency_name,
            "emergency_reach": self.emergency_reach,
            "emergency_agreed": self.emergency_agreed,
        }
        if any(emergency.values()):
            yield from (name for name, value in emergency.items() if not value)

    def needs(self) -> Needs:
        return Needs.model_validate(self.model_dump())
