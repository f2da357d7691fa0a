"""Sixty days: plans, reports, decisions, pauses, extensions, reminders, a lapse, questions to experts (rules 7 to 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from relevo_demo.api import Misbehaved, until
from relevo_demo.dice import dice
from relevo_demo.people import canary
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.story.diary import Diary
from relevo_demo.texts import description, question

REMINDED_BEFORE_DAYS = (30, 14, 7, 1)
REPORTING_DAYS = 14
QUESTIONS_OF_THIRTY = 6
SPECIAL = (
    "lapses", "extended", "returned", "rejected_first", "returned", "reported_late", "reopened", "returned",
)  # fmt: skip


@dataclass
class Course:
    """What befalls one commitment."""

    participant: Participant
    kind: str
    held_on: date
    people: int
    minutes: int
    format: str
    session_id: str = ""
    planned: bool = True
    canaries: dict[str, str] = field(default_factory=dict)


class SixtyDays:
    """The second stage of one edition, as its participants, coordinators and experts live it."""

    def __init__(self, stage: Stage, completed: Sequence[Participant]) -> None:
        self._stage = stage
        self._diary = Diary(stage)
        self._letters = 0
        self._courses = [_course(stage, one, kind) for one, kind in _kinds(completed)]

    @property
    def canaries(self) -> tuple[str, ...]:
        return tuple(planted for course in self._courses for planted in course.canaries.values())

    async def live(self) -> None:
        await until("the commitments", self._opened)
        self._write_diary()
        with self._stage.told.phase("sixty days of plans, reports, decisions", len(self._diary)) as advance:
            await self._diary.run(advance)
        await until("the end of every commitment", self._ended)

    async def _opened(self) -> bool:
        listed = await self._listed()
        return sum(each["state"] == "open" for each in listed) == len(self._courses)

    async def _ended(self) -> bool:
        return all(each["state"] in ("fulfilled", "lapsed", "not_due") for each in await self._listed())

    async def _listed(self) -> list[Any]:
        token = await self._stage.coordinator()
        listed = self._stage.api.every(
            "multiplier_tracking", "/commitments", token, edition_id=self._stage.edition_id
        )
        return [each async for each in listed]

    def _write_diary(self) -> None:
        for course in self._courses:
            self._begin(course)
        self._diary_questions()
        for distance in REMINDED_BEFORE_DAYS:
            self._diary.at(self._noon(self._due_on - timedelta(days=distance)), self._reminders)
        self._diary.at(self._noon(self._due_on + timedelta(days=REPORTING_DAYS + 1)), self._lapse_of_silent_ones)

    @property
    def _due_on(self) -> date:
        return self._stage.edition.due_on

    def _noon(self, day: date) -> datetime:
        """Noon UTC, when the day before is over everywhere on Earth, and a little more."""
        return self._stage.edition.at(day, 7, 1)

    def _at(self, day: date, hour: int = 17) -> datetime:
        return self._stage.edition.at(day, hour)

    def _begin(self, course: Course) -> None:
        """Enter what the participant does of their own accord."""
        first_on = self._stage.edition.last_on + timedelta(days=4)
        begin = getattr(self, f"_{course.kind}")
        if course.planned:
            self._diary.at(self._at(first_on + timedelta(days=course.participant.person.number % 9)), partial(self._plan, course))
        begin(course)
