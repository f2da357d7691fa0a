"""A blind review shows texts and not who wrote them: where the texts say it all the same, and what is struck out.

Whoever writes is warned, and a coordinator may strike passages out. What reviewers see is the text without them; what
the applicant wrote is kept as it was, sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from relevo_chassis.delivery.change import Refusal
from relevo_contracts.model import Frozen
from relevo_intake.domain.review.organisations import folded, initials, revealing_words
from relevo_intake.domain.sealed import TEXTS, Redaction, Statement, Struck

Names = Literal["name", "contact", "organisation"]

STRUCK = "▮▮▮"
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = frozenset(
    "de la las los del da das do dos e y i van von der den di du le al el bin ben at arroba dot punto ponto".split()
)
_SHORTEST_ALONE = 3
_SHORTEST_HANDLE = 6


class PassageNotFound(Refusal):
    """A passage to strike out does not stand in the text like this; copy it from there, letter by letter."""

    status = 422
    where = "body.passages"


class Passage(Frozen):
    """Where a text tells who wrote it: ``length`` characters from ``at`` on (code points).

    ``field`` is one of the texts, or ``answers.`` and the key of a question.
    """

    field: str
    names: Names
    at: int
    length: int


class Writer(NamedTuple):
    """What the writer said of themselves beside the texts."""

    name: str | None
    contact: str | None
    organisation: str | None


class _Token(NamedTuple):
    word: str
    at: int
    end: int
    spelling: str


def passages(texts: Mapping[str, str | None], writer: Writer) -> tuple[Passage, ...]:
    """Where the texts hold the name, the contact or the organisation that was given, in whatever spelling."""
    parts: tuple[tuple[Names, list[str]], ...] = (
        ("name", _words(writer.name)),
        ("contact", _words(writer.contact)),
        ("organisation", revealing_words(writer.organisation or "")),
    )
    short = initials(writer.organisation) if writer.organisation else frozenset()
    found: list[Passage] = []
    for field, text in texts.items():
        tokens = list(_tokens(text or ""))
        for names, words in parts:
            found += (_passage(field, names, run) for run in _RUNS[names](tokens, words))
        found += (_passage(field, "organisation", [each]) for each in tokens if _is_acronym(each, short))
    order = list(texts)
    return tuple(sorted(set(found), key=lambda each: (order.index(each.field), each.at, each.names)))


def blinded(texts: Mapping[str, str], writer: Writer) -> dict[str, str]:
    """The texts without what tells who wrote them."""
    found = passages(texts, writer)
    return {field: _without(text, [each for each in found if each.field == field]) for field, text in texts.items()}


def redact(statement: Statement, answers: Mapping[str, str], struck: Sequence[Struck]) -> Redaction:
    """The texts without the passages; ``answers`` are those among the answers that reviewers see, by where they stand.

    Raises ``PassageNotFound`` naming the field, never what was to be struck.
    """
    whole: Mapping[str, str] = {**{name: getattr(statement, name) for name in TEXTS}, **answers}
    texts = dict(whole)
    for each in sorted(struck, key=lambda one: -len(one.text)):
        if each.text not in whole.get(each.field, ""):
            raise PassageNotFound(field=each.field)
        texts[each.field] = texts[each.field].replace(each.text, STRUCK)
    return Redaction(
        passages=tuple(struck),
        statement=statement.model_copy(update={name: texts[name] for name in TEXTS}),
        answers={field: texts[field] for field in answers if texts[field] != whole[field]},
    )


def _without(text: str, struck: Sequence[Passage]) -> str:
    """Passages may run into each other; they come in their order."""
    parts, end = list[str](), 0
    for each in struck:
        if each.at >= end:
            parts += [text[end : each.at], STRUCK]
        end = max(end, each.at + each.length)
    return "".join([*parts, text[end:]])


def _tokens(text: str) -> Iterator[_Token]:
    for found in _WORD.finditer(text):
        yield _Token(_folded(found.group()), found.start(), found.end(), found.group())


def _folded(word: str) -> str:
    return word.lower() if word.isascii() else folded(word)


def _words(text: str | None) -> list[str]:
    return [each.word for each in _tokens(text or "")]


def _passage(field: str, names: Names, run: Sequence[_Token]) -> Passage:
    return Passage(field=field, names=names, at=run[0].at, length=run[-1].end - run[0].at)


def _runs_of_name(tokens: Sequence[_Token], words: Sequence[str]) -> Iterator[Sequence[_Token]]:
    """Words of the name beside each other; one alone if it is written like a name."""
    own = {each for each in words if each not in _BETWEEN}
    for run in _runs(tokens, own):
        revealing = [each for each in run if each.word in own]
        if len(revealing) > 1 or _like_a_name(revealing[0]):
            yield run
    for each in tokens:
        if not _has_case(each.spelling) and any(_within(word, each.word) for word in own):
            yield [each]


def _runs_of_contact(tokens: Sequence[_Token], words: Sequence[str]) -> Iterator[Sequence[_Token]]:
    """The address, whatever is written for its signs, or what stands before the @ if that tells somebody."""
    if not words:
        return
    kept = [each for each in tokens if each.word not in _BETWEEN]
    seen: set[int] = set()
    for count in range(len(words), 0, -1):
        if sum(map(len, words[:count])) < _SHORTEST_HANDLE:
            return
        for run in _sequences(kept, words[:count]):
            if run[0].at not in seen:
                seen.add(run[0].at)
                yield run


def _runs_of_organisation(tokens: Sequence[_Token], words: Sequence[str]) -> Iterator[Sequence[_Token]]:
    """Two telling words of its name beside each other, or the only one that it has."""
    own = set(words)
    for run in _runs(tokens, own):
        revealing = {each.word for each in run if each.word in own}
        alone = len(own) == 1 and _like_a_name(run[0])
        if len(revealing) > 1 or alone:
            yield run


_RUNS = {"name": _runs_of_name, "contact": _runs_of_contact, "organisation": _runs_of_organisation}


def _runs(tokens: Sequence[_Token], own: set[str]) -> Iterator[Sequence[_Token]]:
    """Stretches of the text that consist of these words, small words between them aside."""
    run: list[_Token] = []
    for each in tokens:
        if each.word in own or (run and each.word in _BETWEEN):
            run.append(each)
        elif run:
            yield _without_small_end(run, own)
            run = []
    if run:
        yield _without_small_end(run, own)


def _without_small_end(run: list[_Token], own: set[str]) -> list[_Token]:
    while run[-1].word not in own:
        run = run[:-1]
    return run


def _sequences(tokens: Sequence[_Token], words: Sequence[str]) -> Iterator[Sequence[_Token]]:
    for start in range(len(tokens) - len(words) + 1):
        if tokens[start].word == words[0]:
            stretch = tokens[start : start + len(words)]
            if [each.word for each in stretch] == list(words):
                yield stretch


def _like_a_name(token: _Token) -> bool:
    return len(token.word) >= _SHORTEST_ALONE and (token.spelling[0].isupper() or not _has_case(token.spelling))


def _within(word: str, text: str) -> bool:
    """In a script without spaces a name stands among others' letters."""
    return 1 < len(word) < len(text) and word in text


def _has_case(text: str) -> bool:
    return text.lower() != text.upper()


def _is_acronym(token: _Token, short: Iterable[str]) -> bool:
    return token.spelling.isupper() and token.word in short
