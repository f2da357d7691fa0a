"""A session of the on-site week: when, where, by whom, for whom, in which languages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal, get_args

from pydantic import Field

from relevo_chassis.wrong import Wrong
from relevo_contracts.model import Frozen, Id, Instant

Language = Literal["es", "en", "pt", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

SessionKind = Literal[
    "plenary", "lecture", "talk", "panel", "workshop", "case_study", "presentation", "ceremony", "other"
]

GroupCode = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$", description="a parallel group, by its code")]

LONGEST = timedelta(hours=12)


class Texts(Frozen):
    """One text in the four working languages of the OAS."""

    es: str
    en: str
    pt: str
    fr: str

    def in_(self, language: Language) -> str:
        return {"es": self.es, "en": self.en, "pt": self.pt, "fr": self.fr}[language]


class Group(Frozen):
    """Participants who attend some sessions side by side with other groups."""

    code: GroupCode
    label: Texts


class Session(Frozen):
    """One session. Without groups it is for everybody; the interval is half open, so one may begin as another ends."""

    session_id: Id
    kind: SessionKind
    topic: Texts
    language: Language
    interpretation: tuple[Language, ...] = ()
    required: bool = True
    starts_at: Instant
    ends_at: Instant
    room_id: Id | None = None
    faculty_ids: tuple[Id, ...] = ()
    groups: tuple[GroupCode, ...] = ()

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    def is_for(self, groups: Collection[str]) -> bool:
        """Whether somebody who belongs to these groups is meant to attend."""
        return not self.groups or any(code in groups for code in self.groups)

    def overlaps(self, other: Session) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def stretches_of(sessions: Iterable[Session]) -> list[list[Session]]:
    """Sessions that overlap, directly or through others, together; earliest first."""
    stretches: list[list[Session]] = []
    ends: datetime | None = None
    for session in sorted(sessions, key=lambda each: (each.starts_at, each.session_id)):
        if ends is None or session.starts_at >= ends:
            stretches.append([])
            ends = session.ends_at
        stretches[-1].append(session)
        ends = max(ends, session.ends_at)
    return stretches


def minutes_covered(spans: Iterable[tuple[datetime, datetime]]) -> int:
    """The whole minutes that some span covers; what several cover counts once."""
    seconds, covered = 0.0, None
    for start, end in sorted(spans):
        begin = start if covered is None else max(start, covered)
        seconds += max(0.0, (end - begin).total_seconds())
        covered = end if covered is None else max(end, covered)
    return int(seconds) // 60


def check_times(starts_at: datetime, ends_at: datetime) -> None:
    """Raises ``Wrong`` unless a session starts and ends on whole minutes, later than it starts, after 12 h at most."""
    for field, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        if at.second or at.microsecond:
            raise Wrong("not_a_whole_minute", "is not on a whole minute", field=field)
    if ends_at <= starts_at:
        raise Wrong("not_after", "is not later than {other}", field="ends_at", other="starts_at")
    if ends_at - starts_at > LONGEST:
        hours = LONGEST // timedelta(hours=1)
        raise Wrong(
            "too_many_hours_after",
            "is more than {hours} hours after {other}",
            field="ends_at",
            hours=hours,
            other="starts_at",
        )
