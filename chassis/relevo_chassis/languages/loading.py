"""The words of a service for people: one file for each language, complete, or the service does not start."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from relevo_chassis.languages import LANGUAGES, Language


class TextsIncomplete(Exception):
    """Words for people are missing in a language, or do not agree between languages. Says which, all of them."""


class Words(BaseModel):
    """What is said in one language: a subclass names each sentence, so that a type checker knows of every one.

    A field is a text, a list of them, another ``Words``, or a ``Mapping`` from the codes of a ``Literal``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Counted(Words):
    """A text about a number of things, ``{count}`` in it; see ``counts.counted``. ``one`` may leave the number out."""

    one: str
    other: str


W = TypeVar("W", bound=Words)


class Texts(Generic[W]):
    """The words of one package, read from its ``texts/<language>.toml`` when it is imported.

    A package that says much says each ``part`` of it in files of their own: ``texts/<part>/<language>.toml``.

    Raises ``TextsIncomplete`` unless every language says everything that ``words`` names and nothing else, each code
    of a list included, with the same placeholders as the others. A placeholder is a name in braces, without a format.
    """

    def __init__(self, words: type[W], package: str, part: str = "") -> None:
        tables = {language: _but_refusals(read(package, language, part)) for language in LANGUAGES}
        texts = {language: dict(flat(table, "")) for language, table in tables.items()}
        faults = [*_missing(words, texts), *unlike(texts)]
        if faults:
            raise TextsIncomplete(f"texts of {package}: {'; '.join(faults)}")
        try:
            self._words = {language: words.model_validate(table) for language, table in tables.items()}
        except ValidationError as error:
            raise TextsIncomplete(f"texts of {package}: {error}") from None

    def __getitem__(self, language: Language) -> W:
        return self._words[language]

    def in_all(self, say: Callable[[W], str]) -> dict[Language, str]:
        """The same thing in every language, for an answer that whoever shows it chooses from."""
        return {language: say(words) for language, words in self._words.items()}


FlatTexts = Mapping[str, Any]
"""Texts by the dotted names of their keys."""


def read(package: str, language: Language, part: str = "") -> Mapping[str, Any]:
    """A package's file of one language as it stands. Raises ``TextsIncomplete``."""
    file = files(package).joinpath("texts", part, f"{language}.toml")
    try:
        return _parsed(file.read_text("utf-8"))
    except (OSError, ValueError) as unreadable:
        raise TextsIncomplete(f"texts of {package}: {language}.toml cannot be read: {unreadable}") from None


@cache
def _parsed(text: str) -> Mapping[str, Any]:
    """Once, though words and sentences of refusals are read from the same file, and by each application anew."""
    return tomllib.loads(text)


def _but_refusals(table: Mapping[str, Any]) -> dict[str, Any]:
    """What refusals say is in the same files, and read by ``sentences``."""
    return {name: texts for name, texts in table.items() if name != "refusals"}


def flat(table: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    """Its texts by the dotted names of their keys."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _missing(words: type[Words], texts_in: Mapping[Language, FlatTexts]) -> Iterator[str]:
    wanted = set(_names(words, ""))
    for language, texts in texts_in.items():
        have = {name for name, value in texts.items() if value and not (isinstance(value, str) and value.isspace())}
        yield from (f"{language}.toml lacks {name}" for name in sorted(wanted - have))
        yield from (f"{language}.toml has {name}, which nobody says" for name in sorted(texts.keys() - wanted))


def _names(kind: Any, name: str) -> Iterator[str]:
    """Every name under which a text is wanted."""
    within = f"{name}." if name else ""
    if isinstance(kind, type) and issubclass(kind, Words):
        for each, field in kind.model_fields.items():
            yield from _names(field.annotation, within + each)
    elif get_origin(kind) is Mapping:
        codes, texts = get_args(kind)
        for code in _codes(codes):
            yield from _names(texts, within + code)
    else:
        yield name


def _codes(literal: Any) -> Iterator[str]:
    for each in get_args(literal):
        if isinstance(each, str):
            yield each
        else:
            yield from _codes(each)


def unlike(texts_in: Mapping[Language, FlatTexts]) -> Iterator[str]:
    """Texts that would be filled in otherwise than in the first language."""
    first = next(iter(texts_in.values()))
    for language, texts in texts_in.items():
        for name, text in texts.items():
            try:
                placeholders, wanted = _placeholders(text), _placeholders(first.get(name, text))
            except ValueError as fault:
                yield f"{name} in {language}.toml: {fault}"
                continue
            fewer = name.rpartition(".")[2] == "one" and placeholders <= _placeholders(
                texts.get(f"{name[:-3]}other", "")
            )
            if placeholders != wanted and not fewer:
                yield f"{name} names {sorted(placeholders)} in {language}.toml and {sorted(wanted)} elsewhere"


def _placeholders(text: Any) -> set[str]:
    found = set()
    for each in text if isinstance(text, list) else [text]:
        for _, name, spec, conversion in Formatter().parse(str(each)):
            if name is not None and (not name.isidentifier() or spec or conversion):
                raise ValueError(f"{{{name}}} is not a plain name")
            found |= {name} if name is not None else set()
    return found
