"""Answers to what a call asks besides the fixed questions: which are asked of whom, what fits, what is kept.

An answer to a question that is not asked of whoever answers so is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pydantic import Field

from relevo_chassis.wrong import FieldsRefused, WrongField
from relevo_contracts.model import Frozen
from relevo_intake.domain.questions import Question, QuestionEnd, QuestionPurpose
from relevo_intake.domain.sealed import (
    LANGUAGES,
    Answers,
    AnswersWithApplication,
    AnswersWithTexts,
    AnswerValue,
    Identity,
    Language,
    Profile,
    Statement,
)

SEALED_ANSWERS: Mapping[QuestionEnd, type[AnswersWithTexts] | type[AnswersWithApplication]] = {
    QuestionEnd.TEXTS: AnswersWithTexts,
    QuestionEnd.APPLICATION: AnswersWithApplication,
}
"""Under which class answers lie, by until when their question says they are kept."""
Values = Mapping[str, AnswerValue]


class AnswersDoNotFit(FieldsRefused):
    """The answers do not fit what the call asks; correct the fields listed under errors."""


class AnsweredQuestion(Frozen):
    """A question with its answer: ``chosen`` are the words of the options, where it has some."""

    key: str
    question: str
    answer: AnswerValue
    chosen: tuple[str, ...] = ()
    purpose: QuestionPurpose
    kept_until: QuestionEnd


class Submission(Frozen):
    """What an applicant submitted, as it stands."""

    identity: Identity
    profile: Profile
    statement: Statement | None = Field(description="null once the texts are no longer kept")
    answers: tuple[AnsweredQuestion, ...] = Field(
        default=(), description="to what the call asks besides, as far as they are kept; in the applicant's language"
    )


def visible(questions: Sequence[Question], answers: Values) -> tuple[Question, ...]:
    """What is asked of whoever answers so: what hangs on nothing, or on an answer to something that is asked."""
    found = dict[str, Question]()
    for each in questions:
        first = each.only_if
        if first is None or (first.question in found and _codes(answers.get(first.question)) & {*first.answers}):
            found[each.key] = each
    return tuple(found.values())


def wrong_answers(questions: Sequence[Question], answers: Values, *, whole: bool) -> list[WrongField]:
    """What does not fit of what is asked; with ``whole``, what is missing besides. Never holds what was answered."""
    found = list[WrongField]()
    for each in visible(questions, answers):
        where, answer = f"answers.{each.key}", answers.get(each.key)
        if is_answer(answer):
            found += _wrong(each, where, answer)
        elif whole and each.required:
            found.append(WrongField(where, "answer_missing", "has to be answered"))
    return found


def require_fitting(questions: Sequence[Question], answers: Values) -> None:
    """Raises ``AnswersDoNotFit``, also for what is not asked; a key of no question of the call is not repeated."""
    known, keys = {each.key for each in questions}, {each.key for each in visible(questions, answers)}
    places = sorted({f"answers.{key}" if key in known else "answers" for key in answers.keys() - keys})
    surplus = [WrongField(at, "not_asked", "is not asked of whoever answers like this; leave it out") for at in places]
    if wrong := [*wrong_answers(questions, answers, whole=True), *surplus]:
        raise AnswersDoNotFit(wrong)


def sealed_answers(questions: Sequence[Question], answers: Values) -> tuple[Answers, ...]:
    """What is kept of the answers to what is asked, in a part for each end."""
    parts = dict[QuestionEnd, dict[str, AnswerValue]]()
    for each in visible(questions, answers):
        if each.key in answers and is_answer(answers[each.key]):
            parts.setdefault(each.kept_until, {})[each.key] = answers[each.key]
    return tuple(SEALED_ANSWERS[end](answers=part) for end, part in sorted(parts.items()))


def answered(questions: Sequence[Question], answers: Values, language: Language) -> tuple[AnsweredQuestion, ...]:
    """Questions with their answers, in their order, in this language or the first that there is."""
    return tuple(
        AnsweredQuestion(
            key=each.key,
            question=in_language(each.texts, language),
            answer=answers[each.key],
            chosen=tuple(
                in_language(option.texts, language)
                for option in each.options
                if option.code in _codes(answers[each.key])
            ),
            purpose=each.purpose,
            kept_until=each.kept_until,
        )
        for each in questions
        if each.key in answers
    )


def for_reviewers(questions: Sequence[Question]) -> tuple[Question, ...]:
    return tuple(each for each in questions if each.for_reviewers)


def texts_for_reviewers(questions: Sequence[Question], answers: Values) -> dict[str, str]:
    """The texts among the answers that reviewers see, by where they stand."""
    return {
        f"answers.{each.key}": text
        for each in for_reviewers(visible(questions, answers))
        if each.kind == "text" and isinstance(text := answers.get(each.key), str)
    }


def is_answer(answer: AnswerValue | None) -> bool:
    """Whether something is answered: no empty text, no empty choice."""
    return answer is not None and answer not in ("", ())


def in_language(wordings: Mapping[Language, str], language: Language) -> str:
    """A wording in this language, or in the first of Spanish, English, Portuguese and French that there is."""
    return next(wordings[each] for each in (language, *LANGUAGES) if each in wordings)


def _codes(answer: AnswerValue | None) -> set[str]:
    """What of an answer others may hang on."""
    match answer:
        case bool():
            return {"yes" if answer else "no"}
        case str():
            return {answer}
        case tuple():
            return {*answer}
    return set()


class _At(NamedTuple):
    question: Question
    where: str


def _wrong(question: Question, where: str, answer: AnswerValue | None) -> Iterator[WrongField]:
    return _CHECKS[question.kind](_At(question, where), answer)


def _wrong_text(at: _At, answer: AnswerValue | None) -> Iterator[WrongField]:
    if not isinstance(answer, str):
        yield WrongField(at.where, "answer_not_text", "is answered with a text")
    elif len(answer.split()) > at.question.word_limit:
        yield WrongField(at.where, "too_many_words", "has more than {most} words", {"most": at.question.word_limit})


def _wrong_choice(at: _At, answer: AnswerValue | None) -> Iterator[WrongField]:
    if not isinstance(answer, str) or answer not in _options(at.question):
        yield WrongField(at.where, "not_an_option", "is none of the options")


def _wrong_choices(at: _At, answer: AnswerValue | None) -> Iterator[WrongField]:
    if not isinstance(answer, tuple):
        yield WrongField(at.where, "answer_not_list", "is answered with a list of codes of options")
    elif not _options(at.question).issuperset(answer):
        yield WrongField(at.where, "not_an_option", "is none of the options")
    elif len(set(answer)) != len(answer):
        yield WrongField(at.where, "option_twice", "names an option twice")


def _wrong_number(at: _At, answer: AnswerValue | None) -> Iterator[WrongField]:
    least, most = at.question.least, at.question.most
    if isinstance(answer, bool) or not isinstance(answer, int):
        yield WrongField(at.where, "answer_not_number", "is answered with a whole number, in digits alone")
    elif least is not None and answer < least:
        yield WrongField(at.where, "answer_below", "is less than {least}", {"least": least})
    elif most is not None and answer > most:
        yield WrongField(at.where, "answer_above", "is more than {most}", {"most": most})


def _wrong_day(at: _At, answer: AnswerValue | None) -> Iterator[WrongField]:
    try:
        if isinstance(answer, str) and date.fromisoformat(answer).isoformat() == answer:
            return
    except ValueError:
        pass
    yield WrongField(at.where, "answer_not_day", "is answered with a day, like 2019-12-09")


def _wrong_yes_no(at: _At, answer: AnswerValue | None) -> Iterator[WrongField]:
    if not isinstance(answer, bool):
        yield WrongField(at.where, "answer_not_yes_no", "is answered with true or false")


def _options(question: Question) -> set[str]:
    return {each.code for each in question.options}


_CHECKS: Mapping[str, Callable[[_At, AnswerValue | None], Iterator[WrongField]]] = {
    "text": _wrong_text,
    "one": _wrong_choice,
    "several": _wrong_choices,
    "number": _wrong_number,
    "date": _wrong_day,
    "yes_no": _wrong_yes_no,
}
