"""What is read outside the house says rules in words. Their numbers, in brackets behind, are for who reads the code."""

from __future__ import annotations

import re
from typing import TypeVar

T = TypeVar("T")

_RULES = r"rules? \d+(?:(?:, | and | to )\d+)*"
_ALONE = re.compile(rf"\s*\({_RULES}\)")
_AFTER = re.compile(rf"; {_RULES}(?=\))")


def in_words(published: T) -> T:
    """A text, or a document with all its texts, without the numbers of rules: ``Held too late (rule 8).`` becomes
    ``Held too late.``"""
    if isinstance(published, str):
        return type(published)(_AFTER.sub("", _ALONE.sub("", published)))
    if isinstance(published, dict):
        return type(published)({name: in_words(each) for name, each in published.items()})
    if isinstance(published, list):
        return type(published)([in_words(each) for each in published])
    return published
