"""The pages of what a call asks besides the fixed questions: how they are parted, filled in, and looked over.

A question that hangs on another stands on a later page than that one, so that it is asked, or not, once the other is
saved: with script and without alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from markupsafe import Markup

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.counts import counted, number
from relevo_chassis.languages.days import day
from relevo_portal.page.frame import Frame, made
from relevo_portal.services.applying import Draft, Passage, Question
from relevo_portal.words import apply
from relevo_portal.words.questions import TEXTS, QuestionsWords

MOST_QUESTIONS, MOST_FIELDS, MOST_CHARACTERS = 6, 30, 40_000
"""Of one page, so that it stays short and its form is taken."""
USUAL_WORDS, LONGEST = 200, 10_000
"""What intake documents of texts."""
FIXED_PAGES = 5
"""Those of the questions that every call asks, the last look among them."""
FARTHEST = 10**9
Values = Mapping[str, Any]


class Filled(NamedTuple):
    """A page as it is filled in; as ``page.apply.Filled``."""

    number: int
    values: Values
    mark: str
    warnings: Sequence[Passage] = ()
    faults: Mapping[str, str] = {}
    problem: str | None = None
    saved: Values | None = None
    waited: bool = False


class Field(NamedTuple):
    """A question as a field of a form."""

    name: str
    kind: str
    label: Markup
    hint: Markup
    typed: str
    chosen: Sequence[str]
    choices: Sequence[tuple[str, Markup, None]]
    fault: str | None
    longest: int
    rows: int


def pages_of(questions: Sequence[Question]) -> list[list[Question]]:
    """How the questions are parted, whatever is answered."""
    found: list[list[Question]] = []
    for each in questions:
        here = found[-1] if found else []
        hangs = each.only_if is not None and each.only_if.question in {one.key for one in here}
        if here and not hangs and _fits([*here, each]):
            here.append(each)
        else:
            found.append([each])
    return found


def visible_pages(questions: Sequence[Question], visible: Sequence[str]) -> list[int]:
    """The numbers of the pages on which something is asked."""
    pages = enumerate(pages_of(questions), 1)
    return [at for at, page in pages if any(each.key in visible for each in page)]


def visible_on(draft: Draft, number: int) -> list[Question]:
    """What is asked on a page of whoever has answered so."""
    pages = pages_of(draft.questions)
    return [each for each in pages[number - 1] if each.key in draft.visible] if 0 < number <= len(pages) else []


def after(questions: Sequence[Question], visible: Sequence[str], number: int) -> str:
    """Where it goes on after the page of this number; 0 is before the first."""
    return next((f"more/{at}" for at in visible_pages(questions, visible) if at > number), str(FIXED_PAGES))


def values_of(form: Mapping[str, str], questions: Sequence[Question]) -> Values:
    """What a form says of these questions, as it will be kept; ``None`` where nothing is said."""
    return {each.key: _typed(form, each) for each in questions}


def saved_values(draft: Draft, questions: Sequence[Question]) -> Values:
    """What is kept of the answers to these questions."""
    answers = draft.content.get("answers") or {}
    return {each.key: answer if (answer := answers.get(each.key)) not in ("", []) else None for each in questions}


def with_answers(content: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """The draft with these answers in the place of those that were there."""
    answers = {**(content.get("answers") or {}), **values}
    return {**content, "answers": {key: answer for key, answer in answers.items() if answer is not None}}


def filled_page(frame: Frame, draft: Draft, filled: Filled) -> str:
    language = frame.language
    own, questions = apply.TEXTS[language], visible_on(draft, filled.number)
    faults = {each.key: text for each in questions if (text := filled.faults.get(f"answers.{each.key}"))}
    summary = [
        (_name(each), label_of(each, language) + ": " + faults[each.key]) for each in questions if each.key in faults
    ]
    numbers = visible_pages(draft.questions, draft.visible)
    at = numbers.index(filled.number)
    return made(
        "questions.html",
        frame,
        own=TEXTS[language],
        apply=own,
        filled=filled,
        fields=[_field(each, filled.values.get(each.key), faults.get(each.key), language) for each in questions],
        summary=[*summary, *([(None, filled.problem)] if filled.problem else [])],
        counts={
            _name(each): _words(filled.values.get(each.key), language) for each in questions if each.kind == "text"
        },
        warned=_warned(filled.warnings, filled.values, language),
        saved=_differing(questions, filled, language) if filled.saved is not None else None,
        progress=own.progress.format(page=at + FIXED_PAGES, pages=page_count(draft)),
        here=f"/apply/more/{filled.number}",
        before=f"/apply/more/{numbers[at - 1]}" if at else "/apply/4",
        after=f"/apply/{after(draft.questions, draft.visible, filled.number)}",
    )


def page_count(draft: Draft) -> int:
    """How many pages there are now, the last look among them."""
    return FIXED_PAGES + len(visible_pages(draft.questions, draft.visible))


def looked_over(draft: Draft, language: Language) -> Iterator[tuple[str, list[tuple[Markup, str | Markup]]]]:
    """For each page its address and its questions with their answers, in words."""
    for at in visible_pages(draft.questions, draft.visible):
        questions = visible_on(draft, at)
        yield f"/apply/more/{at}", _rows(questions, saved_values(draft, questions), language)


def unanswered(draft: Draft) -> Iterator[Question]:
    """What has to be answered still."""
    for at in visible_pages(draft.questions, draft.visible):
        questions = visible_on(draft, at)
        values = saved_values(draft, questions)
        yield from (each for each in questions if each.required and values[each.key] is None)


def place_of(draft: Draft, key: str) -> tuple[str, str] | None:
    """Where a question is asked: its page and its field."""
    for at, page in enumerate(pages_of(draft.questions), 1):
        for each in page:
            if each.key == key:
                return f"/apply/more/{at}", _name(each)
    return None


def answers_by_place(draft: Draft) -> Mapping[str, Any]:
    """What is answered, by where warnings and refusals say that it stands."""
    return {f"answers.{key}": answer for key, answer in (draft.content.get("answers") or {}).items()}


def label_of(question: Question, language: Language) -> Markup:
    """What is asked, in the language of the page or the first that there is."""
    return _in_language(question.texts, language)


def about(question: Question, language: Language) -> Markup:
    """What a question is for, until when its answer is kept, and who sees it."""
    own = TEXTS[language]
    parts = [_in_language(question.hints, language)] if question.hints else []
    parts += [Markup.escape(each) for each in _facts(question, own, language)]
    return Markup(" ").join(parts)


def _facts(question: Question, own: QuestionsWords, language: Language) -> Iterator[str]:
    purposes: Mapping[Any, str] = own.purposes
    ends: Mapping[Any, str] = own.ends
    if question.kind == "text":
        yield own.most_words.format(count=number(question.most_words or USUAL_WORDS, language))
    if question.kind == "number":
        yield _bounds(question, own, language)
    yield purposes.get(question.purpose, "")
    yield own.for_reviewers if question.for_reviewers else own.not_for_reviewers
    yield ends.get(question.kept_until, "")


def _bounds(question: Question, own: QuestionsWords, language: Language) -> str:
    least = None if question.least is None else number(question.least, language)
    most = None if question.most is None else number(question.most, language)
    if least is not None and most is not None:
        return own.between.format(least=least, most=most)
    if least is not None:
        return own.at_least.format(least=least)
    return own.number if most is None else own.at_most.format(most=most)


def _fits(questions: Sequence[Question]) -> bool:
    fields = sum(len(each.options) if each.kind == "several" else 1 for each in questions)
    characters = sum(_longest(each) for each in questions if each.kind == "text")
    return len(questions) <= MOST_QUESTIONS and fields <= MOST_FIELDS and characters <= MOST_CHARACTERS


def _longest(question: Question) -> int:
    """Of a text: more than so many words take."""
    return min(LONGEST, 20 * (question.most_words or USUAL_WORDS))


def _name(question: Question) -> str:
    return f"q-{question.key}"


def _typed(form: Mapping[str, str], question: Question) -> Any:
    name = _name(question)
    if question.kind == "several":
        return [each.code for each in question.options if f"{name}-{each.code}" in form] or None
    text = unicodedata.normalize("NFC", form.get(name, "").replace("\r\n", "\n").strip()) or None
    if question.kind == "yes_no":
        return {"yes": True, "no": False}.get(text or "")
    return _number(text) if question.kind == "number" else text


def _number(text: str | None) -> int | str | None:
    """What is no number of ours is kept as it was typed, and pointed out."""
    if text is None or not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 10:
        return text
    return found if abs(found := int(text)) <= FARTHEST else text


def _field(question: Question, value: Any, fault: str | None, language: Language) -> Field:
    own = apply.TEXTS[language]
    label = label_of(question, language)
    kind = {"yes_no": "options", "one": "options"}.get(question.kind, question.kind)
    choices = [(code, text, None) for code, text in _choices(question, language)]
    return Field(
        name=_name(question),
        kind=kind,
        label=label if question.required else label + f" ({own.optional})",
        hint=about(question, language),
        typed="" if value is None or kind in ("options", "several") else str(value),
        chosen=_chosen(question, value),
        choices=choices,
        fault=fault,
        longest=_longest(question),
        rows=10 if (question.most_words or USUAL_WORDS) > 60 else 3,
    )


def _choices(question: Question, language: Language) -> Iterator[tuple[str, Markup]]:
    own = TEXTS[language]
    if question.kind == "yes_no":
        yield from (("yes", Markup.escape(own.yes)), ("no", Markup.escape(own.no)))
    yield from ((each.code, _in_language(each.texts, language)) for each in question.options)
    if question.kind in ("yes_no", "one") and not question.required:
        yield "", Markup.escape(own.no_answer)


def _chosen(question: Question, value: Any) -> Sequence[str]:
    if question.kind == "several":
        return value if isinstance(value, list) else ()
    if question.kind == "yes_no":
        value = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else value
    return ("",) if value is None and not question.required else (value,)


def _rows(questions: Sequence[Question], values: Values, language: Language) -> list[tuple[Markup, str | Markup]]:
    return [(label_of(each, language), _in_words(each, values[each.key], language)) for each in questions]


def _differing(questions: Sequence[Question], filled: Filled, language: Language) -> list[tuple[Markup, str | Markup]]:
    saved = filled.saved or {}
    others = [each for each in questions if saved.get(each.key) != filled.values.get(each.key)]
    return _rows(others, {each.key: saved.get(each.key) for each in others}, language)


def _in_words(question: Question, value: Any, language: Language) -> str | Markup:
    """An answer as a person reads it."""
    if value is None:
        return apply.TEXTS[language].review.nothing
    texts = dict(_choices(question, language))
    if question.kind == "several" and isinstance(value, list):
        return Markup(", ").join(texts[each] if each in texts else str(each) for each in value)
    if question.kind in ("yes_no", "one"):
        return texts.get(_chosen(question, value)[0], str(value))
    if question.kind == "number" and isinstance(value, int):
        return number(value, language)
    return _day(value, language) if question.kind == "date" else str(value)


def _day(value: Any, language: Language) -> str:
    try:
        return day(date.fromisoformat(str(value)), language)
    except ValueError:
        return str(value)


def _words(text: object, language: Language) -> str:
    return counted(apply.TEXTS[language].count, len(str(text or "").split()), language)


def _warned(passages: Sequence[Passage], values: Values, language: Language) -> Mapping[str, list[str]]:
    """What to say of each text that could tell who writes, by the name of its field."""
    answers = {f"answers.{key}": value for key, value in values.items()}
    found = warned_in(passages, answers, language)
    return {f"q-{field.removeprefix('answers.')}": texts for field, texts in found.items()}


def warned_in(passages: Sequence[Passage], values: Mapping[Any, Any], language: Language) -> Mapping[str, list[str]]:
    """What to say of each text that could tell who writes."""
    own = apply.TEXTS[language]
    what: Mapping[Any, str] = own.names
    found: dict[str, list[str]] = {}
    for each in passages:
        words = str(values.get(each.field) or "")[each.at : each.at + each.length]
        if words and each.names in what:
            found.setdefault(each.field, []).append(own.warning.format(what=what[each.names], words=words))
    return found


def _in_language(wordings: Mapping[str, str], language: Language) -> Markup:
    """A wording of the call, said to be in its language where that is not the page's."""
    for each in (language, *LANGUAGES):
        if each in wordings:
            text = Markup.escape(wordings[each])
            return text if each == language else Markup('<span lang="{}">{}</span>').format(each, text)
    return Markup("")
