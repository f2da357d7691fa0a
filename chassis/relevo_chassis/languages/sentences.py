"""What is told of a refusal, in every language but English: English stands in the code, beside what refuses.

A refusal is known by the last part of its type (``call-is-closed``), what is wrong with a field by its code. Neither
changes with the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.loading import FlatTexts, TextsIncomplete, flat, read, unlike

TABLE: Final = "refusals"
"""The table of ``texts/<language>.toml`` that is not in the English file."""

OTHERS: Final[tuple[Language, ...]] = tuple(each for each in LANGUAGES if each != "en")

_OR: Final = " or "
"""What pydantic ends its lists with; a list of codes reads without it in any language."""


class Sentences:
    """The sentences of several packages' refusals, from their ``texts/<language>.toml``.

    Raises ``TextsIncomplete`` unless every language but English says the same, with the same placeholders.
    """

    def __init__(self, *packages: str) -> None:
        self._texts: dict[Language, FlatTexts] = {language: {} for language in OTHERS}
        for package in packages:
            texts = {language: dict(flat(read(package, language).get(TABLE, {}), "")) for language in OTHERS}
            if faults := [*_lacking(texts), *unlike(texts)]:
                raise TextsIncomplete(f"texts of {package}, {TABLE}: {'; '.join(faults)}")
            for language in OTHERS:
                self._texts[language] = {**texts[language], **self._texts[language]}

    def title(self, name: str, language: Language, english: str) -> str:
        """The rule that was broken; in English, and where it is not said otherwise, as given."""
        return self._found(f"titles.{name}", language, english, {})

    def detail(self, name: str, because: str, language: Language, english: str, facts: Mapping[str, Any]) -> str:
        """What was wrong: the rule itself, unless ``because`` says in which way it was broken."""
        title = self.title(name, language, english)
        return self._found(f"details.{name}.{because}" if because else f"details.{name}", language, title, facts)

    def of_status(self, status: int, language: Language, english: str) -> str:
        """What an HTTP status alone tells."""
        other = self._found("statuses.other", language, english, {})
        return self._found(f"statuses.{status}", language, other, {})

    def reason(self, code: str, language: Language, english: str, facts: Mapping[str, Any]) -> str:
        """What is wrong with a field."""
        texts = {name: str(fact).replace(_OR, ", ") if name == "expected" else fact for name, fact in facts.items()}
        return self._found(f"fields.{code}", language, english, texts)

    def lacking(self, names: Iterable[str]) -> list[str]:
        """Those of these refusals that have no sentence."""
        return sorted(name for name in names if f"titles.{name}" not in self._texts[OTHERS[0]])

    @property
    def names(self) -> frozenset[str]:
        """Everything that is said, by table and name."""
        return frozenset(self._texts[OTHERS[0]])

    def _found(self, name: str, language: Language, otherwise: str, facts: Mapping[str, Any]) -> str:
        text = self._texts[language].get(name) if language in self._texts else None
        return otherwise if text is None else str(text).format_map(facts)


def _lacking(texts_in: Mapping[Language, FlatTexts]) -> Iterator[str]:
    everything = {name for texts in texts_in.values() for name in texts}
    for language, texts in texts_in.items():
        yield from (f"{language}.toml lacks {name}" for name in sorted(everything - texts.keys()))


OWN_TEXTS: Final = "relevo_chassis.languages"
OWN: Final = Sentences(OWN_TEXTS)
"""Those of the refusals that every service may give."""
