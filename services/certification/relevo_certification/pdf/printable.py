"""Whether a name can be printed: by which font, how wide and how high; told without typesetting it.

Intake knows the same of the names it takes (its ``domain/printable``): a test holds the two equal.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from relevo_certification.assets import FONTS
from relevo_certification.assets.faces import JOINERS, SUMMARY

LINE_EM = 57
"""How wide a line is, in the smallest size that one can read."""
HEIGHT_EM = 8.4
"""How high a name may be, in that size."""
_MARKS_MAX = 5
_DIACRITICS_MAX = 2
_FOR_MARKS = "Noto Serif"
_STACKING = ("Mn", "Me")
_SHAPED = (range(0x0900, 0x10A0), range(0x1780, 0x18B0), range(0xA8E0, 0xA900), range(0xA9E0, 0xAA80))
"""Scripts whose letters change shape or place beside others: those of South and South-East Asia, and Tibetan."""
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
    """The fonts that are shipped."""
    return parsed((FONTS / SUMMARY).read_text(encoding="utf-8"))


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


class Run(NamedTuple):
    """A part of a text that is set in one font; in the usual ones if ``family`` is ``None``."""

    text: str
    family: str | None


def runs(text: str, fonts: Sequence[Printed]) -> list[Run]:
    """A text in parts, so that each letter is in the same font as the marks on it.

    Left to itself Typst drops a letter whose marks are in an earlier font. Latin letters of a text that has marks are
    those of Noto Serif, all of them: it puts the marks in their place.
    """
    if not any(map(_joined, text)):
        return [Run(text, None)]
    ordered = sorted(fonts, key=lambda font: font.family != _FOR_MARKS) if any(map(is_diacritic, text)) else fonts
    found: list[Run] = []
    font: Printed | None = None
    for cluster in _clusters(text):
        if font is None or not font.has(cluster):
            font = next((each for each in ordered if each.has(cluster)), None)
            found.append(Run("", font.family if font else None))
        found[-1] = found[-1]._replace(text=found[-1].text + cluster)
    return found


def is_diacritic(character: str) -> bool:
    """Whether it is a mark that goes with the letters of several scripts."""
    return unicodedata.name(character, "").startswith("COMBINING")


def first_strong(text: str) -> str:
    """The direction of the first character that has one (UAX #9, P2): ``L``, ``R``, ``AL``, or empty."""
    return next((kind for each in text if (kind := unicodedata.bidirectional(each)) in ("L", "R", "AL")), "")


def reads_as_written(texts: Iterable[str]) -> bool:
    """Whether these texts, taken out of a PDF, are what was put into it.

    Typst writes marks, letters that change places and what runs from right to left into the text layer otherwise than
    it draws them (typst issue 8767): a PDF with such a text makes no claim to be read by machines.
    """
    return not any(_reordered(character) for text in texts if not text.isascii() for character in text)


def _reordered(character: str) -> bool:
    if character < "\u0300":
        return False
    if unicodedata.category(character)[0] == "M" or unicodedata.bidirectional(character) in ("R", "AL", "AN"):
        return True
    return any(ord(character) in script for script in _SHAPED)


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
