"""What a call asks besides the fixed questions: written before it opens, each with its purpose and until when its
answers are kept, both from closed lists.

What is sensitive is asked only once a second coordinator has agreed to it. Answers weigh nothing in a selection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.texts import normal, one_line, seen
from relevo_chassis.wrong import FieldsRefused, Wrong, WrongField, each_once
from relevo_contracts.model import Frozen
from relevo_intake.domain.sealed import LANGUAGES, Language

MOST_QUESTIONS = 30
MOST_OPTIONS = 20
MOST_WORDS = 1_000
USUAL_WORDS = 200
FARTHEST = 10**9
FROZEN_BEFORE = timedelta(seconds=60)
"""How long before a call opens its list stands, so that nobody answers another than they were asked."""

QuestionKind = Literal["text", "one", "several", "number", "date", "yes_no"]
YES_OR_NO = ("yes", "no")


class QuestionPurpose(StrEnum):
    """What a question may be asked for."""

    ASSESS = "assess"
    """So that those who read and score an application understand it; reviewers may see the answers."""
    COURSE = "course"
    """To fit the course to those who take part: contents, level, examples."""
    WEEK = "week"
    """To prepare the on-site week."""
    CARE = "care"
    """So that taking part puts nobody at risk."""
    OUTREACH = "outreach"
    """To learn by which ways a call reaches people."""


class QuestionEnd(StrEnum):
    """Until when the answers are kept."""

    TEXTS = "texts"
    """As long as the texts of the application: until the person is erased, or the texts are destroyed before."""
    APPLICATION = "application"
    """As long as the application: until the person is erased."""


class SomebodyElseMustApprove(Refusal):
    """A sensitive question is approved by another coordinator than the one who wrote it."""

    status = 403


class NothingToApprove(Refusal):
    """No sensitive question of the call waits to be approved."""


class QuestionsAreUntranslated(FieldsRefused):
    """What a call asks is written in every language that the call is in."""


def _in_form_c(value: object) -> object:
    return normal(value) if isinstance(value, str) else value


Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Wording = Annotated[
    str,
    Field(min_length=1, max_length=300),
    StringConstraints(strip_whitespace=True),
    BeforeValidator(_in_form_c),
    AfterValidator(one_line),
    AfterValidator(seen),
]
Wordings = Annotated[dict[Language, Wording], Field(min_length=1)]


class QuestionOption(Frozen):
    """What may be chosen, in every language of the call."""

    code: Key
    texts: Wordings


class Condition(Frozen):
    """A question is asked only if an earlier one has one of these answers: codes of its options, or yes or no."""

    question: Key
    answers: Annotated[tuple[Key, ...], Field(min_length=1, max_length=MOST_OPTIONS)]


class Question(Frozen):
    """One question as it is asked."""

    key: Key = Field(description="what its answer stands under", examples=["network"])
    kind: QuestionKind = Field(examples=["yes_no"])
    texts: Wordings = Field(
        description="what is asked, in every language of the call", examples=[{"en": "Are you part of a network?"}]
    )
    hints: dict[Language, Wording] = Field(
        default_factory=dict, description="how it is meant, in every language of the call or in none"
    )
    options: Annotated[tuple[QuestionOption, ...], Field(max_length=MOST_OPTIONS)] = Field(
        default=(), description="of one and several: two at least"
    )
    most_words: Annotated[int, Field(ge=1, le=MOST_WORDS)] | None = Field(
        default=None, description=f"of a text; {USUAL_WORDS} unless it says so"
    )
    least: Annotated[int, Field(ge=-FARTHEST, le=FARTHEST)] | None = Field(default=None, description="of a number")
    most: Annotated[int, Field(ge=-FARTHEST, le=FARTHEST)] | None = Field(default=None, description="of a number")
    required: bool = False
    only_if: Condition | None = Field(default=None, description="asked of everybody when null")
    for_reviewers: bool = Field(default=False, description="whether reviewers see the answers; only to `assess`")
    sensitive: bool = Field(default=False, description="asked only once a second coordinator has approved it")
    purpose: QuestionPurpose = Field(
        description="assess: so that those who read and score understand the application; course: to fit the course "
        "to those who take part; week: to prepare the on-site week; care: so that taking part puts nobody at risk; "
        "outreach: to learn by which ways a call reaches people",
        examples=["course"],
    )
    kept_until: QuestionEnd = Field(
        description="texts: as long as the texts of the application; application: as long as the application. Both end "
        "when the person is erased",
        examples=["application"],
    )

    @property
    def word_limit(self) -> int:
        """The most words of a text."""
        return self.most_words or USUAL_WORDS

    @model_validator(mode="after")
    def _of_its_kind(self) -> Question:
        has_options = self.kind in ("one", "several")
        if has_options and len(self.options) < 2:
            raise Wrong("options_missing", "needs two options at least", field="options")
        each_once([each.code for each in self.options], "options")
        for name, belongs in _PARTS.items():
            if getattr(self, name) and self.kind not in belongs:
                raise Wrong("not_of_this_kind", "does not go with this kind of question", field=name)
        if self.least is not None and self.most is not None and self.most < self.least:
            raise Wrong("below_least", "is below the least", field="most")
        if self.for_reviewers and self.purpose is not QuestionPurpose.ASSESS:
            raise Wrong("not_to_assess", "reviewers see answers of the purpose assess alone", field="for_reviewers")
        return self


_PARTS: Mapping[str, Collection[str]] = {
    "options": ("one", "several"),
    "most_words": ("text",),
    "least": ("number",),
    "most": ("number",),
}


class Written(Frozen):
    """Who wrote a question as it is, and who agreed to it if it is sensitive."""

    by: str
    at: datetime
    approved_by: str = ""
    approved_at: datetime | None = None


def consistent(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """A list in which each is named once and hangs on earlier ones alone, on answers that can be there.

    Raises ``Wrong`` with the key of the question as its field.
    """
    each_once([each.key for each in questions], "")
    earlier = dict[str, Question]()
    for each in questions:
        if each.only_if is not None:
            first = earlier.get(each.only_if.question)
            if first is None:
                raise Wrong("not_an_earlier_question", "hangs on no earlier question", field=each.key)
            if not possible_answers(first).issuperset(each.only_if.answers):
                raise Wrong("not_an_answer_there", "hangs on an answer that cannot be there", field=each.key)
        earlier[each.key] = each
    return questions


def possible_answers(question: Question) -> frozenset[str]:
    """On which answers others may hang."""
    return frozenset(YES_OR_NO if question.kind == "yes_no" else (each.code for each in question.options))


def languages_of(*texts: Mapping[Language, str]) -> tuple[Language, ...]:
    """The languages that a call is in, as its titles and texts are; all of the course while it has neither."""
    return tuple(each for each in LANGUAGES if any(each in one for one in texts)) or LANGUAGES


def require_languages(questions: Sequence[Question], languages: Sequence[Language]) -> None:
    """Raises ``QuestionsAreUntranslated`` naming each wording that is missing."""
    lacking = [
        WrongField(
            f"questions.{at}.{name}.{language}", "wording_missing", "is not written in this language of the call"
        )
        for at, each in enumerate(questions)
        for name, wordings in _wordings(each)
        for language in languages
        if language not in wordings
    ]
    if lacking:
        raise QuestionsAreUntranslated(lacking)


def written(
    before: Sequence[Question],
    known: Mapping[str, Written],
    questions: Sequence[Question],
    by: str,
    now: datetime,
) -> dict[str, Written]:
    """Who wrote each: whoever did before where it is as it was, and ``by`` where it is new or changed.

    What a second coordinator agreed to is agreed to as it was: once it is changed, somebody has to agree again.
    """
    same = {each.key for each in questions if each in before}
    return {
        each.key: known[each.key] if each.key in same and each.key in known else Written(by=by, at=now)
        for each in questions
    }


def approve(questions: Sequence[Question], known: Mapping[str, Written], by: str, now: datetime) -> dict[str, Written]:
    """Agreed to, each that waits for it and that somebody else wrote.

    Raises ``NothingToApprove`` or ``SomebodyElseMustApprove``.
    """
    waiting = [each.key for each in awaiting_approval(questions, known)]
    others = [key for key in waiting if known[key].by != by]
    if not waiting:
        raise NothingToApprove()
    if not others:
        raise SomebodyElseMustApprove()
    agreed = {key: known[key].model_copy(update={"approved_by": by, "approved_at": now}) for key in others}
    return {**known, **agreed}


def awaiting_approval(questions: Iterable[Question], known: Mapping[str, Written]) -> list[Question]:
    return [each for each in questions if each.sensitive and not known[each.key].approved_by]


def in_force(questions: Sequence[Question], known: Mapping[str, Written]) -> tuple[Question, ...]:
    """What is asked: all but what is sensitive and nobody agreed to, and what hangs on that."""
    left = {each.key for each in awaiting_approval(questions, known)}
    for each in questions:
        if each.only_if is not None and each.only_if.question in left:
            left.add(each.key)
    return tuple(each for each in questions if each.key not in left)


def _wordings(question: Question) -> Iterable[tuple[str, Mapping[Language, str]]]:
    yield "texts", question.texts
    if question.hints:
        yield "hints", question.hints
    for at, option in enumerate(question.options):
        yield f"options.{at}.texts", option.texts
