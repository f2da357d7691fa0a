"""Scheduling: the week of whoever takes part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import RootModel

from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered, Api, Away, Declined, FieldsDeclined, Handed, known, read
from relevo_portal.services.feed import FeedEvent, events_of
from relevo_portal.services.materials import OwnMaterials

Kind = Literal["plenary", "lecture", "talk", "panel", "workshop", "case_study", "presentation", "ceremony", "other"]
Reason = Literal["illness", "threat", "emergency", "travel", "hearing", "observance", "other"]
"""Why somebody is excused."""
WeekStanding = Literal["expected", "completed", "not_completed", "left"]
"""How the week is for somebody: it goes on, or how it was judged."""

CalendarLink = Literal["none", "live", "ended"]
"""How somebody's private calendar link does; one that ended did with the receipt code that was renewed."""


class Group(Answered):
    code: str
    label: Mapping[Language, str]


class Session(Answered):
    """A session that somebody is meant to attend, by the clock of the place."""

    session_id: str
    kind: Annotated[Kind, known(Kind, "other")] = "other"
    topic: Mapping[Language, str]
    language: Language
    interpretation: tuple[Language, ...] = ()
    required: bool = True
    starts_at: datetime
    ends_at: datetime
    minutes: int
    room: str | None = None
    faculty: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Programme(Answered):
    """The version in force, with somebody's own sessions alone; ``calendar_link`` is how their private link does."""

    edition_id: str
    version: int
    published_at: datetime
    first_on: date
    last_on: date
    time_zone: str
    venue: str
    city: str
    groups: tuple[Group, ...] = ()
    sessions: tuple[Session, ...] = ()
    calendar_link: Annotated[CalendarLink, known(CalendarLink, "none")] = "none"


class Figures(Answered):
    """What decides over the week, in minutes and per cent."""

    standing: Annotated[WeekStanding, known(WeekStanding, "expected")]
    excused_session_ids: tuple[str, ...] = ()
    in_two_places: tuple[object, ...] = ()
    minutes_required: int
    minutes_attended: int
    percent_required: int
    would_complete: bool


class Attended(Answered):
    """The minutes of one session that are on record."""

    session_id: str
    minutes: int


class Attendance(Answered):
    figures: Figures
    sessions: tuple[Attended, ...] = ()


class Excuse(Answered):
    """Why somebody need not attend a session; without a reason once it is kept no longer."""

    session_id: str
    excused_at: datetime
    withdrawn_at: datetime | None = None
    reason: Annotated[Reason | None, known(Reason, "other")] = None
    note: str | None = None


class _Excuses(RootModel[tuple[Excuse, ...]]):
    pass


class _Link(Answered):
    path: str


class Scheduling(Api):
    """Scheduling's HTTP API, as a participant may use it."""

    service = "scheduling"

    async def programme(self, token: str, language: Language) -> Programme | None:
        """Their own days; ``None`` while nothing is published. Raises ``NothingThere``."""
        answer = await self.answer("/me/programme", token, language)
        return None if answer.status_code == 409 else read(answer, Programme)

    async def attendance(self, token: str, language: Language) -> Attendance:
        """Raises ``NothingThere``."""
        return await self.read("/me/attendance", token, language, Attendance)

    async def excuses(self, token: str, language: Language) -> tuple[Excuse, ...]:
        """With their reasons, which goes on record there. Raises ``NothingThere``."""
        return (await self.read("/me/excuses", token, language, _Excuses)).root

    async def materials(self, token: str, language: Language, read_in: Language | None) -> OwnMaterials:
        """Those in one language and for any, or all of them. Raises ``NothingThere``."""
        return await self.read(f"/me/materials{_in(read_in)}", token, language, OwnMaterials)

    async def material_file(self, token: str, language: Language, material_id: str) -> Handed:
        """Raises ``NothingThere``."""
        return await self.hand(f"/me/materials/{material_id}/file", token, language)

    async def materials_bundle(self, token: str, language: Language, read_in: Language | None) -> Handed:
        """Raises ``NothingThere``."""
        return await self.hand(f"/me/materials/bundle{_in(read_in)}", token, language)

    async def feed(self, edition_id: str, language: Language) -> tuple[FeedEvent, ...]:
        """What everybody's calendar is told of an edition's programme: what changed when, and what was cancelled."""
        answer = await self.asked("GET", f"/editions/{edition_id}/programme.ics", {"Accept-Language": language})
        if not answer.is_success:
            raise Away()
        return events_of(answer.text)

    async def link_calendar(self, token: str, once: str, language: Language) -> str:
        """The path of a private calendar at scheduling, once for the key. Raises ``NothingThere`` or ``Declined``."""
        try:
            answer = await self.do("/me/calendar-link", token, once, language)
        except FieldsDeclined:
            raise Declined("") from None
        return read(answer, _Link).path


def _in(language: Language | None) -> str:
    return f"?language={language}" if language else ""
