"""The fonts of the certificate, in the order in which they are tried, and what of each of them prints in a name."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

SUMMARY = "printable.txt"
"""Beside the fonts: what of each prints in a name, as ranges of code points, with how wide they are at most in em."""

JOINERS = "\u200c\u200d"
_DOTTED_CIRCLE = 0x25CC
_INVISIBLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF), (0xFB00, 0xFB17), (0x2015, 0x2015), (0x2E3A, 0x2E3B),
)  # fmt: skip
_FORMS = ("<isolated>", "<initial>", "<medial>", "<final>", "<font>", "<circle>", "<square>", "<wide>", "<narrow>",
          "<vertical>", "<small>", "<fraction>")  # fmt: skip
_HAN = ((0x3001, 0x3002), (0x3005, 0x3007), (0x3041, 0x3096), (0x3099, 0x30FF), (0x3105, 0x312F), (0x31A0, 0x31BF),
        (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x323AF))  # fmt: skip
_HANGUL = ((0x3131, 0x318E), (0xAC00, 0xD7A3))


class Face(NamedTuple):
    """One font file. ``only`` keeps to these characters of a font that has many more than are needed.

    ``joins`` if its script has letters that are told to join or not. ``marks`` says that it puts marks in their place.
    """

    family: str
    source: str
    joins: bool = False
    only: tuple[tuple[int, int], ...] = ()
    names: bool = True
    marks: bool = True

    @property
    def package(self) -> str:
        return "/".join(self.source.split("/")[:2])

    @property
    def file(self) -> str:
        return f"{self.source.rpartition('/')[2].rpartition('.')[0]}.ttf"

    def kept(self, characters: Iterable[int]) -> set[int]:
        """The characters that are laid. Without a dotted circle nothing draws one where a mark stands alone."""
        wanted = {*characters} - {_DOTTED_CIRCLE}
        return {each for each in wanted if _within(each, self.only)} if self.only else wanted

    def printable(self, widths: Mapping[int, float]) -> dict[int, float]:
        """Those of its characters that a name may have, each with its width in em."""
        return {each: width for each, width in widths.items() if self.names and _nameable(chr(each), self)}


def _garamond(path: str, names: bool = False) -> Face:
    return Face("EB Garamond", f"@expo-google-fonts/eb-garamond/{path}.ttf", names=names, marks=False)


def _expo(family: str, package: str, only: tuple[tuple[int, int], ...] = (), joins: bool = False) -> Face:
    file = f"{family.replace(' ', '')}_400Regular.ttf"
    return Face(family, f"@expo-google-fonts/{package}/400Regular/{file}", only=only, joins=joins)


def _slice(family: str, joins: bool = False, marks: bool = True) -> Face:
    """The part of a font that holds one script, as fontsource cuts it."""
    package, script = family.lower().replace(" ", "-"), family.rpartition(" ")[2].lower()
    return Face(family, f"@fontsource/{package}/files/{package}-{script}-400-normal.woff", joins=joins, marks=marks)


FACES = (
    _garamond("400Regular/EBGaramond_400Regular", names=True),
    _garamond("400Regular_Italic/EBGaramond_400Regular_Italic"),
    _garamond("500Medium/EBGaramond_500Medium"),
    _expo("Noto Serif", "noto-serif"),
    _slice("Noto Serif Armenian", marks=False),
    _slice("Noto Serif Georgian"),
    _expo("Noto Naskh Arabic", "noto-naskh-arabic", joins=True),
    _expo("Noto Serif Hebrew", "noto-serif-hebrew"),
    _slice("Noto Sans Syriac", joins=True),
    _slice("Noto Sans Thaana"),
    _slice("Noto Sans NKo", joins=True),
    _slice("Noto Sans Adlam"),
    _expo("Noto Serif Devanagari", "noto-serif-devanagari", joins=True),
    _slice("Noto Serif Bengali", joins=True),
    _slice("Noto Sans Gurmukhi", joins=True),
    _slice("Noto Serif Gujarati", joins=True),
    _slice("Noto Sans Oriya", joins=True),
    _slice("Noto Serif Tamil", joins=True),
    _slice("Noto Serif Telugu", joins=True),
    _slice("Noto Sans Kannada", joins=True),
    _slice("Noto Serif Malayalam", joins=True),
    _slice("Noto Serif Sinhala", joins=True),
    _slice("Noto Serif Thai"),
    _slice("Noto Serif Lao"),
    _slice("Noto Serif Khmer", joins=True),
    _slice("Noto Serif Myanmar"),
    _slice("Noto Serif Tibetan"),
    _slice("Noto Sans Ethiopic"),
    _expo("Noto Sans Canadian Aboriginal", "noto-sans-canadian-aboriginal"),
    _expo("Noto Sans Cherokee", "noto-sans-cherokee"),
    _slice("Noto Sans Tifinagh"),
    _slice("Noto Sans Osage"),
    _expo("Noto Serif SC", "noto-serif-sc", only=_HAN),
    _expo("Noto Serif KR", "noto-serif-kr", only=_HANGUL),
)
FAMILIES = tuple(dict.fromkeys(face.family for face in FACES))


def _nameable(character: str, face: Face) -> bool:
    """Letters, marks, digits and what stands between names; of symbols those of ASCII and Latin-1 alone."""
    number, category = ord(character), unicodedata.category(character)
    if character in JOINERS:
        return face.joins
    if _within(number, _INVISIBLE) or unicodedata.decomposition(character).startswith(_FORMS):
        return False
    if number < 0x100:
        return category not in ("Cc", "Cf")
    return category in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sk") or (
        category[0] == "M" and face.marks
    )


def _within(character: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= character <= last for first, last in ranges)


def summary(printable: Iterable[tuple[Face, Mapping[int, float]]]) -> str:
    """The lines of ``SUMMARY``, from each family and what of it prints: one for each width that its characters need.

    What a font before it has as well is left out, but for marks, which have to be in the font of their letter.
    """
    lines, before = [], set[int]()
    for face, widths in printable:
        own = {each: _class(width) for each, width in widths.items() if each not in before or _is_mark(each)}
        for width in sorted({*own.values()}):
            lines.append(
                f"{face.family} {width:g}: {' '.join(_ranges(sorted(each for each in own if own[each] == width)))}"
            )
        before |= widths.keys() if face.marks else set()
    return "".join(f"{line}\n" for line in lines)


def _class(width: float) -> float:
    """In halves of an em, from one em on."""
    return max(1.0, math.ceil(width * 2 - 0.01) / 2)


def _is_mark(character: int) -> bool:
    return unicodedata.category(chr(character))[0] == "M" or chr(character) in JOINERS


def _ranges(characters: Iterable[int]) -> Iterator[str]:
    first = last = -2
    for each in [*characters, -2]:
        if each == last + 1:
            last = each
            continue
        if last >= 0:
            yield f"{first:X}" if first == last else f"{first:X}-{last:X}"
        first = last = each
