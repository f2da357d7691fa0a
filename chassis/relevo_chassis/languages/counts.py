"""Numbers, what is counted, and lists, as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from relevo_chassis.languages import Language
from relevo_chassis.languages.loading import Counted
from relevo_chassis.languages.words import TEXTS

_THOUSANDS: Mapping[Language, str] = {"es": "\u202f", "en": ",", "pt": ".", "fr": "\u202f"}
_BEGINS_WITH_I = re.compile(r"h?[ií](?![aeouáéóú])|y(?![aeiouáéíóú])", re.IGNORECASE)


def number(value: int, language: Language) -> str:
    """Parted in thousands: 2,953 in English, 2.953 in Portuguese, 2 953 in French; in Spanish from 10 000 on."""
    parted = f"{value:,}" if language != "es" or abs(value) >= 10_000 else str(value)
    return parted.replace(",", _THOUSANDS[language])


def counted(forms: Counted, count: int, language: Language, **facts: str | int) -> str:
    """The text for this many, with the number in it. In Portuguese and French nothing is one (CLDR, plural rules)."""
    alone = (0, 1) if language in ("pt", "fr") else (1,)
    text = forms.one if count in alone else forms.other
    return text.format(count=number(count, language), **facts)


def listed(items: Sequence[str], language: Language) -> str:
    """All of them, with *and* before the last: inglés, portugués y francés; español e inglés. Nothing for none."""
    if len(items) < 2:
        return "".join(items)
    words, last = TEXTS[language], items[-1]
    between = words.conjunction_before_i if _BEGINS_WITH_I.match(last) else words.conjunction
    return f"{', '.join(items[:-1])} {between} {last}"
