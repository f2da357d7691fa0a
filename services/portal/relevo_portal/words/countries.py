"""What countries and territories are called, by their code of ISO 3166-1: see ``texts/countries``."""

from __future__ import annotations

import unicodedata
from functools import cache

from relevo_chassis.languages import Language
from relevo_chassis.languages.loading import read


@cache
def names(language: Language) -> dict[str, str]:
    """All of them by their code, in the order of their names."""
    listed: dict[str, str] = read("relevo_portal", language, "countries")["names"]
    return dict(sorted(listed.items(), key=lambda each: _without_accents(each[1])))


def _without_accents(name: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", name) if not unicodedata.combining(each)).casefold()
