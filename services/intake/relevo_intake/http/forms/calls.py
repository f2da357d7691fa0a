"""What coordinators say of a call."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator

from relevo_chassis.http.strict import LongText, Name, Strict, example
from relevo_chassis.ids import new_id
from relevo_chassis.wrong import Wrong
from relevo_contracts import Requirements
from relevo_contracts.model import Count, Id
from relevo_intake.domain.call import ANSWER_DAYS, Call, CallCorrection, Criteria
from relevo_intake.domain.questions import MOST_QUESTIONS, Question, consistent
from relevo_intake.domain.sealed import Language
from relevo_intake.http.forms.fields import When

Titles = dict[Language, Name]
Texts = dict[Language, LongText]
AnswerDays = Annotated[
    int, Field(ge=1, le=90, description="within how many days the secretariat means to answer whoever writes to it")
]
Questions = Annotated[tuple[Question, ...], Field(max_length=MOST_QUESTIONS), AfterValidator(consistent)]

_CALL_EXAMPLE: dict[str, JsonValue] = {
    "edition_id": "5d1f0c7e9b3a4826a1c4e7f20b9d6835",
    "titles": {"es": "Segunda edición", "en": "Second edition", "pt": "Segunda edição", "fr": "Deuxième édition"},
    "opens_at": "2019-09-12T12:00:00Z",
    "closes_at": "2019-09-27T04:59:00Z",
    "seats": 60,
    "travel_grants": 7,
    "criteria": {
        "quotas": [{"attribute": "priority_country", "percent": 50}, {"attribute": "women", "percent": 50}],
        "country_cap": 8,
    },
}


class CallForm(Strict):
    """A call to open."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CALL_EXAMPLE]})

    call_id: Id | None = Field(default=None, description="drawn when not given")
    edition_id: Id
    titles: Titles = Field(default_factory=dict, description="of the edition, by language")
    texts: Texts = Field(default_factory=dict, description="what the call says, by language")
    opens_at: When
    closes_at: When
    seats: Annotated[int, Field(ge=1, le=10_000)]
    travel_grants: Count = 7
    requirements: Requirements = Requirements()
    criteria: Criteria = Criteria()
    answer_days: AnswerDays = ANSWER_DAYS
    questions: Questions = Field(default=(), description="what is asked besides the fixed questions")

    @model_validator(mode="after")
    def _in_order(self) -> CallForm:
        if self.opens_at >= self.closes_at:
            raise Wrong("not_after", "is not later than {other}", field="closes_at", other="opens_at")
        return self

    def call(self) -> Call:
        """The call, under an id of its own unless one is given."""
        fields = {name: getattr(self, name) for name in CallForm.model_fields}
        return Call(**{**fields, "call_id": self.call_id or new_id()})


class ExtensionForm(Strict, json_schema_extra=example(closes_at="2019-10-04T04:59:00Z")):
    """Until when the call is open: later than it was, and ahead."""

    closes_at: When = Field(examples=["2019-10-04T04:59:00Z"])


class CorrectionForm(Strict, json_schema_extra=example(titles={"es": "Segunda edición"})):
    """What the call is to say otherwise. What is left out stays; what is given takes the place of all there was."""

    titles: Titles | None = Field(default=None, description="of the edition, by language")
    texts: Texts | None = Field(default=None, description="what the call says, by language")
    criteria: Criteria | None = Field(default=None, description="until the first review")
    answer_days: AnswerDays | None = None

    def correction(self) -> CallCorrection:
        return CallCorrection(**{name: getattr(self, name) for name in CallCorrection.model_fields})


class LateCodeForm(Strict, json_schema_extra=example(expires_at="2019-10-04T04:59:00Z")):
    """For whom the call is opened once more: until when."""

    expires_at: When


_NETWORK_EXAMPLE: dict[str, JsonValue] = {
    "key": "network",
    "kind": "yes_no",
    "texts": {
        "es": "¿Participa en alguna red de defensa?",
        "en": "Are you part of a network of defenders?",
        "pt": "Participa de alguma rede de defesa?",
        "fr": "Faites-vous partie d'un réseau de défense ?",
    },
    "purpose": "course",
    "kept_until": "application",
}


class QuestionsForm(Strict, json_schema_extra=example(questions=[_NETWORK_EXAMPLE])):
    """All that is asked besides the fixed questions, in the place of what was asked before; none asks nothing."""

    questions: Questions
