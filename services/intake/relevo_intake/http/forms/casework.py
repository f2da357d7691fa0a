"""What coordinators ask of applications and people."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from relevo_chassis.http.strict import Strict, example
from relevo_contracts.model import Id
from relevo_intake.commands.index import GROUPS, SEXES, STATES, THEMES, Wanted, bits
from relevo_intake.domain.application import ApplicationState
from relevo_intake.domain.countries import Country
from relevo_intake.domain.sealed import Group, Sex, Theme


class ContactDecisionForm(Strict, json_schema_extra=example(application_id="0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012")):
    """Which application stands."""

    application_id: Id


class SearchForm(Strict, json_schema_extra=example(countries=["HN", "GT"], themes=["environment"])):
    """What to look for within one call, among what is sealed. Fields left out match everybody."""

    states: tuple[ApplicationState, ...] = ()
    countries: tuple[Country, ...] = ()
    sexes: tuple[Sex, ...] = ()
    groups: tuple[Group, ...] = Field(default=(), description="any of these")
    themes: tuple[Theme, ...] = Field(default=(), description="any of these")
    least_merit: Annotated[int, Field(ge=0, le=10_000)] | None = Field(default=None, description="basis points")
    most_merit: Annotated[int, Field(ge=0, le=10_000)] | None = Field(default=None, description="basis points")

    def wanted(self) -> Wanted:
        return Wanted(
            states=frozenset(STATES.index(each) for each in self.states),
            countries=frozenset(each.encode() for each in self.countries),
            sexes=frozenset(SEXES.index(each) for each in self.sexes),
            groups=bits(GROUPS, self.groups),
            themes=bits(THEMES, self.themes),
            least_merit=self.least_merit,
            most_merit=self.most_merit,
        )
