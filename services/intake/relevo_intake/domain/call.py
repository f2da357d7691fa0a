"""A call for applications: when it takes them, under which requirements and published criteria (rule 1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.figures import Actual, snapshot
from relevo_chassis.kept import Kept
from relevo_chassis.wrong import Wrong, each_once
from relevo_contracts import Requirements
from relevo_contracts.intake import CallClosed, CallExtended, CallOpened, ClosedBy
from relevo_contracts.model import Event, Frozen, Percent
from relevo_intake.domain.countries import Country
from relevo_intake.domain.guard import Guard
from relevo_intake.domain.kept import CALL, STAFF
from relevo_intake.domain.questions import (
    FROZEN_BEFORE,
    Question,
    Written,
    approve,
    awaiting_approval,
    in_force,
    languages_of,
    require_languages,
    written,
)
from relevo_intake.domain.sealed import Language, Theme

CLOSED_BY_HAND_AFTER = timedelta(seconds=60)
ANSWER_DAYS = 5
"""Within how many days the secretariat means to answer whoever writes to it, unless the call says otherwise."""
PRIORITY_COUNTRIES: tuple[str, ...] = ("HN", "SV", "GT", "NI", "CO", "MX", "BR")


CallState = Literal["announced", "open", "closed"]


class NoSuchCall(Refusal):
    """There is no call with this id."""

    status = 404


class CallExists(Refusal):
    """A call with this id exists already."""


class CallIsNotOpenYet(Refusal):
    """The call does not take applications yet; come back when it opens."""


class CallIsClosed(Refusal):
    """The call is closed and takes applications only with a valid late-access code."""


class LateCodeIsNotValid(Refusal):
    """The late-access code is unknown, used or expired; ask the coordinator for another."""


class ExpiresTooEarly(Refusal):
    """A late-access code must be good for some time; choose a later instant."""

    status = 422
    where = "body.expires_at"


class ClosesEarlier(Refusal):
    """A call is extended to a later instant than it closes at, and one that lies ahead; to close it early, close it."""

    status = 422
    where = "body.closes_at"


class CallWasSelected(Refusal):
    """The call's selection was applied; it cannot be opened again."""


class CriteriaAreInUse(Refusal):
    """Somebody has reviewed an application by these criteria; from then on they stay as they are."""


class QuestionsAreFrozen(Refusal):
    """The call opens within a minute, or has opened: what it asks stays as it is."""


class NoTimeToApprove(Refusal):
    """A sensitive question is approved by a second coordinator before the call opens; announce the call earlier."""


class Criterion(Frozen):
    """One line of the rubric: reviewers give 0 to ``max_score``, weighed against the other lines by ``weight``."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    weight: int = Field(ge=1, le=1000)
    max_score: int = Field(ge=1, le=100)


class Quota(Frozen):
    """A least share of the seats for people of one attribute, in per cent."""

    attribute: Literal["priority_country", "women", "indigenous", "african_descent", "lgbti", "theme"]
    percent: Percent
    themes: tuple[Theme, ...] = Field(default=(), description="for the attribute theme: any of these counts")


class Criteria(Frozen):
    """What the selection is decided by, published with the call."""

    rubric: tuple[Criterion, ...] = (
        Criterion(code="experience", weight=35, max_score=10),
        Criterion(code="motivation", weight=30, max_score=10),
        Criterion(code="multiplier_idea", weight=35, max_score=10),
    )
    priority_countries: tuple[Country, ...] = PRIORITY_COUNTRIES
    quotas: tuple[Quota, ...] = ()
    country_cap: int | None = Field(default=None, ge=1, le=10_000, description="most seats for one country")
    blind: bool = True
    reviews_per_application: int = Field(default=3, ge=1, le=9)

    @model_validator(mode="after")
    def _each_once(self) -> Criteria:
        if not self.rubric:
            raise Wrong("rubric_empty", "has no criterion", field="rubric")
        each_once([each.code for each in self.rubric], "rubric")
        each_once(self.priority_countries, "priority_countries")
        return self


class LateCode(Frozen):
    """A late-access code, known by its keyed hash only; good for one application."""

    code_hash: str
    issued_at: datetime
    issued_by: str | None = None
    expires_at: datetime
    used_by: str | None = Field(default=None, description="application_id")


class Call(Frozen):
    """A call as it stands. How many have applied is counted at its gates, which many write at once."""

    kept: ClassVar[Kept] = CALL

    call_id: str
    edition_id: str
    titles: dict[Language, str] = Field(default_factory=dict)
    texts: dict[Language, str] = Field(default_factory=dict)
    opens_at: datetime
    closes_at: datetime
    seats: int
    travel_grants: int
    requirements: Requirements = Requirements()
    requirements_version: int = 1
    criteria: Criteria = Criteria()
    answer_days: int = ANSWER_DAYS
    questions: tuple[Question, ...] = ()
    written: Annotated[dict[str, Written], STAFF] = Field(default_factory=dict, description="by the key of a question")
    late_codes: Annotated[tuple[LateCode, ...], STAFF] = ()
    closed_at: datetime | None = None
    closed_by: ClosedBy | None = None
    closed_by_whom: Annotated[str | None, STAFF] = Field(default=None, description="who closed it by hand")
    told: dict[str, int] = Field(default_factory=dict, description="what was told of its figures last")
    guard: Guard = Guard()

    @property
    def closed(self) -> bool:
        """Whether the close has been written; from then on it is final."""
        return self.closed_at is not None

    @property
    def questions_in_force(self) -> tuple[Question, ...]:
        """What is asked besides the fixed questions."""
        return in_force(self.questions, self.written)

    def state_at(self, now: datetime) -> CallState:
        return state_at(now, self.opens_at, self.closes_at, closed=self.closed)

    def questions_frozen_at(self, now: datetime) -> bool:
        """Whether what the call asks stands for good."""
        return now >= self.opens_at - FROZEN_BEFORE


class CallCorrection(Frozen):
    """What is to be said otherwise; what is left out stays as it is."""

    titles: dict[Language, str] | None = None
    texts: dict[Language, str] | None = None
    criteria: Criteria | None = None
    answer_days: int | None = None


Outcome = tuple[Call, Sequence[Event]]


def state_at(now: datetime, opens_at: datetime, closes_at: datetime, *, closed: bool) -> CallState:
    """Whether a call takes applications; once its close is written, no earlier instant opens it."""
    if closed or now >= closes_at:
        return "closed"
    return "announced" if now < opens_at else "open"


def open_call(existing: Call | None, call: Call) -> Outcome:
    """Announce a call. Raises ``CallExists``."""
    if existing is not None:
        raise CallExists(call_id=call.call_id)
    return call, (
        CallOpened(
            call_id=call.call_id,
            edition_id=call.edition_id,
            opens_at=call.opens_at,
            closes_at=call.closes_at,
            seats=call.seats,
            travel_grants=call.travel_grants,
            requirements=call.requirements,
        ),
    )


def close_by_hand(call: Call, now: datetime, by: str | None = None) -> Call:
    """Bring the close forward to a minute from ``now``: closing is an instant to compare with (rule 1)."""
    if call.state_at(now) == "closed":
        raise CallIsClosed(call_id=call.call_id)
    closes_at = min(call.closes_at, now + CLOSED_BY_HAND_AFTER)
    return call.model_copy(update={"closes_at": closes_at, "closed_by": "hand", "closed_by_whom": by})


def close(call: Call, applications: int, now: datetime) -> Outcome:
    """Write the close once its instant has come; nothing happens before it or a second time.

    ``applications`` is how many came in through the gates, which are closed in the same transaction. It is told where
    there are well more than seats: of fewer everybody would be known to get one.
    """
    if call.closed or now < call.closes_at:
        return call, ()
    released = snapshot(call.told, {"applications": Actual(applications, beyond=(call.seats,))})
    closed = call.model_copy(
        update={"closed_at": call.closes_at, "closed_by": call.closed_by or "plan", "told": released}
    )
    return closed, (
        CallClosed(
            call_id=call.call_id,
            edition_id=call.edition_id,
            closed_at=call.closes_at,
            closed_by=call.closed_by or "plan",
            **released,
        ),
    )


def extend(call: Call, closes_at: datetime, now: datetime, *, selected: bool) -> Outcome:
    """Keep the call open until a later instant, or open it again. Raises ``ClosesEarlier`` or ``CallWasSelected``."""
    if closes_at <= max(call.closes_at, now):
        raise ClosesEarlier(call_id=call.call_id, closes_at=f"{call.closes_at:%Y-%m-%dT%H:%M:%SZ}")
    if selected:
        raise CallWasSelected(call_id=call.call_id)
    extended = call.model_copy(
        update={"closes_at": closes_at, "closed_at": None, "closed_by": None, "closed_by_whom": None}
    )
    return extended, (
        CallExtended(
            call_id=call.call_id,
            edition_id=call.edition_id,
            extended_at=now,
            closes_at=closes_at,
            reopened=call.state_at(now) == "closed",
        ),
    )


def correct(call: Call, correction: CallCorrection, *, reviewed: bool) -> Call:
    """Correct what the call says, at any time, and its criteria until the first review.

    Raises ``CriteriaAreInUse``, or ``QuestionsAreUntranslated`` for a language that its questions are not in.
    """
    values = {name: value for name in CallCorrection.model_fields if (value := getattr(correction, name)) is not None}
    if reviewed and values.get("criteria", call.criteria) != call.criteria:
        raise CriteriaAreInUse(call_id=call.call_id)
    corrected = call.model_copy(update=values)
    require_languages(call.questions, languages_of(corrected.titles, corrected.texts))
    return corrected


def put_questions(call: Call, questions: Sequence[Question], by: str, now: datetime) -> Call:
    """Ask these, in the place of those that were asked before.

    Raises ``QuestionsAreFrozen`` or ``QuestionsAreUntranslated``.
    """
    if call.questions_frozen_at(now):
        raise QuestionsAreFrozen(call_id=call.call_id)
    return _asking(call, questions, by, now)


def approve_questions(call: Call, by: str, now: datetime) -> Call:
    """A second coordinator agrees to what is sensitive and somebody else wrote.

    Raises ``QuestionsAreFrozen``, ``NothingToApprove`` or ``SomebodyElseMustApprove``.
    """
    if call.questions_frozen_at(now):
        raise QuestionsAreFrozen(call_id=call.call_id)
    return call.model_copy(update={"written": approve(call.questions, call.written, by, now)})


def with_first_questions(call: Call, by: str, now: datetime) -> Call:
    """A call that is about to be announced, with what it asks from the first.

    Raises ``QuestionsAreUntranslated``, or ``NoTimeToApprove`` for what nobody could agree to any more.
    """
    asking = _asking(call, call.questions, by, now)
    if asking.questions_frozen_at(now) and awaiting_approval(asking.questions, asking.written):
        raise NoTimeToApprove(call_id=call.call_id)
    return asking


def _asking(call: Call, questions: Sequence[Question], by: str, now: datetime) -> Call:
    require_languages(questions, languages_of(call.titles, call.texts))
    writers = written(call.questions, call.written, questions, by, now)
    return call.model_copy(update={"questions": tuple(questions), "written": writers})


def add_late_code(call: Call, code: LateCode) -> Call:
    """Raises ``ExpiresTooEarly``."""
    if code.expires_at <= code.issued_at:
        raise ExpiresTooEarly(call_id=call.call_id)
    return call.model_copy(update={"late_codes": (*call.late_codes, code)})


def change_requirements(call: Call, requirements: Requirements) -> Call:
    """Put other requirements in force for what begins from now on; what began keeps its copy."""
    if requirements == call.requirements:
        return call
    return call.model_copy(update={"requirements": requirements, "requirements_version": call.requirements_version + 1})


def use_late_code(call: Call, application_id: str, now: datetime, code_hash: str) -> Call:
    """Use up a late-access code for an application after the close. Raises ``LateCodeIsNotValid``.

    Before the close a code is not looked at, so that it stays good.
    """
    usable = [each for each in call.late_codes if each.code_hash == code_hash and each.used_by is None]
    if not usable or now >= usable[0].expires_at:
        raise LateCodeIsNotValid(call_id=call.call_id)
    used = usable[0].model_copy(update={"used_by": application_id})
    return call.model_copy(
        update={"late_codes": tuple(used if each is usable[0] else each for each in call.late_codes)}
    )
