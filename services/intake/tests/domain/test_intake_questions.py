"""What a call asks besides the fixed questions: whole in every language, hanging on earlier ones, agreed to by a second
coordinator where it is sensitive, and standing from a minute before the call opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from relevo_chassis.wrong import Wrong
from relevo_intake.domain import call as calls
from relevo_intake.domain.call import Call, CallCorrection, NoTimeToApprove, QuestionsAreFrozen
from relevo_intake.domain.questions import (
    NothingToApprove,
    Question,
    QuestionsAreUntranslated,
    SomebodyElseMustApprove,
    consistent,
)

OPENS = datetime(2019, 9, 12, 12, tzinfo=UTC)
BEFORE = OPENS - timedelta(days=3)
BOTH = {"es": "¿Sí?", "en": "Yes?"}
TWO = [{"code": "a", "texts": BOTH}, {"code": "b", "texts": BOTH}]


def question(key: str = "network", kind: str = "yes_no", **more: Any) -> Question:
    content = {"key": key, "kind": kind, "texts": BOTH, "purpose": "course", "kept_until": "application", **more}
    return Question.model_validate(content)


def a_call(*questions: Question) -> Call:
    return Call(
        call_id="1" * 32,
        edition_id="2" * 32,
        titles={"es": "Segunda", "en": "Second"},
        opens_at=OPENS,
        closes_at=OPENS + timedelta(days=15),
        seats=30,
        travel_grants=7,
        questions=questions,
    )


def asking(*questions: Question, by: str = "ana") -> Call:
    return calls.put_questions(a_call(), questions, by, BEFORE)


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("one", {}, "options_missing"),
        ("several", {"options": TWO[:1]}, "options_missing"),
        ("one", {"options": [*TWO, TWO[0]]}, "named_twice"),
        ("text", {"options": TWO}, "not_of_this_kind"),
        ("yes_no", {"most_words": 9}, "not_of_this_kind"),
        ("text", {"least": 1}, "not_of_this_kind"),
        ("date", {"most": 1}, "not_of_this_kind"),
        ("number", {"least": 3, "most": 2}, "below_least"),
        ("text", {"for_reviewers": True}, "not_to_assess"),
    ],
)
def test_a_question_has_what_goes_with_its_kind_and_purpose(kind: str, more: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        question("one", kind, **more)
    [error] = refused.value.errors()
    cause = error["ctx"]["error"]
    assert isinstance(cause, Wrong)
    assert cause.code == code


def test_a_question_hangs_on_earlier_ones_alone_and_on_answers_that_can_be_there() -> None:
    first, free = question("first", "one", options=TWO), question("free", "text")
    after = question("after", only_if={"question": "first", "answers": ["b"]})
    last = question("last", only_if={"question": "after", "answers": ["yes", "no"]})
    assert consistent((first, free, after, last)) == (first, free, after, last)
    for wrong in (
        (after, first),
        (question("own", only_if={"question": "own", "answers": ["yes"]}),),
        (first, question("after", only_if={"question": "first", "answers": ["b", "c"]})),
        (free, question("after", only_if={"question": "free", "answers": ["yes"]})),
        (first, first),
    ):
        with pytest.raises(Wrong):
            consistent(wrong)


def test_what_is_asked_is_written_in_every_language_of_the_call() -> None:
    short = {"es": "¿Sí?"}
    options = [TWO[0], {"code": "b", "texts": short}]
    lacking = question("one", "one", texts=short, hints=short, options=options)
    with pytest.raises(QuestionsAreUntranslated) as refused:
        asking(question(), lacking)
    assert [each.where for each in refused.value.errors] == [
        "questions.1.texts.en",
        "questions.1.hints.en",
        "questions.1.options.1.texts.en",
    ]
    with pytest.raises(QuestionsAreUntranslated):
        calls.correct(asking(question()), CallCorrection(titles={"es": "x", "en": "x", "pt": "x"}), reviewed=False)
    with pytest.raises(QuestionsAreUntranslated):
        calls.put_questions(a_call().model_copy(update={"titles": {}}), [question()], "ana", BEFORE)


def test_what_is_asked_stands_from_a_minute_before_the_call_opens() -> None:
    call, edge = asking(question()), OPENS - timedelta(minutes=1)
    just_before = edge - timedelta(milliseconds=1)
    assert calls.put_questions(call, [], "ana", just_before).questions == ()
    for now in (edge, OPENS, OPENS + timedelta(days=400)):
        with pytest.raises(QuestionsAreFrozen):
            calls.put_questions(call, [], "ana", now)
        with pytest.raises(QuestionsAreFrozen):
            calls.approve_questions(call, "bea", now)


def test_what_is_sensitive_is_asked_only_once_another_coordinator_than_its_writer_agreed() -> None:
    call = asking(question(), question("health", sensitive=True))
    assert [each.key for each in call.questions_in_force] == ["network"]
    with pytest.raises(SomebodyElseMustApprove):
        calls.approve_questions(call, "ana", BEFORE)
    agreed = calls.approve_questions(call, "bea", BEFORE)
    assert [each.key for each in agreed.questions_in_force] == ["network", "health"]
    with pytest.raises(NothingToApprove):
        calls.approve_questions(agreed, "carla", BEFORE)


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked() -> None:
    health = question("health", sensitive=True)
    then = question("then", only_if={"question": "health", "answers": ["yes"]})
    last = question("last", only_if={"question": "then", "answers": ["no"]})
    call = asking(health, then, last, question())
    assert [each.key for each in call.questions_in_force] == ["network"]
    assert len(calls.approve_questions(call, "bea", BEFORE).questions_in_force) == 4


def test_what_was_agreed_to_is_agreed_to_as_it_was_wherever_it_stands() -> None:
    health = question("health", sensitive=True)
    agreed = calls.approve_questions(asking(health), "bea", BEFORE)
    moved = calls.put_questions(agreed, [question(), health], "carla", BEFORE)
    assert moved.written["health"].by == "ana"
    assert len(moved.questions_in_force) == 2
    changed = calls.put_questions(moved, [health.model_copy(update={"required": True})], "bea", BEFORE)
    assert changed.questions_in_force == ()
    with pytest.raises(SomebodyElseMustApprove):
        calls.approve_questions(changed, "bea", BEFORE)


def test_each_agrees_to_what_others_wrote_and_to_nothing_of_their_own() -> None:
    first = asking(question("health", sensitive=True))
    both = calls.put_questions(first, [*first.questions, question("faith", sensitive=True)], "bea", BEFORE)
    half = calls.approve_questions(both, "bea", BEFORE)
    assert [each.key for each in half.questions_in_force] == ["health"]
    assert len(calls.approve_questions(half, "ana", BEFORE).questions_in_force) == 2


def test_a_call_that_is_announced_too_late_for_a_second_coordinator_asks_nothing_sensitive() -> None:
    call = a_call(question("health", sensitive=True))
    assert calls.with_first_questions(call, "ana", BEFORE).written["health"].by == "ana"
    with pytest.raises(NoTimeToApprove):
        calls.with_first_questions(call, "ana", OPENS)
    assert calls.with_first_questions(a_call(question()), "ana", OPENS).questions_in_force == (question(),)
