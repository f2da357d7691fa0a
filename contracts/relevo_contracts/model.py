"""What every event is made of: ids, instants, days, counts and codes, and nothing that names anybody."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

CODE_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"
_WELL_FORMED = re.compile(CODE_PATTERN.removesuffix("$") + r"\Z")


_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _instant(value: Any) -> Any:
    """Written as in RFC 3339, and no number of seconds since some day, which pydantic takes as well."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return datetime.fromisoformat(value.upper())
    return _only(datetime, value)


def _day(value: Any) -> Any:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return _only(date, value)


def _only(kind: type[date], value: Any) -> Any:
    if isinstance(value, kind):
        return value
    raise ValueError("is not written as in RFC 3339")


def _utc(value: datetime) -> datetime:
    try:
        return value if value.tzinfo is UTC else value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is no instant of UTC") from None


Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="128 random bits, in lower-case hexadecimal")]
Instant = Annotated[
    AwareDatetime,
    Field(description="an instant of domain time, in UTC"),
    BeforeValidator(_instant),
    AfterValidator(_utc),
]
Day = Annotated[
    date,
    Field(description="a day; it is over when it is over everywhere on Earth (UTC-12)"),
    BeforeValidator(_day),
]
Count = Annotated[int, Field(ge=0, le=10**9)]
Minutes = Annotated[int, Field(ge=0, le=10**6, description="minutes")]
Days = Annotated[int, Field(ge=0, le=3650, description="days")]
Percent = Annotated[int, Field(ge=0, le=100, description="per cent")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="a SHA-256, in lower-case hexadecimal")]


def _in_tens(value: Any, info: ValidationInfo) -> Any:
    """Writers are held to tens, so that none is told that did not pass the gate; readers take what was told."""
    if not (info.context and info.context.get("reading")) and isinstance(value, int) and value % 10:
        raise ValueError("is not told in tens")
    return value


_IN_TENS = BeforeValidator(_in_tens)
Figure = Annotated[
    int,
    Field(
        ge=0,
        le=10**9,
        description="how many, to the nearest ten, and as it was told last unless it lies ten or more away; "
        "0 while it is not told, because it, or what one could work out from it, may be fewer than ten people",
    ),
    _IN_TENS,
]
"""A figure that leaves the house."""


def reading(codes: Any) -> BeforeValidator:
    """Let a reader meet a code that was published after it was built.

    Writers are held to the list. A reader (validation context ``{"reading": True}``) takes any well-formed code
    and treats one it does not know as ``other``.
    """
    known = get_args(codes)

    def accept(value: Any, info: ValidationInfo) -> Any:
        if not (info.context and info.context.get("reading")) or value in known:
            return value
        return "other" if isinstance(value, str) and _WELL_FORMED.match(value) else value

    return BeforeValidator(accept)


class Frozen(BaseModel):
    """A value that never changes."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Frozen):
    """Something that happened. The class says which aggregate's sequence it carries and who may have it.

    ``service``, ``aggregate`` and ``verb`` make its subject, ``key`` is the field that holds the aggregate's id.
    Another ``version`` of a type is another class, beside the first, with the number behind its name.
    A field it does not have is refused where an event is written and passed over where one is read.
    """

    model_config = ConfigDict(extra="forbid")

    service: ClassVar[str]
    aggregate: ClassVar[str]
    verb: ClassVar[str]
    key: ClassVar[str]
    audience: ClassVar[Literal["public", "internal"]] = "internal"
    version: ClassVar[int] = 1

    def __init_subclass__(
        cls,
        *,
        service: str | None = None,
        aggregate: str | None = None,
        verb: str | None = None,
        key: str | None = None,
        audience: Literal["public", "internal"] | None = None,
        version: int | None = None,
        **options: Any,
    ) -> None:
        super().__init_subclass__(**options)
        declared = {
            **{"service": service, "aggregate": aggregate, "verb": verb, "key": key},
            **{"audience": audience, "version": version},
        }
        for name, value in declared.items():
            if value is not None:
                setattr(cls, name, value)

    @classmethod
    def type_name(cls) -> str:
        """What it is called on the wire in every version: ``CallClosedV2`` is the second one of ``CallClosed``."""
        return cls.__name__ if cls.version == 1 else cls.__name__.removesuffix(f"V{cls.version}")

    @property
    def aggregate_id(self) -> str:
        value: str = getattr(self, self.key)
        return value


def figures_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of an event that are figures."""
    return tuple(name for name, field in model.model_fields.items() if _IN_TENS in field.metadata)


class Requirements(Frozen):
    """What an edition asks of its participants; the defaults are those of the second edition of 2019.

    Each service keeps the copy that was in force when the thing began, so a later change moves nobody's goalposts.
    """

    attendance_percent: Percent = Field(default=80, description="share of the required minutes to attend (rule 6)")
    excused_percent: Percent = Field(
        default=50, description="the most of what somebody owes of the week that they may be excused from"
    )
    multiplier_minutes: Minutes = Field(default=240, description="least length of a multiplier session (rule 8)")
    multiplier_people: Count = Field(default=10, description="least number of other people reached (rule 8)")
    multiplier_days: Days = Field(default=60, description="days from the last on-site day to the due day (rule 7)")
    sessions_add_up: bool = Field(default=False, description="whether several sessions may add up (rule 8)")
    held_together: bool = Field(
        default=False, description="whether a multiplier session held by several participants counts for each of them"
    )
    reporting_days: Days = Field(default=14, description="days after the due day on which reports are taken (rule 9)")
    correction_days: Days = Field(default=14, description="days a returned report has for its correction (rule 9)")
    reminder_days: tuple[Days, ...] = Field(
        default=(30, 14, 7, 1), description="distances from the due day at which a reminder goes out (rule 11)"
    )
    offer_days: Days = Field(default=7, description="days until an offer of a seat expires (rule 4)")
    issue_by_itself: bool = Field(default=False, description="whether ready certificates are issued at once (rule 12)")
