"""The week as a page for everybody: a grid of days and hours on a screen, a list of days on a phone, no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from relevo_chassis.http.page import security_policy
from relevo_chassis.languages import Language
from relevo_chassis.languages.days import day_with_weekday
from relevo_chassis.languages.words import CHOICES
from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.programme import Frame, Programme, Published
from relevo_scheduling.domain.session import Session
from relevo_scheduling.words import TEXTS, tongues

STEP_MINUTES = 5

TEMPLATES = Environment(
    loader=PackageLoader("relevo_scheduling", "page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


_NO_DAYS: Mapping[str, object] = {"days": (), "rows": 0, "hours": 0}


class Page(NamedTuple):
    """A page and the policy to send with it: nothing is loaded from anywhere, and only its own style applies."""

    html: str
    content_security_policy: str


class Block(NamedTuple):
    """A session's place in the grid: rows of five minutes, lanes for what runs side by side."""

    session: Session
    first_row: int
    last_row: int
    lane: int
    lanes: int


class DayColumn(NamedTuple):
    on: date
    blocks: tuple[Block, ...]
    lanes: int

    @property
    def breadth(self) -> float:
        """How broad the day is beside the others: more where more runs side by side."""
        return 1 + 0.45 * (max((each.lanes for each in self.blocks), default=1) - 1)


def week_page(
    programme: Programme, language: Language, rooms: Mapping[str, Room], faculty: Mapping[str, Faculty]
) -> Page:
    """The published week in one language; before the first version, a page that says so."""
    published = programme.published
    if published is None:
        return _page(language, message=TEXTS[language].week.nothing_yet)
    days, (opens, closes) = _days(published), _hours(published)

    def with_cards(day: DayColumn) -> tuple[DayColumn, str, list[dict[str, object]]]:
        cards = [_card(each, published, language, rooms, faculty) for each in day.blocks]
        return day, day_with_weekday(day.on, language), cards

    return _page(
        language,
        style={"days": days, "rows": (closes - opens) * 60 // STEP_MINUTES, "hours": closes - opens},
        edition_id=programme.edition_id,
        days=[with_cards(day) for day in days],
        hours=[f"{hour:02d}:00" for hour in range(opens, closes)],
        **_facts(published, language),
    )


def no_such_edition_page(language: Language) -> Page:
    """What somebody sees who follows a link to an edition that there is not."""
    return _page(language, message=TEXTS[language].week.no_such_edition)


def _page(language: Language, *, style: Mapping[str, object] = _NO_DAYS, message: str = "", **content: object) -> Page:
    """The week, or the message that stands in its place."""
    css = TEMPLATES.get_template("week.css").render(style)
    html = TEMPLATES.get_template("week.html").render(
        words=TEXTS[language], language=language, languages=CHOICES, style=css, message=message, **content
    )
    return Page(html, security_policy(style=css))


def _facts(published: Published, language: Language) -> dict[str, str]:
    words, frame = TEXTS[language].week, published.frame
    zone = ZoneInfo(frame.time_zone)
    day = published.published_at.astimezone(zone).date()
    return {
        "where": f"{frame.venue}, {frame.city}",
        "version": words.version.format(version=published.version, day=day_with_weekday(day, language)),
        "times": words.times_in.format(city=frame.city, zone=frame.time_zone),
    }


def _card(
    block: Block, published: Published, language: Language, rooms: Mapping[str, Room], faculty: Mapping[str, Faculty]
) -> dict[str, object]:
    session, frame = block.session, published.frame
    zone = ZoneInfo(frame.time_zone)
    room = rooms.get(session.room_id or "")
    return {
        "id": session.session_id,
        "kind": session.kind,
        "kind_name": TEXTS[language].session.kinds[session.kind],
        "topic": session.topic.in_(language),
        "from": f"{session.starts_at.astimezone(zone):%H:%M}",
        "until": f"{session.ends_at.astimezone(zone):%H:%M}",
        "starts_at": session.starts_at.astimezone(zone).isoformat(),
        "room": room.name if room else "",
        "faculty": ", ".join(_credit(faculty[id]) for id in session.faculty_ids if id in faculty),
        "tongues": tongues(language, session.language, session.interpretation),
        "groups": [each.label.in_(language) for each in frame.groups if each.code in session.groups],
        "optional": not session.required,
    }


def _credit(member: Faculty) -> str:
    return f"{member.name} ({member.affiliation})" if member.affiliation else member.name


def _days(published: Published) -> tuple[DayColumn, ...]:
    frame, zone = published.frame, ZoneInfo(published.frame.time_zone)
    opens, _ = _hours(published)
    sessions = [each.session for each in published.sessions]
    return tuple(
        _day(on, [each for each in sessions if each.starts_at.astimezone(zone).date() == on], opens, zone)
        for on in _every_day(frame)
    )


def _every_day(frame: Frame) -> list[date]:
    return [frame.first_on + timedelta(days=number) for number in range((frame.last_on - frame.first_on).days + 1)]


def _day(on: date, sessions: Sequence[Session], opens: int, zone: ZoneInfo) -> DayColumn:
    start = datetime.combine(on, time(opens), zone)
    placed = [placing for cluster in _clusters(sessions) for placing in _in_lanes(cluster)]
    blocks = tuple(
        Block(session, _row(session.starts_at, start), _row(session.ends_at, start), lane, lanes)
        for session, lane, lanes in placed
    )
    return DayColumn(on, blocks, _least_common_multiple(each.lanes for each in blocks))


def _row(instant: datetime, start: datetime) -> int:
    return max(0, int((instant - start).total_seconds()) // 60 // STEP_MINUTES)


def _clusters(sessions: Iterable[Session]) -> list[list[Session]]:
    """Sessions that overlap, directly or through others, together."""
    clusters: list[list[Session]] = []
    ends: datetime | None = None
    for session in sorted(sessions, key=lambda each: (each.starts_at, each.groups, each.session_id)):
        if ends is None or session.starts_at >= ends:
            clusters.append([])
            ends = session.ends_at
        clusters[-1].append(session)
        ends = max(ends, session.ends_at)
    return clusters


def _in_lanes(cluster: Sequence[Session]) -> list[tuple[Session, int, int]]:
    """Each session in the first lane that is free, with the number of lanes that the cluster takes."""
    lanes: list[datetime] = []
    placed: list[tuple[Session, int]] = []
    for session in cluster:
        free = next((number for number, until in enumerate(lanes) if until <= session.starts_at), len(lanes))
        lanes[free : free + 1] = [session.ends_at]
        placed.append((session, free))
    return [(session, lane, len(lanes)) for session, lane in placed]


def _least_common_multiple(numbers: Iterable[int]) -> int:
    found = 1
    for number in numbers:
        step = found
        while found % number:
            found += step
    return found


def _hours(published: Published) -> tuple[int, int]:
    """The first hour and the hour after the last, of any day of the week at the venue."""
    zone = ZoneInfo(published.frame.time_zone)
    starts = [each.session.starts_at.astimezone(zone) for each in published.sessions]
    ends = [each.session.ends_at.astimezone(zone) for each in published.sessions]
    return min(each.hour for each in starts), max(each.hour + (each.minute > 0) for each in ends)
