"""Sixty days: plans, reports, decisions, pauses, extensions, reminders, lapses, questions (rules 7 to 11 and 21)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from relevo_chassis.languages import LANGUAGES
from relevo_chassis.languages.days import day
from relevo_demo.api import until
from relevo_demo.dice import dice
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.story.changing import BEFORE
from relevo_demo.story.commitment import SERVICE, Course, Kind
from relevo_demo.story.diary import Act, Diary
from relevo_demo.story.pictures import look_at_pictures, send_pictures
from relevo_demo.story.writing import write_to_secretariat

REMINDED_BEFORE_DAYS = (30, 14, 7, 1)
REPORTING_DAYS = 14
QUESTIONS = 6
EXPERTS = 3
ENDS_AFTER_DAYS = 95
_SPECIAL: tuple[Kind, ...] = (
    "lapses", "extended", "returned", "rejected_first", "returned", "reported_late", "reopened", "returned",
    "asks_for_pause", "asks_in_vain", "together",
)  # fmt: skip
_A_LAPSE_FOR_EACH = 25


@dataclass(frozen=True)
class Lived:
    """What the second stage leaves. ``asking`` are those who wrote to the secretariat and were answered."""

    courses: tuple[Course, ...]
    asking: tuple[Participant, ...]
    reminders: int


async def live(stage: Stage, completed: Sequence[Participant]) -> Lived:
    """Sixty days and what follows, until every commitment is fulfilled or has lapsed."""
    stages = _SecondStage(stage, _courses(stage, completed))
    return await stages.live()


class _SecondStage:
    """The commitments of an edition and the diary of what befalls them."""

    def __init__(self, stage: Stage, courses: Sequence[Course]) -> None:
        self._stage, self._courses, self._diary = stage, tuple(courses), Diary()
        self._asking = sorted(courses, key=lambda course: not course.participant.person.carries)[:QUESTIONS]
        self._reminders = self._last_mail = 0

    async def live(self) -> Lived:
        for course in self._courses:
            await until(f"the commitment of participant {course.participant.participant_id}", course.open)
            self._enter(course)
        self._enter_questions()
        self._enter_changes()
        self._enter_dates()
        with self._stage.progress.phase("sixty days: plans, reports, decisions", len(self._diary)) as advance:
            await self._diary.run(self._stage, advance)
        return Lived(self._courses, tuple(each.participant for each in self._asking), self._reminders)

    def _on(self, days_after: int, hour: int, act: Act) -> None:
        """Enter an act so many days after the on-site week, at an hour of its time zone."""
        self._diary.at(self._stage.edition.at(self._day(days_after), hour), act)

    def _day(self, days_after: int) -> date:
        return self._stage.edition.last_on + timedelta(days=days_after)

    def _enter(self, course: Course) -> None:
        self._on(4 + course.participant.person.number % 6, 10, course.plan)
        _KINDS[course.kind](self, course, (course.held_on - self._day(0)).days)

    def regular(self, course: Course, on_day: int) -> None:
        """Who carries canaries sends pictures besides, the first of them one that is rejected."""
        self._on(on_day + 1, 17, course.report)
        if course.participant.person.carries:
            rejects = course.participant.person.part == "carrier"
            self._on(on_day + 2, 10, partial(send_pictures, course))
            self._on(on_day + 2, 16, partial(look_at_pictures, course, reject_one=rejects))
        self._on(on_day + 3, 11, course.verify)

    def lapses(self, course: Course, on_day: int) -> None:
        """Plans, and is not heard of again."""

    def extended(self, course: Course, on_day: int) -> None:
        self._on(50, 11, partial(course.extend, self._stage.edition.due_on + timedelta(days=20)))
        self.regular(course, on_day)

    def returned(self, course: Course, on_day: int) -> None:
        """The number of people is not clear; staff ask about it, and it alone is said anew."""
        self._on(on_day + 1, 17, course.report_one_too_many)
        self._on(on_day + 3, 11, course.send_back)
        self._on(on_day + 6, 17, course.correct)
        self._on(on_day + 8, 11, course.verify)

    def rejected_first(self, course: Course, on_day: int) -> None:
        self._on(on_day + 1, 17, course.report_too_few)
        self._on(on_day + 3, 11, course.reject)
        self._on(on_day + 5, 17, course.report)
        self._on(on_day + 7, 11, course.verify)

    def reported_late(self, course: Course, on_day: int) -> None:
        """Held before the due day, reported after it, within the fourteen days of rule 9."""
        self._on(70, 17, course.report)
        self._on(72, 11, course.verify)

    def reopened(self, course: Course, on_day: int) -> None:
        """Lapses, because the network was shut down; is reopened, and reports a session that was held in time."""
        self._on(80, 11, partial(course.reopen, self._stage.edition.due_on + timedelta(days=20)))
        self._on(82, 17, course.report)
        self._on(84, 11, course.verify)

    def paused(self, course: Course, on_day: int) -> None:
        self._on(14, 9, course.pause)
        self._on(26, 9, course.resume)
        self.regular(course, on_day)

    def asks_for_pause(self, course: Course, on_day: int) -> None:
        """Is ill; what is granted two days later counts from when it was asked for."""
        self._on(31, 9, course.ask_for_pause)
        self._on(33, 11, course.grant)
        self._on(45, 9, course.resume)
        self.regular(course, on_day)

    def asks_in_vain(self, course: Course, on_day: int) -> None:
        self._on(17, 9, course.ask_for_pause)
        self._on(19, 11, course.decline)
        self.regular(course, on_day)

    def together(self, course: Course, on_day: int) -> None:
        """Two hold one session; who reports it second says so, and the first agrees."""
        self._on(on_day + 1, 17, course.report)
        if other := course.other:
            self._on(on_day + 2, 17, other.report_together)
            self._on(on_day + 3, 9, course.agree)
            self._on(on_day + 4, 11, other.verify)
            self._stage.done("held_together", 2)
        self._on(on_day + 4, 12, course.verify)

    def beside(self, course: Course, on_day: int) -> None:
        """What they do is entered with the one whose session it is first."""

    def _enter_changes(self) -> None:
        """What some say of themselves anew while the days run, a day apart."""
        changing = [each for each in self._courses if each.participant.person.part in BEFORE]
        for at, course in enumerate(changing):
            change = BEFORE[course.participant.person.part]
            self._on(11 + at, 16, partial(change, self._stage, course.participant))

    def _enter_questions(self) -> None:
        """To the experts and to the secretariat, of those first who carry canaries."""
        for at, course in enumerate(self._asking):
            self._on(10 + 4 * at, 15, partial(course.ask, f"expert-{at % EXPERTS}"))
            self._on(12 + 4 * at, 15, partial(write_to_secretariat, self._stage, course.participant))

    def _enter_dates(self) -> None:
        due_on = self._stage.edition.due_on
        for distance in REMINDED_BEFORE_DAYS:
            self._diary.at(_just_after_noon(due_on - timedelta(days=distance)), self._reminded)
        self._diary.at(_just_after_noon(due_on + timedelta(days=REPORTING_DAYS + 1)), self._lapsed)
        self._on(ENDS_AFTER_DAYS, 9, self._closed)

    async def _reminded(self) -> None:
        """Wait until everybody who has a mailbox, and whose days run and end on the due day, has a reminder in it."""
        due_on = self._stage.edition.due_on
        written_to = {each.participant.participant_id for each in self._courses if each.participant.person.contact}
        running = [
            each for each in await self._listed()
            if each["state"] == "open" and not each["paused"] and each["participant_id"] in written_to
        ]  # fmt: skip
        wanted = self._reminders + [each["due_on"] for each in running].count(due_on.isoformat())
        await until(f"{wanted} reminders in the mailbox", partial(self._so_many_arrived, wanted, due_on))

    async def _so_many_arrived(self, wanted: int, due_on: date) -> bool:
        """Count on from the last letter that was looked at."""
        days_named = [day(due_on, language) for language in LANGUAGES]
        while mails := await self._stage.api.desk.mails(after=self._last_mail):
            self._last_mail = mails[-1]["id"]
            self._reminders += sum(any(each in mail["text"] for each in days_named) for mail in mails)
        return self._reminders >= wanted

    async def _lapsed(self) -> None:
        silent = sum(course.kind in ("lapses", "reopened") for course in self._courses)

        async def all_lapsed() -> bool:
            return [each["state"] for each in await self._listed()].count("lapsed") == silent

        await until(f"the lapse of {silent} commitments", all_lapsed)

    async def _closed(self) -> None:
        async def all_closed() -> bool:
            return {each["state"] for each in await self._listed()} <= {"fulfilled", "lapsed", "not_due"}

        await until("the end of every commitment", all_closed)

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
    "asks_for_pause": _SecondStage.asks_for_pause,
    "asks_in_vain": _SecondStage.asks_in_vain,
    "together": _SecondStage.together,
    "beside": _SecondStage.beside,
}
_SESSION_AFTER_DAYS: dict[Kind, int] = {
    "extended": 66, "reported_late": 59, "reopened": 58, "paused": 52, "asks_for_pause": 53, "asks_in_vain": 36,
}  # fmt: skip


def _courses(stage: Stage, completed: Sequence[Participant]) -> list[Course]:
    """The first who carries canaries has the days paused; who has no part gets what is special before others do, and
    the last of all is nobody who uses the portal's pages."""
    carriers = [each for each in completed if each.person.carries]
    others = sorted((each for each in completed if not each.person.carries), key=_as_usual)
    lapses: list[Kind] = ["lapses"] * (len(completed) // _A_LAPSE_FOR_EACH - 1)
    regular: list[Kind] = ["regular"] * len(others)
    first = [_course(stage, each, "regular" if at else "paused") for at, each in enumerate(carriers)]
    rest = [_course(stage, one, kind) for one, kind in zip(others, (*_SPECIAL, *lapses, *regular), strict=False)]
    return [*first, *_in_pairs(rest)]


def _as_usual(one: Participant) -> tuple[bool, bool]:
    return one.person.part != "", one.person.way is None


def _in_pairs(courses: Sequence[Course]) -> list[Course]:
    """The last one holds a session together with the one of whom it is said."""
    *others, last = courses
    [first] = [each for each in others if each.kind == "together"]
    first.other = replace(first, participant=last.participant, kind="beside", other=first)
    return [*others, first.other]


def _course(stage: Stage, participant: Participant, kind: Kind) -> Course:
    roll = dice(stage.seed, "course", participant.person.number)
    days = _SESSION_AFTER_DAYS.get(kind, roll.randint(20, 46))
    held_on = stage.edition.last_on + timedelta(days=days)
    return Course(stage, participant, kind, held_on, roll.randint(10, 27), roll.choice((240, 240, 255, 270, 300)))


def _just_after_noon(day: date) -> datetime:
    """Noon UTC, when the day before is over everywhere on Earth and reminders are due."""
    return datetime.combine(day, time(12, 0, 5, tzinfo=UTC))
