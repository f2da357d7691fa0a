"""What the portal says of the week, in every language: see ``texts/week/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_portal.services.scheduling import Kind, Reason
from relevo_portal.words import Passage

Outcome = Literal["completed", "not_completed", "left", "enough", "short", "nothing"]
"""What the attendance means: as it was judged, or, before that, as it would be now."""
Change = Literal["added", "changed", "removed"]
"""What a version did with a session."""


class SessionWords(Words):
    kinds: Mapping[Kind, str]
    optional: str
    in_language: str
    interpretation: str
    room: str
    no_room: str
    unknown: str


class ProgrammeWords(Words):
    """The week's own page."""

    none: Passage
    times: str
    version: str
    next: str
    now: str
    over: str
    days: str
    changes_title: str
    changes: Mapping[Change, str]
    marks: Mapping[Change, str]
    first: str
    unchanged: str
    changes_away: str
    print: str


class HoursWords(Words):
    """What is recorded of whoever takes part, and what it means."""

    link: str
    title: str
    none: Passage
    outcomes: Mapping[Outcome, Passage]
    owed: str
    attended: str
    share: str
    wanted: str
    missing: str
    percent: str
    minutes: Counted
    table: str
    columns: Sequence[str]
    excused: str
    not_recorded: str
    of: str
    twice: str
    how_title: str
    how: Sequence[str]


class ReasonsWords(Words):
    """Why somebody was excused."""

    link: str
    title: str
    lead: str
    none: str
    excused_on: str
    withdrawn_on: str
    reason: str
    note: str
    reasons: Mapping[Reason, str]
    gone: str


class CalendarWords(Words):
    """The page that makes a calendar link, and the one that shows it once."""

    link: str
    title: str
    lead: str
    reveals_title: str
    reveals: Sequence[str]
    make: str
    made: Passage
    address: str
    address_hint: str
    then: Sequence[str]
    over: Passage
    not_done: str
    declined: str


class WeekWords(Words):
    above: str
    back: str
    session: SessionWords
    programme: ProgrammeWords
    hours: HoursWords
    reasons: ReasonsWords
    calendar: CalendarWords


TEXTS = Texts(WeekWords, "relevo_portal", "week")
