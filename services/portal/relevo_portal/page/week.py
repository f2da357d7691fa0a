"""The pages of the week: one's own days, the hours and what they mean, reasons, and a link for one's calendar.

Clock times and days are those of the place where the week is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import counted, listed
from relevo_chassis.languages.days import day, day_with_weekday
from relevo_chassis.languages.words import language_name
from relevo_portal.page.frame import Frame, made
from relevo_portal.page.parts import Part
from relevo_portal.services.feed import FeedEvent
from relevo_portal.services.scheduling import Attendance, Excuse, Figures, Programme, Session
from relevo_portal.words import letter, materials
from relevo_portal.words.week import TEXTS, Change, Outcome

TO = "\u2060–\u2060"
"""Between two clock times, where no line is broken."""


class Item(NamedTuple):
    """One session as it is read; ``notes`` are what is said of it besides, ``mark`` that it is new or was changed."""

    starts_at: str
    ends_at: str
    topic: str
    notes: Sequence[str]
    mark: str | None = None


class Day(NamedTuple):
    name: str
    items: Sequence[Item]


class Next(NamedTuple):
    """What comes next, or is going on, with its day."""

    above: str
    day: str
    item: Item


class Changes(NamedTuple):
    """What the version in force changed of one's own sessions, and what it took out of everybody's."""

    marks: Mapping[str, Change]
    removed: Sequence[FeedEvent]


def changes_of(programme: Programme, feed: Iterable[FeedEvent]) -> Changes:
    """What the version in force changed; a first one changed nothing. A feed tells time by the second."""
    since = programme.published_at.replace(microsecond=0)
    if programme.version == 1:
        return Changes({}, ())
    latest = [each for each in feed if each.changed_at >= since]
    own = {each.session_id for each in programme.sessions}
    marks: dict[str, Change] = {
        each.id: "changed" if each.sequence else "added" for each in latest if each.id in own and not each.is_cancelled
    }
    return Changes(marks, [each for each in latest if each.is_cancelled])


def week_page(frame: Frame, programme: Programme, changes: Changes | None, now: datetime) -> str:
    """One's own days; ``changes`` is ``None`` while it cannot be said what the version changed."""
    words = TEXTS[frame.language].programme
    items = {each.session_id: _item(each, programme, changes, frame.language) for each in programme.sessions}
    return made(
        "week.html",
        frame,
        week=TEXTS[frame.language],
        place=f"{programme.venue}, {programme.city}",
        letter=letter.TEXTS[frame.language].title,
        materials=materials.TEXTS[frame.language].link,
        times=words.times.format(city=programme.city, zone=programme.time_zone),
        version=words.version.format(version=programme.version, day=_published_on(programme, frame.language)),
        link_over=programme.calendar_link == "ended",
        next=_next(programme, items, now, frame.language),
        changed=_changed(programme, changes, frame.language),
        days=[
            Day(day_with_weekday(on, frame.language), [items[each.session_id] for each in sessions])
            for on, sessions in groupby(_in_order(programme), _day_of)
        ],
    )


def nothing_yet_page(frame: Frame) -> str:
    """Nothing is published, or nobody has sentences scheduling yet who takes part."""
    words, links = TEXTS[frame.language], [(letter.TEXTS[frame.language].title, "/letter")]
    return made("nothing.html", frame, passage=words.programme.none, above=words.above, links=links)


def hours_page(frame: Frame, attendance: Attendance, programme: Programme | None) -> str:
    """What is recorded, and what it means."""
    words, figures = TEXTS[frame.language].hours, attendance.figures
    outcome = outcome_of(figures)
    return made(
        "week_hours.html",
        frame,
        week=TEXTS[frame.language],
        passage=words.outcomes[outcome],
        kind="standing" if outcome in ("completed", "enough") else "quiet",
        facts=figures_facts(figures, frame.language),
        rows=_rows(attendance, programme, frame.language),
        twice=bool(figures.in_two_places),
        how=[each.format(percent=figures.percent_required) for each in words.how],
    )


def no_hours_page(frame: Frame) -> str:
    passage = TEXTS[frame.language].hours.none
    return made("nothing.html", frame, passage=passage, above=TEXTS[frame.language].above)


def reasons_page(frame: Frame, excuses: Sequence[Excuse], programme: Programme | None) -> str:
    """Why somebody need not attend what they are excused from."""
    return made(
        "week_reasons.html",
        frame,
        week=TEXTS[frame.language],
        excuses=[
            (_title(each.session_id, programme, frame.language), _excuse_facts(each, programme, frame.language))
            for each in excuses
        ],
    )


def calendar_page(frame: Frame, once: str, problem: str | None = None, *, link_over: bool = False) -> str:
    """What a link to one's calendar reveals, and the button that makes one; ``link_over`` is whether there was one that
    the renewed receipt code ended."""
    values = {"once": once, "problem": problem, "link_over": link_over}
    return made("week_calendar.html", frame, week=TEXTS[frame.language], address=None, **values)


def calendar_link_page(frame: Frame, address: str) -> str:
    """The link, which stands here and nowhere else."""
    return made("week_calendar.html", frame, week=TEXTS[frame.language], once="", problem=None, address=address)


def outcome_of(figures: Figures) -> Outcome:
    """What the figures mean in one word."""
    if figures.standing != "expected":
        return figures.standing
    if not figures.minutes_required:
        return "nothing"
    return "enough" if figures.would_complete else "short"


def figures_facts(figures: Figures, language: Language) -> list[tuple[str, str]]:
    """Owed, attended, the share of it, what is wanted, and what is missing. A share is never rounded up (rule 6)."""
    words, owed, attended = TEXTS[language].hours, figures.minutes_required, figures.minutes_attended
    facts = [(words.owed, minutes(owed, language)), (words.attended, minutes(attended, language))]
    if owed:
        facts.append((words.share, words.percent.format(percent=attended * 100 // owed)))
    facts.append((words.wanted, words.percent.format(percent=figures.percent_required)))
    if owed and (missing := missing_minutes(figures)):
        facts.append((words.missing, minutes(missing, language)))
    return facts


def missing_minutes(figures: Figures) -> int:
    """Whole minutes that are missing for the share that is wanted."""
    return max(0, -(-figures.minutes_required * figures.percent_required // 100) - figures.minutes_attended)


def minutes(count: int, language: Language) -> str:
    return counted(TEXTS[language].hours.minutes, count, language)


def in_short(programme: Programme, now: datetime, language: Language) -> Part:
    """What comes next, for the first page of one's own."""
    words, found = TEXTS[language], next_of(programme, now)
    if found is None:
        return Part("week", words.programme.over)
    above = words.programme.now if found.starts_at <= now else words.programme.next
    return Part("week", found.topic[language], [(above, when(found, language)), _room_of(found, language)])


def _room_of(session: Session, language: Language) -> tuple[str, str]:
    words = TEXTS[language].session
    return words.room, session.room or words.no_room


def next_of(programme: Programme, now: datetime) -> Session | None:
    """The first session that is not over."""
    return next((each for each in _in_order(programme) if each.ends_at > now), None)


def when(session: Session, language: Language) -> str:
    """Its day and hours at the place; a line is not broken within the hours."""
    return f"{day_with_weekday(_day_of(session), language)}, {session.starts_at:%H:%M}{TO}{session.ends_at:%H:%M}"


def _in_order(programme: Programme) -> list[Session]:
    return sorted(programme.sessions, key=lambda each: (each.starts_at, each.session_id))


def _day_of(session: Session) -> date:
    return session.starts_at.date()


def _published_on(programme: Programme, language: Language) -> str:
    return day(programme.published_at.astimezone(_zone(programme)).date(), language)


def _zone(programme: Programme) -> ZoneInfo:
    try:
        return ZoneInfo(programme.time_zone)
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def _next(programme: Programme, items: Mapping[str, Item], now: datetime, language: Language) -> Next | None:
    words, found = TEXTS[language].programme, next_of(programme, now)
    if found is None:
        return None
    above = words.now if found.starts_at <= now else words.next
    return Next(above, day_with_weekday(_day_of(found), language), items[found.session_id])


def _item(session: Session, programme: Programme, changes: Changes | None, language: Language) -> Item:
    words, marks = TEXTS[language], changes.marks if changes else {}
    labels = [each.label[language] for each in programme.groups if each.code in session.groups]
    kind = words.session.kinds[session.kind]
    notes = (
        " · ".join([kind, *([] if session.required else [words.session.optional]), *labels]),
        " · ".join([session.room or words.session.no_room, _tongues(session, language)]),
        ", ".join(session.faculty),
    )
    mark = words.programme.marks[marks[session.session_id]] if session.session_id in marks else None
    return Item(
        f"{session.starts_at:%H:%M}",
        f"{session.ends_at:%H:%M}",
        session.topic[language],
        [each for each in notes if each],
        mark,
    )


def _tongues(session: Session, language: Language) -> str:
    words = TEXTS[language].session
    text = words.in_language.format(language=language_name(session.language, language))
    if not session.interpretation:
        return text
    into = listed([language_name(each, language) for each in session.interpretation], language)
    return f"{text}, {words.interpretation.format(languages=into)}"


def _changed(programme: Programme, changes: Changes | None, language: Language) -> list[str]:
    """What the version changed, a sentence for each session."""
    words = TEXTS[language].programme
    if changes is None:
        return [words.changes_away]
    if programme.version == 1:
        return [words.first]
    sentences = [
        words.changes[changes.marks[each.session_id]].format(topic=each.topic[language], when=when(each, language))
        for each in _in_order(programme)
        if each.session_id in changes.marks
    ]
    for each in changes.removed:
        starts_at = (each.starts_at or programme.published_at).astimezone(_zone(programme))
        at = f"{day_with_weekday(starts_at.date(), language)}, {starts_at:%H:%M}"
        sentences.append(words.changes["removed"].format(topic=each.title, when=at))
    return sentences or [words.unchanged]


def _rows(attendance: Attendance, programme: Programme | None, language: Language) -> list[tuple[str, str, str]]:
    """Session, when, and what is recorded of it; whatever is on record of others comes last."""
    words, recorded = TEXTS[language].hours, {each.session_id: each.minutes for each in attendance.sessions}
    rows, excused = list[tuple[str, str, str]](), attendance.figures.excused_session_ids
    for each in _in_order(programme) if programme else ():
        attended = recorded.pop(each.session_id, None)
        text = words.not_recorded
        if attended is not None:
            text = words.of.format(minutes=attended, whole=minutes(each.minutes, language))
        if each.session_id in excused:
            text = f"{text} · {words.excused}"
        rows.append((each.topic[language], when(each, language), text))
    unknown = TEXTS[language].session.unknown
    rows.extend((unknown, "", minutes(each, language)) for each in recorded.values())
    return rows


def _title(session_id: str, programme: Programme | None, language: Language) -> str:
    found = _session(session_id, programme)
    return found.topic[language] if found else TEXTS[language].session.unknown


def _session(session_id: str, programme: Programme | None) -> Session | None:
    return next((each for each in programme.sessions if each.session_id == session_id), None) if programme else None


def _excuse_facts(excuse: Excuse, programme: Programme | None, language: Language) -> list[tuple[str, str]]:
    words, zone = TEXTS[language].reasons, _zone(programme) if programme else ZoneInfo("UTC")
    facts = [(words.reason, words.reasons[excuse.reason] if excuse.reason else words.gone)]
    if excuse.note:
        facts.append((words.note, excuse.note))
    facts.append((words.excused_on, day(excuse.excused_at.astimezone(zone).date(), language)))
    if excuse.withdrawn_at:
        facts.append((words.withdrawn_on, day(excuse.withdrawn_at.astimezone(zone).date(), language)))
    return facts
