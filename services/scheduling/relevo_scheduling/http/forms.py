"""What coordinators send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, field_validator, model_validator
from pydantic.config import JsonDict

from relevo_chassis.http.strict import LongText, Name, ShortText, Strict, example
from relevo_chassis.http.tokens import Account, named
from relevo_chassis.ids import new_id
from relevo_chassis.wrong import Wrong, each_once
from relevo_contracts.model import Id
from relevo_scheduling.domain.materials import CaseFilesNameNobody, Details, MaterialKind, MaterialLanguage
from relevo_scheduling.domain.programme import Frame
from relevo_scheduling.domain.sealed import ExcuseReason
from relevo_scheduling.domain.session import (
    Group,
    GroupCode,
    Language,
    Session,
    SessionKind,
    Texts,
    check_times,
)
from relevo_scheduling.http import links

LONGEST_WEEK_DAYS = 31
MOST_SESSIONS = 300
MOST_PARTICIPANTS = 1_000

AREAS = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil", "Canada", "Chile"),
        *("Europe", "Indian", "Mexico", "Pacific", "US"),
    }
)
"""Where the IANA database has places; its other names are offsets, rules, or whatever a machine is set to."""
_time_zones = cache(available_timezones)
"""Read from the disk once, which takes longer than all else that is asked of a form."""

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)

Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY, description=f"from {FIRST_DAY} to {LAST_DAY}")]


def _of_our_time(instant: datetime) -> datetime:
    first, last = FIRST_DAY.year, LAST_DAY.year
    if not first <= instant.year <= last:
        raise Wrong("not_of_our_time", "does not lie between the years {first} and {last}", first=first, last=last)
    return instant


def _in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


OfOurTime = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
Instant = Annotated[OfOurTime, AfterValidator(_in_utc)]
AttendedMinutes = Annotated[int, Field(ge=0, le=720, strict=True)]


TOPIC: JsonDict = {
    "es": "Medidas cautelares",
    "en": "Precautionary measures",
    "pt": "Medidas cautelares",
    "fr": "Mesures conservatoires",
}
FRAME: JsonDict = {
    "first_on": "2019-12-09",
    "last_on": "2019-12-13",
    "time_zone": "America/New_York",
    "venue": "IACHR headquarters",
    "city": "Washington, DC",
    "groups": [{"code": "land", "label": {"es": "Tierra", "en": "Land", "pt": "Terra", "fr": "Terre"}}],
}
SESSION: JsonDict = {
    "kind": "lecture",
    "topic": TOPIC,
    "language": "es",
    "interpretation": ["en", "pt"],
    "required": True,
    "starts_at": "2019-12-10T09:00:00-05:00",
    "ends_at": "2019-12-10T10:30:00-05:00",
}
PARTICIPANT = "0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012"


class TextsForm(Strict):
    """One text in the four working languages."""

    es: Name
    en: Name
    pt: Name
    fr: Name

    def texts(self) -> Texts:
        return Texts(es=self.es, en=self.en, pt=self.pt, fr=self.fr)


class GroupForm(Strict):
    code: GroupCode
    label: TextsForm


class FrameForm(Strict):
    """Days, place and parallel groups of the week. ``time_zone`` is an IANA name such as ``America/New_York``."""

    model_config = ConfigDict(json_schema_extra={"examples": [FRAME]})

    first_on: Day
    last_on: Day
    time_zone: ShortText
    venue: ShortText
    city: ShortText
    groups: Annotated[tuple[GroupForm, ...], Field(max_length=50)] = ()

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value.partition("/")[0] not in AREAS or value not in _time_zones():
            raise Wrong("time_zone_unknown", "is not a place in the IANA time zone database, like America/Bogota")
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        most, days = LONGEST_WEEK_DAYS - 1, (self.last_on - self.first_on).days
        if days < 0:
            raise Wrong("earlier_than", "is earlier than {other}", field="last_on", other="first_on")
        if days > most:
            raise Wrong(
                "too_many_days_after",
                "is more than {most} days after {other}",
                field="last_on",
                most=most,
                other="first_on",
            )
        each_once([each.code for each in self.groups], "groups")
        return self

    def frame(self) -> Frame:
        groups = tuple(Group(code=each.code, label=each.label.texts()) for each in self.groups)
        return Frame(
            first_on=self.first_on,
            last_on=self.last_on,
            time_zone=self.time_zone,
            venue=self.venue,
            city=self.city,
            groups=groups,
        )


class SessionForm(Strict):
    """A session. Times carry their offset; without groups it is for everybody."""

    model_config = ConfigDict(json_schema_extra={"examples": [SESSION]})

    kind: SessionKind
    topic: TextsForm
    language: Language
    interpretation: Annotated[tuple[Language, ...], Field(max_length=3)] = ()
    required: bool = True
    starts_at: OfOurTime
    ends_at: OfOurTime
    room_id: Id | None = None
    faculty_ids: Annotated[tuple[Id, ...], Field(max_length=30)] = ()
    groups: Annotated[tuple[GroupCode, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        check_times(self.starts_at, self.ends_at)
        if self.language in self.interpretation:
            raise Wrong("own_language", "names the language that is spoken anyway", field="interpretation")
        for name in ("interpretation", "faculty_ids", "groups"):
            each_once(getattr(self, name), name)
        return self

    def session(self, session_id: str) -> Session:
        fields = {name: getattr(self, name) for name in Session.model_fields if name not in ("session_id", "topic")}
        return Session(session_id=session_id, topic=self.topic.texts(), **fields)


class ListedSession(SessionForm):
    """A session in the list of all; one that is in the draft already keeps its id, a new one has none."""

    session_id: Id | None = None


class SessionsForm(Strict):
    """All sessions of the draft."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sessions": [SESSION]}]})

    sessions: Annotated[tuple[ListedSession, ...], Field(max_length=MOST_SESSIONS)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        each_once([each.session_id for each in self.sessions if each.session_id], "sessions")
        return self

    def listed(self) -> tuple[Session, ...]:
        return tuple(each.session(each.session_id or new_id()) for each in self.sessions)


class RoomForm(Strict, json_schema_extra=example(name="Sala A", seats=40)):
    name: ShortText
    seats: Annotated[int, Field(ge=1, le=10_000)]


class FacultyForm(Strict, json_schema_extra=example(name="Una Docente", affiliation="Universidad Ejemplo")):
    """Somebody who teaches, as the programme shows them; ``subject`` is by whose tokens they see their sessions."""

    name: Name
    affiliation: Name | None = None
    subject: Account | None = None

    def account(self, issuers: Sequence[str]) -> str | None:
        return named(self.subject, issuers) if self.subject else None


class GroupsForm(Strict):
    """The groups of participants from an instant on, by participant id; those not named keep theirs.

    Nobody owes what a group had to attend before they belonged to it. Without ``from_at`` it is from now on; an earlier
    instant sets right what was told late, also after the week was closed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"groups": {PARTICIPANT: ["land"]}}]})

    groups: Annotated[
        dict[Id, Annotated[tuple[GroupCode, ...], Field(max_length=20)]],
        Field(min_length=1, max_length=MOST_PARTICIPANTS),
    ]
    from_at: Instant | None = None


class ExpectedForm(Strict):
    """From when on a participant is expected: nothing that was held before is owed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from_at": "2019-12-10T08:00:00-05:00"}]})

    from_at: Instant


class ExcuseForm(Strict):
    """From which session a participant is excused, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"session_id": PARTICIPANT, "reason": "illness"}]})

    session_id: Id
    reason: ExcuseReason = Field(description="sealed under the participant's key; in no event")
    note: Annotated[LongText, Field(max_length=1_000)] | None = Field(
        default=None, description="sealed; gone when the participant is erased"
    )


class SheetForm(Strict):
    """The sheet of one session: minutes attended, by participant id; those not named keep what they have."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"minutes": {PARTICIPANT: 90}}]})

    minutes: Annotated[dict[Id, AttendedMinutes], Field(min_length=1, max_length=MOST_PARTICIPANTS)]


class MinutesForm(Strict, json_schema_extra=example(minutes=85)):
    """The minutes of one session that one participant attended."""

    minutes: AttendedMinutes


class MaterialForm(
    Strict,
    json_schema_extra=example(
        kind="report", language="es", title="Empresas y derechos humanos", link="https://www.example.org/informe.pdf"
    ),
):
    """What a material is for. Without ``session_id`` it is for the whole week; without ``link`` its file is sent next.

    A case file is taken when its sender affirms that it names nobody.
    """

    session_id: Id | None = None
    kind: MaterialKind
    language: MaterialLanguage
    title: ShortText
    link: Annotated[str, Field(max_length=links.MOST_CHARACTERS), AfterValidator(links.public_link)] | None = None
    names_nobody: bool = Field(default=False, description="affirmed by the sender; of a case file it has to be true")

    def details(self) -> Details:
        """Raises ``CaseFilesNameNobody``."""
        if self.kind == "case_file" and not self.names_nobody:
            raise CaseFilesNameNobody()
        return Details(
            session_id=self.session_id, kind=self.kind, language=self.language, title=self.title, link=self.link
        )
