"""The pages of an application: the code, what is filled in page by page, the last look, and that it is in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import counted
from relevo_chassis.languages.days import instant
from relevo_chassis.languages.words import CHOICES
from relevo_portal.page.frame import Frame, made
from relevo_portal.page.questions import (
    answers_by_place,
    label_of,
    looked_over,
    page_count,
    place_of,
    unanswered,
    warned_in,
)
from relevo_portal.services.applying import REQUIRED, SEVERAL, TEXTS, Draft, FieldName, Passage
from relevo_portal.services.intake import Mine
from relevo_portal.words import apply, questions
from relevo_portal.words.apply import NOTICE_VERSION, PageNumber
from relevo_portal.words.countries import names

PAGES: Mapping[PageNumber, Sequence[FieldName]] = {
    "1": ("name", "country", "sex", "groups"),
    "2": ("organisation", "themes", "experience"),
    "3": ("motivation", "multiplier_idea"),
    "4": ("contact", "letters", "language", "display"),
}
"""What is filled in where."""
LAST = 5
"""The page on which it is looked over and sent."""
PAGE_OF: Mapping[str, PageNumber] = {name: number for number, fields in PAGES.items() for name in fields}
USUAL: Sequence[tuple[FieldName, str]] = (("letters", "all"), ("display", "unnamed"))
"""What intake takes for the answer where there is none."""
LONGEST: Mapping[FieldName, int] = {"name": 200, "organisation": 200, "contact": 254, **dict.fromkeys(TEXTS, 20_000)}
Values = Mapping[FieldName, Any]


class Filled(NamedTuple):
    """A page as it is filled in: ``mark`` stands for what was saved when it was shown. ``saved`` is what is there now,
    if somebody saved other answers meanwhile; ``waited`` says that it was sent when the session was over. There are so
    many ``pages``, and it goes on ``after`` this one."""

    number: PageNumber
    values: Values
    mark: str
    warnings: Sequence[Passage] = ()
    faults: Mapping[str, str] = {}
    problem: str | None = None
    saved: Values | None = None
    waited: bool = False
    pages: int = LAST
    after: str = ""


class Sending(NamedTuple):
    """What is about to be sent: the key under which that is done once, and what stood in the way."""

    once: str
    faults: Mapping[str, str] = {}
    problem: str | None = None
    late_code: str = ""


def values_of(form: Mapping[str, str], number: PageNumber) -> Values:
    """What a form says of a page's questions, as it will be kept; ``None`` where nothing is said."""
    return {name: _typed(form, name) for name in PAGES[number]}


def saved_values(content: Mapping[str, Any], number: PageNumber) -> Values:
    """What is kept of a page's answers."""
    return {name: content.get(name) or None for name in PAGES[number]}


def code_page(frame: Frame, code: str) -> str:
    return made("code.html", frame, own=apply.TEXTS[frame.language].code, code=code)


def again_page(frame: Frame, typed: str, *, wrong: bool) -> str:
    """Where somebody shows that they have their code."""
    return made("again.html", frame, own=apply.TEXTS[frame.language].code, typed=typed, wrong=wrong)


def filled_page(frame: Frame, filled: Filled) -> str:
    own, language = apply.TEXTS[frame.language], frame.language
    known = _known(filled.faults, PAGES[filled.number])
    faults = [(name, f"{own.fields[name].label}: {text}") for name, text in known.items()]
    values = dict(filled.values)
    if filled.number == "4":
        values |= {name: values[name] or usual for name, usual in (*USUAL, ("language", language))}
    return made(
        "apply.html",
        frame,
        own=own,
        filled=filled,
        values=values,
        fields=PAGES[filled.number],
        summary=[*faults, *([(None, filled.problem)] if filled.problem else [])],
        faults=filled.faults,
        options=_options(language),
        countries=[("", own.choose), *names(language).items()],
        longest=LONGEST,
        required=REQUIRED,
        counts={name: _words(values.get(name), language) for name in TEXTS},
        warned=warned_in(filled.warnings, values, language),
        saved=_rows(filled.saved, filled.values, language) if filled.saved is not None else None,
        progress=own.progress.format(page=filled.number, pages=filled.pages),
        before=int(filled.number) - 1,
        after=filled.after or int(filled.number) + 1,
    )


def review_page(frame: Frame, draft: Draft, sending: Sending) -> str:
    """All of it, with what is missing, and what could tell who writes."""
    own, language = apply.TEXTS[frame.language], frame.language
    faults = [
        (_place(draft, name, frame), _fault(draft, name, text, language)) for name, text in sending.faults.items()
    ]
    pages = page_count(draft)
    return made(
        "review.html",
        frame,
        own=own.review,
        apply=own,
        parts_of_it=list(_parts(draft, language)),
        lacking=list(_lacking(draft, frame)),
        warned=warned_in(draft.warnings, {**draft.content, **answers_by_place(draft)}, language),
        sending=sending,
        summary=[*faults, *([(None, sending.problem)] if sending.problem else [])],
        version=NOTICE_VERSION,
        progress=own.progress.format(page=pages, pages=pages),
    )


def drop_page(frame: Frame, once: str, problem: str | None = None) -> str:
    """Asks first."""
    return made("drop.html", frame, own=apply.TEXTS[frame.language], once=once, problem=problem)


def sent_page(frame: Frame, found: Mine) -> str:
    """That it is in, and what follows."""
    own = apply.TEXTS[frame.language].sent
    closes = own.closes.format(at=instant(found.closes_at, frame.language)) if found.closes_at else None
    letters = own.letters if found.may("confirm") else own.no_letters
    return made("sent.html", frame, own=own, points=[letters, *own.next, *([closes] if closes else [])])


def _typed(form: Mapping[str, str], name: FieldName) -> Any:
    if name in SEVERAL:
        return [each for each in SEVERAL[name] if f"{name}-{each}" in form] or None
    text = form.get(name, "").replace("\r\n", "\n").strip()
    return unicodedata.normalize("NFC", text) or None


def _options(language: Language) -> Mapping[FieldName, list[tuple[str, str, str | None]]]:
    """What may be chosen, in words: value, text, hint."""
    own = apply.TEXTS[language]
    return {
        "sex": [(code, text, None) for code, text in own.sexes.items()],
        "groups": [(code, text, None) for code, text in own.groups.items()],
        "themes": [(code, text, None) for code, text in own.themes.items()],
        "letters": [(code, each.label, each.hint) for code, each in own.letters.items()],
        "language": [(code, text, None) for code, text in CHOICES],
        "display": [(code, each.label, each.hint) for code, each in own.displays.items()],
    }


def _in_words(name: FieldName, value: Any, language: Language) -> str:
    """An answer as a person reads it."""
    own = apply.TEXTS[language]
    if not value:
        return own.review.nothing
    if name == "country":
        return names(language).get(value, str(value))
    texts = {code: text for code, text, _ in _options(language).get(name, ())}
    if isinstance(value, (list, tuple)):
        return ", ".join(texts.get(each, str(each)) for each in value)
    return texts.get(value, str(value))


def _rows(values: Values | None, others: Values | None, language: Language) -> list[tuple[str, str]]:
    """Answers with their questions, in words; of two sets only where they differ."""
    own = apply.TEXTS[language]
    return [
        (own.fields[name].label, _in_words(name, value, language))
        for name, value in (values or {}).items()
        if others is None or others.get(name) != value
    ]


def _words(text: object, language: Language) -> str:
    return counted(apply.TEXTS[language].count, len(str(text or "").split()), language)


def _known(faults: Mapping[str, str], asked: Sequence[FieldName]) -> Mapping[FieldName, str]:
    return {name: faults[name] for name in asked if name in faults}


def _parts(draft: Draft, language: Language) -> Iterator[tuple[str, str, Any]]:
    """Each page by its address, with its title and what was answered there."""
    own = apply.TEXTS[language]
    for number in PAGES:
        rows = _rows(saved_values(draft.content, number), None, language)
        yield f"/apply/{number}", own.page_titles[number], rows
    title = questions.TEXTS[language].title
    for at, (to, answers) in enumerate(looked_over(draft, language), 1):
        yield to, title if at == 1 else f"{title} ({at})", answers


def _lacking(draft: Draft, frame: Frame) -> Iterator[tuple[str | None, str]]:
    """What has to be answered still, with where."""
    own = apply.TEXTS[frame.language]
    for name in REQUIRED:
        if not draft.content.get(name):
            yield _place(draft, name, frame), own.review.lacking.format(what=own.fields[name].label)
    for each in unanswered(draft):
        text = Markup.escape(own.review.lacking).format(what=label_of(each, frame.language))
        yield _place(draft, f"answers.{each.key}", frame), text


def _place(draft: Draft, name: str, frame: Frame) -> str | None:
    """Where a question is asked."""
    if name == "consent":
        return name
    if found := place_of(draft, name.removeprefix("answers.")) if name.startswith("answers.") else None:
        return f"{found[0]}{frame.keep}#{found[1]}"
    return f"/apply/{PAGE_OF[name]}{frame.keep}#{name}" if name in PAGE_OF else None


def _fault(draft: Draft, name: str, text: str, language: Language) -> str:
    fields: Mapping[Any, Any] = apply.TEXTS[language].fields
    for each in draft.questions:
        if name == f"answers.{each.key}":
            return label_of(each, language) + f": {text}"
    return f"{fields[name].label}: {text}" if name in fields else text
