"""What a text that people read may be made of. Pure, so that the domain may say so too."""

from __future__ import annotations

import re
import unicodedata

from relevo_chassis.wrong import Wrong

_INVISIBLE = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROLS_BUT_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442\U0001d159")
"""Fillers of Hangul, empty Braille, blanks of hieroglyphs and of music: letters and symbols that show nothing."""


def normal(text: str) -> str:
    """In Unicode's normal form C, lines ended by a line feed."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n")


def one_line(text: str) -> str:
    """Raises ``Wrong`` for line breaks, control characters and direction overrides."""
    if _CONTROLS.search(text) or _INVISIBLE.search(text):
        raise Wrong("not_one_line", "control characters, line breaks and direction overrides are not taken here")
    return text


def lines(text: str) -> str:
    """Raises ``Wrong`` for control characters and direction overrides."""
    if _CONTROLS_BUT_LINES.search(text) or _INVISIBLE.search(text):
        raise Wrong("control_characters", "control characters and direction overrides are not taken here")
    return text


def seen(text: str) -> str:
    """Raises ``Wrong`` for a text in which nothing can be seen, although it is not empty."""
    if text and not any(_category(each) in "LNPS" for each in text):
        raise Wrong("nothing_seen", "nothing in it can be seen; leave it out, or write something")
    return text


def named(text: str) -> str:
    """Raises ``Wrong`` for a name without a letter; every alphabet's are letters, what shows nothing is none."""
    if text and not any(_category(each) == "L" for each in text):
        raise Wrong("no_letter", "a name has at least one letter that can be seen")
    return text


def _category(character: str) -> str:
    return "C" if character in _BLANK else unicodedata.category(character)[0]
