"""Whether a name will print on a certificate, told where it is given and without asking certification.

``fonts.txt`` lists what each font of the certificate prints, as certification lays it down beside its fonts
(``assets/fonts/printable.txt``). A test holds list and measure equal to certification's.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from relevo_chassis.wrong import Wrong

JOINERS = "\u200c\u200d"
LINE_EM = 57
"""How wide a line is, in the smallest size that one can read."""
HEIGHT_EM = 8.4
"""How high a name may be, in that size."""
_MARKS_MAX = 5
_DIACRITICS_MAX = 2
_STACKING = ("Mn", "Me")
_TIBETAN = range(0x0F00, 0x1000)

Reason = Literal["character", "marks", "too_long"]


class Unprintable(NamedTuple):
    """Why a name cannot be printed; ``character`` is the first that no font shows, as ``U+1F331``."""

    reason: Reason
    character: str | None = None


class Measured(NamedTuple):
    """How high the tallest line of a name is above and below its foot, in its size; and the most lines it may take."""

    above: float
    below: float
    lines: int


class Printed(NamedTuple):
    """The characters of one font that print in names; each range with how wide they are at most, in em."""

    family: str
    firsts: Sequence[int]
    lasts: Sequence[int]
    widths: Sequence[float]

    def has(self, cluster: str) -> bool:
        return all(self.width(each) is not None for each in cluster)

    def width(self, character: str) -> float | None:
        place = bisect_right(self.firsts, ord(character)) - 1
        return self.widths[place] if place >= 0 and ord(character) <= self.lasts[place] else None


def printed(name: str) -> str:
    """The name, if it prints; the refusal says which character does not, or what else is in the way."""
    match measured(name, fonts()):
        case Unprintable("character", found):
            raise Wrong(
                "name_character",
                "no font of the certificate prints {character}; write the name without it",
                character=_described(found),
            )
        case Unprintable("marks", found):
            raise Wrong(
                "name_marks",
                "there are more marks on one letter than can be printed, {character} among them",
                character=_described(found),
            )
        case Unprintable():
            raise Wrong("name_too_long", "a word, or all of it, is too long to be printed in letters that one can read")
    return name


def measured(name: str, fonts: Sequence[Printed]) -> Measured | Unprintable:
    """A name of one line, in Unicode's normal form C."""
    above, below, widths = 0.0, 0.0, []
    for word in name.split(" "):
        width = 0.0
        for cluster in _clusters(word):
            found = _width(cluster, fonts)
            if isinstance(found, Unprintable):
                return found
            width += found
            higher, deeper = _height(cluster)
            above, below = max(above, higher), max(below, deeper)
        widths.append(width)
    lines = _lines(widths)
    if lines is None or lines * (above + below) > HEIGHT_EM:
        return Unprintable("too_long")
    return Measured(above, below, lines)


@cache
def fonts() -> Sequence[Printed]:
    """The fonts of the certificate."""
    return parsed((Path(__file__).parent / "fonts.txt").read_text(encoding="utf-8"))


def parsed(summary: str) -> Sequence[Printed]:
    """The fonts of a summary, a line for each width of each, in the order in which they are tried."""
    ranges: dict[str, list[tuple[int, int, float]]] = {}
    for line in summary.splitlines():
        (family, width), spans = line.partition(": ")[0].rsplit(" ", 1), line.partition(": ")[2]
        for span in spans.split():
            first, _, last = span.partition("-")
            ranges.setdefault(family, []).append((int(first, 16), int(last or first, 16), float(width)))
    return [Printed(family, *zip(*sorted(found), strict=True)) for family, found in ranges.items()]


def _clusters(text: str) -> Iterator[str]:
    """Each character with the marks and joiners that follow it."""
    cluster = ""
    for character in text:
        if cluster and not _joined(character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _width(cluster: str, fonts: Sequence[Printed]) -> float | Unprintable:
    font = next((each for each in fonts if each.has(cluster)), None)
    if font is None:
        return Unprintable("character", _named(_strange(cluster, fonts)))
    if _joined(cluster[0]) or (len(cluster) > 1 and unicodedata.category(cluster[0])[0] != "L"):
        return Unprintable("character", _named(next(filter(_joined, cluster))))
    stacked = [each for each in cluster if unicodedata.category(each) in _STACKING]
    if len({*cluster}) < len(cluster) or len(stacked) > _MARKS_MAX or sum(map(is_diacritic, stacked)) > _DIACRITICS_MAX:
        return Unprintable("marks", _named(cluster[-1]))
    return sum(font.width(each) or 0 for each in cluster)


def _described(character: str | None) -> str:
    if character is None:
        return ""
    name = unicodedata.name(chr(int(character[2:], 16)), "")
    return f"{character} ({name})" if name else character


def is_diacritic(character: str) -> bool:
    """Whether it is a mark that goes with the letters of several scripts."""
    return unicodedata.name(character, "").startswith("COMBINING")


def _joined(character: str) -> bool:
    """Whether it belongs to the letter before it."""
    return character in JOINERS or unicodedata.category(character)[0] == "M"


def _strange(cluster: str, fonts: Sequence[Printed]) -> str:
    """The first character that no font has; else the mark that the font of its letter lacks."""
    lacking = (each for each in cluster if all(font.width(each) is None for font in fonts))
    return next(lacking, cluster[-1])


def _named(character: str) -> str:
    return f"U+{ord(character):04X}"


def _height(cluster: str) -> tuple[float, float]:
    """How far a letter with its marks reaches above and below its foot, at most, in em."""
    more = sum(unicodedata.category(each) in _STACKING for each in cluster) - 1
    if more < 0:
        return 1.21, 0.6
    if ord(cluster[0]) in _TIBETAN:
        return 1.3 + 0.4 * more, 1.0 + 0.9 * more
    return 1.4 + 0.5 * more, 0.95 + 0.3 * more


def _lines(widths: Sequence[float]) -> int | None:
    """How many lines words of these widths take; ``None`` if one is wider than a line."""
    lines, left = 0, 0.0
    for width in widths:
        if width > LINE_EM:
            return None
        if lines == 0 or left < width + 1:
            lines, left = lines + 1, float(LINE_EM)
            left -= width
        else:
            left -= width + 1
    return lines
