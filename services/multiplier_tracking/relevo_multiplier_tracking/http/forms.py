"""What people send in, as it comes over the wire: checked here, trusted inside."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from relevo_chassis.http.strict import LongText, Strict, example
from relevo_chassis.http.tokens import Account
from relevo_chassis.wrong import Wrong
from relevo_contracts.model import Id
from relevo_contracts.multiplier_tracking import (
    PictureRejectedBecause,
    RejectedBecause,
    ReturnedBecause,
    SessionFormat,
    SupportTopic,
)
from relevo_multiplier_tracking.commands.sessions import CorrectReport, ReportSession
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import AskedFor
from relevo_multiplier_tracking.domain.sealed import DecisionWords, Language, PauseReason, ReopenReason, SessionTexts

SessionDay = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31), description="from 2000 to 2199")]
Revision = Annotated[int, Field(ge=1, le=1_000, description="the revision of the report that was read")]
MOST_PEOPLE = 10_000
Note = Annotated[LongText, Field(max_length=1_000)]
LastedMinutes = Annotated[int, Field(ge=1, le=days.MINUTES, description="how long it lasted, without breaks")]
People = Annotated[int, Field(ge=1, le=MOST_PEOPLE, description="how many other people took part: only the number")]
Description = Annotated[
    LongText,
    Field(max_length=2_000, description="what was taught; name nobody. Sealed; gone when the participant is erased"),
]
OtherSession = Annotated[
    Id,
    Field(description="the session of another participant that this one is too, by the id they have it under"),
]
EvidenceNote = Annotated[
    Note,
    Field(description="where evidence can be seen; name nobody. Sealed; gone when the participant is erased"),
]


class PlanForm(Strict):
    """A multiplier session that is meant to be held."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"planned_on": "2020-01-18", "format": "in_person"}]})

    planned_on: SessionDay = Field(description="after the on-site week, on or before the due day")
    format: SessionFormat


class ReportForm(Strict):
    """A multiplier session that was held. Of the people trained, a number and nothing else (rule 15)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"held_on": "2020-01-18", "minutes": 260, "people": 14, "format": "in_person"}]}
    )

    held_on: SessionDay
    minutes: LastedMinutes
    people: People
    format: SessionFormat
    description: Description | None = None
    evidence_note: EvidenceNote | None = None
    together_with: OtherSession | None = None
    another_session: bool = Field(
        default=False,
        strict=True,
        description="that it is another session than one of which the same day, length, number and way are reported",
    )

    def command(self, commitment_id: str, session_id: str | None) -> ReportSession:
        return ReportSession(
            commitment_id,
            session_id,
            held_on=self.held_on,
            minutes=self.minutes,
            people=self.people,
            format=self.format,
            texts=_texts(self),
            together_with=self.together_with,
            another_session=self.another_session,
        )


class CorrectionForm(Strict):
    """What is said anew of a returned report. What is not sent stays as it was.

    ``null`` takes a text away, or that it was held together with somebody.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"minutes": 260}], "minProperties": 1})

    held_on: SessionDay | None = None
    minutes: LastedMinutes | None = None
    people: People | None = None
    format: SessionFormat | None = None
    description: Description | None = None
    evidence_note: EvidenceNote | None = None
    together_with: OtherSession | None = None

    def command(self, commitment_id: str, session_id: str) -> CorrectReport:
        return CorrectReport(
            commitment_id,
            session_id,
            held_on=self.held_on,
            minutes=self.minutes,
            people=self.people,
            format=self.format,
            texts=_texts(self),
            together="replaced" if "together_with" in self.model_fields_set else "unchanged",
            together_with=self.together_with,
        )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise Wrong("says_nothing", "says nothing that could be changed; give at least one field")
        return self


def _texts(form: ReportForm | CorrectionForm) -> SessionTexts:
    return SessionTexts(**form.model_dump(include={*SessionTexts.model_fields}, exclude_unset=True))


class DecisionForm(Strict):
    """Which revision of the report the decision is about."""

    revision: Revision


class VerifyForm(DecisionForm, json_schema_extra=example(revision=1)):
    """That a report is true; and, of each report that is shown as the same, that this is another session."""

    same_as: Annotated[tuple[Id, ...], Field(max_length=50)] = Field(
        default=(), description="the sessions shown as same_as that this one is affirmed to be another than"
    )


class AboutForm(Strict):
    """What is to be said to each field of a report; sealed, for the participant to read."""

    held_on: Note | None = None
    minutes: Note | None = None
    people: Note | None = None
    format: Note | None = None
    description: Note | None = None
    evidence_note: Note | None = None


class _WithWords(DecisionForm):
    note: Note | None = Field(default=None, description="for the participant; sealed")
    about: AboutForm | None = Field(default=None, description="for the participant, field by field; sealed")

    def words(self) -> DecisionWords | None:
        """``None`` where nothing is said beyond the code."""
        fields = self.about.model_dump(exclude_none=True) if self.about else {}
        return DecisionWords(note=self.note, **fields) if fields or self.note else None


class ReturnForm(_WithWords):
    """Why a report goes back to be corrected, and what is to be corrected in each field."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"revision": 1, "because": "people_unclear", "about": {"people": "¿14 con usted o sin usted?"}}
            ]
        }
    )

    because: ReturnedBecause


class RejectForm(_WithWords, json_schema_extra=example(revision=1, because="too_short")):
    """Why a report is rejected."""

    because: RejectedBecause


class RejectPictureForm(Strict, json_schema_extra=example(because="people_seen")):
    """Why a picture is rejected."""

    because: PictureRejectedBecause


class TogetherForm(
    Strict, json_schema_extra=example(session_id="0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012", revision=1, agreed=True)
):
    """Whether a session that another participant reports was held together with this one."""

    session_id: Id = Field(description="the other's session")
    revision: Revision
    agreed: bool = Field(strict=True)


class PauseForm(Strict, json_schema_extra=example(reason="illness")):
    """Why the days stand still (rule 10)."""

    reason: PauseReason = Field(description="sealed under the participant's key; in no event")
    note: Note | None = Field(default=None, description="sealed; gone when the participant is erased")


class AskForm(Strict):
    """What a participant asks for, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"asked_for": "pause", "reason": "illness"}]})

    asked_for: AskedFor
    due_on: SessionDay | None = Field(default=None, description="for more days: until when, later than the due day")
    reason: PauseReason = Field(description="sealed; in no event; gone when the participant is erased")
    note: Note | None = Field(default=None, description="sealed; gone when the participant is erased")

    @model_validator(mode="after")
    def _says_until_when(self) -> Self:
        if self.asked_for == "more_days" and self.due_on is None:
            raise Wrong("day_missing", "is missing; more days are asked for until a day", field="due_on")
        if self.asked_for != "more_days" and self.due_on is not None:
            raise Wrong("day_of_a_pause", "has no meaning here; a pause is asked for without a day", field="due_on")
        return self


class GrantForm(Strict, json_schema_extra=example(note="Que se mejore.")):
    """What is granted; without a day, what was asked for."""

    due_on: SessionDay | None = Field(default=None, description="for more days: another day than the one asked for")
    note: Note | None = Field(default=None, description="for the participant; sealed")


class DeclineForm(Strict, json_schema_extra=example(note="Hasta esa fecha todavía hay tiempo.")):
    """Why a request is declined."""

    note: Note = Field(description="for the participant; sealed; gone when they are erased")


class ExtendForm(PauseForm, json_schema_extra=example(due_on="2020-03-11", reason="network_shutdown")):
    """To which day the due day moves, and why (rule 10)."""

    due_on: SessionDay = Field(description="the new due day, later than the one there is")


class ReopenForm(Strict, json_schema_extra=example(due_on="2020-03-11", reason="illness")):
    """To which day a lapsed commitment runs again, and why (rule 9)."""

    due_on: SessionDay = Field(description="the due day from now on, not earlier than the one there was")
    reason: ReopenReason = Field(description="sealed under the participant's key; in no event")
    note: Note | None = Field(default=None, description="sealed; gone when the participant is erased")


class ReviewForm(Strict, json_schema_extra=example(decision="uphold")):
    """What becomes of a commitment under review: it stands as before, runs again, or ends."""

    decision: Literal["uphold", "reopen", "end"] = Field(
        description="uphold: as it stood, withdrawn verifications restored; reopen: the days run again; "
        "end: only when the on-site week was not completed"
    )
    due_on: SessionDay | None = Field(default=None, description="for reopen: a later due day")


class QuestionForm(
    Strict, json_schema_extra=example(topic="method", language="es", question="¿Cómo empiezo con quince personas?")
):
    """A question to the experts."""

    topic: SupportTopic
    language: Language = Field(description="of the question and of the answer")
    question: Annotated[LongText, Field(max_length=4_000)] = Field(
        description="sealed; only the expert it is assigned to reads it; gone when the participant is erased"
    )


class FurtherForm(Strict, json_schema_extra=example(question="¿Y si son treinta?")):
    """A question further to an answer, in the language of the first."""

    question: Annotated[LongText, Field(max_length=4_000)] = Field(
        description="sealed; only the expert it is assigned to reads it; gone when the participant is erased"
    )


class ReplyForm(Strict, json_schema_extra=example(answer="Por lo que ya saben de sus derechos.")):
    """An expert's answer."""

    answer: Annotated[LongText, Field(max_length=8_000)] = Field(
        description="sealed under the participant's key; gone when the participant is erased"
    )


class SupportTermsForm(Strict, json_schema_extra=example(answer_days=5)):
    """Within how many days the experts mean to answer."""

    answer_days: Annotated[int, Field(ge=1, le=30)] = Field(
        description="counted from the question; an answer that is not there by the end of the last is late"
    )


class AssignForm(Strict, json_schema_extra=example(expert_id="an-expert")):
    """Which expert is to answer."""

    expert_id: Account
