"""Who acts in the replay, and what is known of them by the way they would know it themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from relevo_demo.api import Api, CameIn, move_clock
from relevo_demo.deeds import Deed, Deeds
from relevo_demo.edition import Edition
from relevo_demo.people import Person, canary
from relevo_demo.portal.visitors import Visitors
from relevo_demo.progress import Phases

COORDINATOR = "coordinator-1"


@dataclass(frozen=True)
class Stage:
    """What every phase has at hand.

    ``visitors`` are those who use the portal's pages. ``deeds`` grow with what is done, ``planted`` with canaries that
    go out, ``codes`` with those that letters bring.
    """

    api: Api
    progress: Phases
    edition: Edition
    seed: int
    visitors: Visitors
    deeds: Deeds = field(default_factory=Deeds)
    planted: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)

    @property
    def edition_id(self) -> str:
        return self.edition.id(self.seed)

    @property
    def call_id(self) -> str:
        return self.edition.call_id(self.seed)

    async def coordinator(self) -> str:
        """The access token of the coordinator."""
        return await self.api.token(COORDINATOR, "coordinator")

    def done(self, deed: Deed, people: int = 1) -> None:
        self.deeds[deed] += people

    def with_canary(self, person: Person, name: str, text: str) -> str:
        """The text with a canary of that person in it: for what is only ever kept sealed."""
        planted = canary(person.number, self.seed, name)
        self.planted.add(planted)
        return f"{text} {planted}"

    async def at(self, instant: datetime) -> None:
        """Let domain time be at least that."""
        await move_clock(self.api.desk, instant)


@dataclass(frozen=True)
class Application:
    """An application as its applicant knows it."""

    person: Person
    application_id: str
    receipt: str


@dataclass(frozen=True)
class Participant:
    """A participant as they know themselves."""

    person: Person
    application_id: str
    receipt: str
    participant_id: str

    async def token(self, api: Api) -> CameIn:
        return await api.came_in(self.receipt)
