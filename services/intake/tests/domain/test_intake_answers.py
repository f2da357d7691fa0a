"""Answers to what a call asks besides: what is asked of whoever answers so, what fits, and what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevo_intake.domain.answers import (
    AnswersDoNotFit,
    answered,
    require_fitting,
    sealed_answers,
    texts_for_reviewers,
    visible,
    wrong_answers,
)
from relevo_intake.domain.questions import Question, consistent
from relevo_intake.domain.sealed import IDENTITY, STATEMENT, AnswerValue

ES = {"es": "¿?"}
OPTIONS = [{"code": code, "texts": {"es": code.upper(), "pt": f"{code} pt"}} for code in ("a", "b", "c")]


def question(key: str, kind: str, **more: Any) -> Question:
    content = {"key": key, "kind": kind, "texts": ES, "purpose": "assess", "kept_until": "application", **more}
    return Question.model_validate(content)


def when(first: str, *answers: str) -> dict[str, Any]:
    return {"question": first, "answers": list(answers)}


LIST = consistent(
    (
        question("network", "yes_no", required=True),
        question("which", "text", most_words=3, required=True, only_if=when("network", "yes"), for_reviewers=True),
        question("work", "several", options=OPTIONS, kept_until="texts"),
        question("years", "number", least=0, most=60, only_if=when("work", "a", "b")),
        question("since", "date"),
        question("how", "one", options=OPTIONS),
        question("more", "text", only_if=when("how", "c")),
    )
)
KEYS = [each.key for each in LIST]
VALUES = st.one_of(
    st.booleans(),
    st.integers(-100, 100),
    st.sampled_from(["", "a", "b", "c", "una red", "2019-12-09", (), ("a",), ("b", "c"), ("d",), ("a", "a")]),
)


def codes(answers: Any, *, whole: bool = True) -> dict[str, str]:
    return {each.where: each.code for each in wrong_answers(LIST, answers, whole=whole)}


@pytest.mark.parametrize(
    ("key", "answer", "code"),
    [
        ("network", "yes", "answer_not_yes_no"),
        ("network", 1, "answer_not_yes_no"),
        ("which", "one two three four", "too_many_words"),
        ("which", True, "answer_not_text"),
        ("work", "a", "answer_not_list"),
        ("work", ("a", "z"), "not_an_option"),
        ("work", ("a", "a"), "option_twice"),
        ("years", True, "answer_not_number"),
        ("years", -1, "answer_below"),
        ("years", 61, "answer_above"),
        ("since", "2019-02-30", "answer_not_day"),
        ("since", "20190209", "answer_not_day"),
        ("how", "z", "not_an_option"),
        ("how", ("a",), "not_an_option"),
    ],
)
def test_an_answer_that_is_not_of_its_kind_is_named_by_its_question(key: str, answer: Any, code: str) -> None:
    sound = {"network": True, "which": "una", "work": ("a",)}
    assert codes({**sound, key: answer})[f"answers.{key}"] == code


def test_what_is_required_is_missing_only_where_it_is_asked_and_only_of_the_whole() -> None:
    assert codes({}) == {"answers.network": "answer_missing"}
    assert codes({"network": False}) == {}
    assert codes({"network": True, "which": ""}) == {"answers.which": "answer_missing"}
    assert codes({"network": True}, whole=False) == {}


def test_an_answer_to_what_is_not_asked_is_refused_and_not_kept() -> None:
    answers: dict[str, AnswerValue] = {"network": False, "which": "Red", "other": 3}
    with pytest.raises(AnswersDoNotFit) as refused:
        require_fitting(LIST, answers)
    assert {each.where: each.code for each in refused.value.errors} == {
        "answers.which": "not_asked",
        "answers": "not_asked",
    }
    [part] = sealed_answers(LIST, answers)
    assert part.answers == {"network": False}


def test_answers_lie_in_a_part_for_each_end_of_their_questions_and_what_is_empty_in_none() -> None:
    answers: dict[str, AnswerValue] = {
        "network": True,
        "which": "Red",
        "work": ("b",),
        "years": 0,
        "more": "",
        "how": "a",
    }
    parts = {type(each).retention: each.answers for each in sealed_answers(LIST, answers)}
    assert parts == {
        IDENTITY: {"network": True, "which": "Red", "years": 0, "how": "a"},
        STATEMENT: {"work": ("b",)},
    }


def test_answers_are_read_with_their_questions_in_a_language_or_the_first_that_there_is() -> None:
    answers: dict[str, AnswerValue] = {"how": "b", "network": True}
    first, second = answered(LIST, answers, "pt")
    assert (first.key, first.question, first.chosen) == ("network", "¿?", ())
    assert (second.key, second.answer, second.chosen) == ("how", "b", ("b pt",))


def test_only_texts_that_reviewers_see_can_tell_them_who_writes() -> None:
    answers: dict[str, AnswerValue] = {"network": True, "which": "Soy Ana", "how": "c", "more": "Soy Ana"}
    assert texts_for_reviewers(LIST, answers) == {"answers.which": "Soy Ana"}
    assert texts_for_reviewers(LIST, {**answers, "network": False}) == {}


@given(st.dictionaries(st.sampled_from([*KEYS, "other"]), VALUES))
def test_whatever_is_answered_only_what_is_asked_and_fits_is_kept(answers: dict[str, AnswerValue]) -> None:
    keys = [each.key for each in visible(LIST, answers)]
    assert keys == [each for each in KEYS if each in keys]
    wrong = wrong_answers(LIST, answers, whole=True)
    kept = {key for part in sealed_answers(LIST, answers) for key in part.answers}
    assert kept <= {*keys}
    assert {each.where.removeprefix("answers.") for each in wrong} <= {*keys}
    for part in sealed_answers(LIST, answers):
        assert type(part).model_validate_json(part.model_dump_json()) == part
    try:
        require_fitting(LIST, answers)
    except AnswersDoNotFit:
        assert wrong or answers.keys() - {*keys}
    else:
        assert not wrong
        assert answers.keys() <= {*keys}


@given(st.dictionaries(st.sampled_from(KEYS), VALUES), st.sampled_from(KEYS))
def test_an_answer_changes_only_what_hangs_on_it(answers: dict[str, AnswerValue], key: str) -> None:
    without = {name: value for name, value in answers.items() if name != key}
    hanging = {each.key for each in LIST if each.only_if and each.only_if.question == key}
    before = {each.key for each in visible(LIST, answers)}
    after = {each.key for each in visible(LIST, without)}
    assert after <= before
    assert before - after <= hanging
