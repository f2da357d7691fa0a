"""The materials to take along, in one file: a ZIP whose first page leads to all of them and loads nothing.

The same materials make the same bytes. Its length is known before any of them is read, and they are read one piece at
a time. Names and times in it say nothing: what a material is called stands in the page alone.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from hashlib import sha256
from typing import NamedTuple
from zoneinfo import ZoneInfo

from relevo_chassis.http.page import security_policy
from relevo_chassis.languages import Language
from relevo_chassis.languages.days import day_with_weekday
from relevo_chassis.languages.words import language_name
from relevo_scheduling.domain.materials import ENDINGS, KeptFile, Material
from relevo_scheduling.domain.programme import Programme
from relevo_scheduling.page.render import TEMPLATES
from relevo_scheduling.words import TEXTS

INDEX = "index.html"
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_PLAIN, _FIRST_DAY = 20, 0x21
"""Version 2.0 of the format; 1 January 1980, on which its time begins (APPNOTE 4.4)."""


class Packed(NamedTuple):
    """One file in the bundle; the page itself has none of the kept ones."""

    name: str
    size_bytes: int
    crc32: int
    file: KeptFile | None


class Bundle(NamedTuple):
    """What the bundle holds, the page first; ``size_bytes`` is its length, ``tag`` is of all that it says."""

    page: bytes
    entries: tuple[Packed, ...]

    @property
    def size_bytes(self) -> int:
        each = sum(_LOCAL.size + _CENTRAL.size + 2 * len(entry.name) + entry.size_bytes for entry in self.entries)
        return each + _END.size

    @property
    def tag(self) -> str:
        digests = [entry.file.digest for entry in self.entries if entry.file is not None]
        return sha256(b"\n".join((self.page, *(each.encode() for each in digests)))).hexdigest()[:32]


class Line(NamedTuple):
    """A material as the page shows it; ``at`` is the file beside it, or the address of a link."""

    title: str
    at: str
    facts: str
    is_link: bool


def bundle_of(items: Sequence[Material], programme: Programme, language: Language) -> Bundle:
    """What of these materials can be taken along, with a page in a language that leads to all of them."""
    names = _names(items)
    groups = [
        (title, [_line(each, names, language) for each in of]) for title, of in _groups(items, programme, language)
    ]
    css = TEMPLATES.get_template("bundle.css").render()
    html = TEMPLATES.get_template("bundle.html").render(
        words=TEXTS[language].materials,
        language=language,
        groups=groups,
        style=css,
        policy=security_policy(style=css).replace("; frame-ancestors 'none'", ""),
    )
    page = html.encode()
    kept = [Packed(names[file.digest], file.size_bytes, file.crc32, file) for file in _files(items)]
    return Bundle(page, (Packed(INDEX, len(page), zlib.crc32(page), None), *kept))


async def zipped(bundle: Bundle, content_of: Callable[[KeptFile], AsyncIterator[bytes]]) -> AsyncIterator[bytes]:
    """The bundle's bytes, some at a time (APPNOTE 4.3.7, 4.3.12, 4.3.16)."""
    directory, at = list[bytes](), 0
    for entry in bundle.entries:
        name = entry.name.encode()
        facts = (entry.crc32, entry.size_bytes, entry.size_bytes, len(name), 0)
        yield _LOCAL.pack(b"PK\x03\x04", _PLAIN, 0, 0, 0, _FIRST_DAY, *facts) + name
        if entry.file is None:
            yield bundle.page
        else:
            async for piece in content_of(entry.file):
                yield piece
        directory.append(
            _CENTRAL.pack(b"PK\x01\x02", _PLAIN, _PLAIN, 0, 0, 0, _FIRST_DAY, *facts, 0, 0, 0, 0, at) + name
        )
        at += _LOCAL.size + len(name) + entry.size_bytes
    count, length = len(directory), sum(map(len, directory))
    yield b"".join(directory) + _END.pack(b"PK\x05\x06", 0, 0, count, count, length, at, 0)


def _files(items: Sequence[Material]) -> list[KeptFile]:
    """Each once, in the order in which they are first named."""
    return list({each.file.digest: each.file for each in items if each.file is not None}.values())


def _names(items: Sequence[Material]) -> dict[str, str]:
    return {file.digest: f"{number:02}.{ENDINGS[file.media]}" for number, file in enumerate(_files(items), start=1)}


def _groups(
    items: Sequence[Material], programme: Programme, language: Language
) -> list[tuple[str, Sequence[Material]]]:
    """Those of the whole week first, then by session in the order of the week."""
    published = programme.published
    sessions = (
        sorted((each.session for each in published.sessions), key=lambda each: each.starts_at) if published else []
    )
    zone = ZoneInfo(published.frame.time_zone if published else "UTC")
    titles: list[tuple[str | None, str]] = [(None, TEXTS[language].materials.week)]
    for each in sessions:
        day = day_with_weekday(each.starts_at.astimezone(zone).date(), language)
        titles.append((each.session_id, f"{each.topic.in_(language)} · {day}"))
    groups = [(title, [each for each in items if each.details.session_id == id]) for id, title in titles]
    return [(title, of) for title, of in groups if of]


def _line(material: Material, names: dict[str, str], language: Language) -> Line:
    words, details, file = TEXTS[language].materials, material.details, material.file
    facts = [words.kinds[details.kind]]
    if details.language != "any":
        facts.append(language_name(details.language, language))
    if file is None:
        facts.append(words.needs_line)
        return Line(details.title, details.link or "", " · ".join(facts), is_link=True)
    facts += [ENDINGS[file.media].upper(), size(file.size_bytes, language)]
    return Line(details.title, names[file.digest], " · ".join(facts), is_link=False)


def size(size_bytes: int, language: Language) -> str:
    """Rounded up: 12 KB, 1,4 MB."""
    kilobytes = max(1, -(-size_bytes // 1000))
    if kilobytes < 1000:
        return TEXTS[language].materials.kilobytes.format(size=kilobytes)
    tenths = -(-kilobytes // 100)
    point = "." if language == "en" else ","
    return TEXTS[language].materials.megabytes.format(size=f"{tenths // 10}{point}{tenths % 10}")
