"""Sixty days: plans, reports, decisions, pauses, extensions, reminders, lapses, questions (rules 7 to 11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from relevo_chassis.languages import LANGUAGES
from relevo_chassis.languages.days import day
from relevo_demo.api import until
from relevo_demo.dice import dice
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.story.commitment import SERVICE, Course, Kind
from relevo_demo.story.diary import Act, Diary

REMINDED_BEFORE_DAYS = (30, 14, 7, 1)
REPORTING_DAYS = 14
QUESTIONS = 6
EXPERTS = 3
ENDS_AFTER_DAYS = 95
_SPECIAL: tuple[Kind, ...] = (
    "lapses", "extended", "returned", "rejected_first", "returned", "reported_late", "reopened", "returned",
)  # fmt: skip
_A_LAPSE_FOR_EACH = 25


@dataclass(frozen=True)
class Lived:
    """What the second stage leaves."""

    courses: tuple[Course, ...]
    reminders: int

    @property
    def canaries(self) -> tuple[str, ...]:
        return tuple(planted for course in self.courses for planted in course.planted)


async def live(stage: Stage, completed: Sequence[Participant]) -> Lived:
    """Sixty days and what follows, until every commitment is fulfilled or has lapsed."""
    stages = _SecondStage(stage, _courses(stage, completed))
    return await stages.live()


class _SecondStage:
    """The commitments of an edition and the diary of what befalls them."""

    def __init__(self, stage: Stage, courses: Sequence[Course]) -> None:
        self._stage, self._courses, self._diary = stage, tuple(courses), Diary()
        self._reminders = self._last_mail = 0

    async def live(self) -> Lived:
        for course in self._courses:
            await until(f"the commitment of participant {course.participant.participant_id}", course.open)
            self._enter(course)
        self._enter_questions()
        self._enter_dates()
        with self._stage.told.phase("sixty days: plans, reports, decisions", len(self._diary)) as advance:
            await self._diary.run(self._stage, advance)
        return Lived(self._courses, self._reminders)

    def _on(self, days_after: int, hour: int, act: Act) -> None:
        """Enter an act so many days after the on-site week, at an hour of its time zone."""
        self._diary.at(self._stage.edition.at(self._day(days_after), hour), act)

    def _day(self, days_after: int) -> date:
        return self._stage.edition.last_on + timedelta(days=days_after)

    def _enter(self, course: Course) -> None:
        self._on(4 + course.participant.person.number % 6, 10, course.plan)
        _KINDS[course.kind](self, course, (course.held_on - self._day(0)).days)

    def regular(self, course: Course, held: int) -> None:
        self._on(held + 1, 17, course.report)
        self._on(held + 3, 11, course.verify)

    def lapses(self, course: Course, held: int) -> None:
        """Plans, and is not heard of again."""

    def extended(self, course: Course, held: int) -> None:
        self._on(50, 11, partial(course.extend, self._stage.edition.due_on + timedelta(days=20)))
        self.regular(course, held)

    def returned(self, course: Course, held: int) -> None:
        self._on(held + 1, 17, course.report)
        self._on(held + 3, 11, course.give_back)
        self._on(held + 6, 17, course.correct)
        self._on(held + 8, 11, course.verify)

    def rejected_first(self, course: Course, held: int) -> None:
        self._on(held + 1, 17, course.report_too_few)
        self._on(held + 3, 11, course.reject)
        self._on(held + 5, 17, course.report)
        self._on(held + 7, 11, course.verify)

    def reported_late(self, course: Course, held: int) -> None:
        """Held before the due day, reported after it, within the fourteen days of rule 9."""
        self._on(70, 17, course.report)
        self._on(72, 11, course.verify)

    def reopened(self, course: Course, held: int) -> None:
        """Lapses, because the network was shut down; is reopened, and reports a session that was held in time."""
        self._on(80, 11, partial(course.reopen, self._stage.edition.due_on + timedelta(days=20)))
        self._on(82, 17, course.report)
        self._on(84, 11, course.verify)

    def paused(self, course: Course, held: int) -> None:
        self._on(14, 9, course.pause)
        self._on(26, 9, course.resume)
        self.regular(course, held)

    def _enter_questions(self) -> None:
        canaries_first = sorted(self._courses, key=lambda course: not course.participant.person.canaries)
        for at, course in enumerate(canaries_first[:QUESTIONS]):
            self._on(10 + 4 * at, 15, partial(course.ask, f"expert-{at % EXPERTS}"))

    def _enter_dates(self) -> None:
        due_on = self._stage.edition.due_on
        for distance in REMINDED_BEFORE_DAYS:
            self._diary.at(_just_after_noon(due_on - timedelta(days=distance)), self._reminded)
        self._diary.at(_just_after_noon(due_on + timedelta(days=REPORTING_DAYS + 1)), self._lapsed)
        self._on(ENDS_AFTER_DAYS, 9, self._ended)

    async def _reminded(self) -> None:
        """Wait until everybody whose days run and end on the due day has a reminder in the mailbox."""
        due_on = self._stage.edition.due_on
        running = [each for each in await self._listed() if each["state"] == "open" and not each["paused"]]
        wanted = self._reminders + [each["due_on"] for each in running].count(due_on.isoformat())
        await until(f"{wanted} reminders in the mailbox", partial(self._so_many_arrived, wanted, due_on))

    async def _so_many_arrived(self, wanted: int, due_on: date) -> bool:
        """Count on from the last letter that was looked at."""
        said = [day(due_on, language) for language in LANGUAGES]
        while mails := await self._stage.api.desk.mails(after=self._last_mail):
            self._last_mail = mails[-1]["id"]
            self._reminders += sum(any(each in mail["text"] for each in said) for mail in mails)
        return self._reminders >= wanted

    async def _lapsed(self) -> None:
        silent = sum(course.kind in ("lapses", "reopened") for course in self._courses)

        async def settled() -> bool:
            return [each["state"] for each in await self._listed()].count("lapsed") == silent

        await until(f"the lapse of {silent} commitments", settled)

    async def _ended(self) -> None:
        async def all_ended() -> bool:
            return {each["state"] for each in await self._listed()} <= {"fulfilled", "lapsed", "not_due"}

        await until("the end of every commitment", all_ended)

    async def _listed(self) -> list[Any]:
        token, edition_id = await self._stage.coordinator(), self._stage.edition_id
        return [each async for each in self._stage.api.every(SERVICE, "/commitments", token, edition_id=edition_id)]


_KINDS: dict[Kind, Callable[[_SecondStage, Course, int], None]] = {
    "regular": _SecondStage.regular,
    "lapses": _SecondStage.lapses,
    "extended": _SecondStage.extended,
    "returned": _SecondStage.returned,
    "rejected_first": _SecondStage.rejected_first,
    "reported_late": _SecondStage.reported_late,
    "reopened": _SecondStage.reopened,
    "paused": _SecondStage.paused,
}
_HELD_AFTER_DAYS: dict[Kind, int] = {"extended": 66, "reported_late": 59, "reopened": 58, "paused": 52}


def _courses(stage: Stage, completed: Sequence[Participant]) -> list[Course]:
    carriers = [each for each in completed if each.person.canaries]
    others = [each for each in completed if not each.person.canaries]
    special = [*_SPECIAL, *["lapses"] * (len(completed) // _A_LAPSE_FOR_EACH - 1)]
    kinds: list[Kind] = [*special, *["regular"] * len(others)]  # type: ignore[list-item]
    first: list[Kind] = ["paused", *["regular"] * len(carriers)]  # type: ignore[list-item]
    if not carriers:
        kinds.insert(0, "paused")
    return [_course(stage, *each) for each in (*zip(carriers, first), *zip(others, kinds))]  # noqa: B905


def _course(stage: Stage, participant: Participant, kind: Kind) -> Course:
    roll = dice(stage.seed, "course", participant.person.number)
    days = _HELD_AFTER_DAYS.get(kind, roll.randint(20, 46))
    held_on = stage.edition.last_on + timedelta(days=days)
    return Course(stage, participant, kind, held_on, roll.randint(10, 27), roll.choice((240, 240, 255, 270, 300)))


def _just_after_noon(day: date) -> datetime:
    """Noon UTC, when the day before is over everywhere on Earth and reminders are due."""
    return datetime.combine(day, time(12, 0, 5, tzinfo=UTC))
