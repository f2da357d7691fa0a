"""The page of the materials: by day and session, each file with its size before it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.days import day, day_with_weekday
from relevo_chassis.languages.words import language_name
from relevo_portal.page.frame import Frame, made
from relevo_portal.services.materials import Material, OwnMaterials
from relevo_portal.words import week
from relevo_portal.words.materials import TEXTS

ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "text/plain": "txt"}


class Item(NamedTuple):
    """One of them: where it leads, out of this site or to a file, and what is said of it besides."""

    title: str
    to: str
    facts: str
    leads_out: bool


class Group(NamedTuple):
    """Those of one session, or of the whole week."""

    title: str
    items: Sequence[Item]


class Day(NamedTuple):
    name: str
    groups: Sequence[Group]


class Choice(NamedTuple):
    """A language to show alone, or all of them."""

    name: str
    to: str
    is_chosen: bool


def materials_page(
    frame: Frame, found: OwnMaterials | None, chosen: Language | None, problem: str | None = None
) -> str:
    """All of them, or those in one language and for any; ``found`` is ``None`` where there can be none yet."""
    words, above = TEXTS[frame.language], week.TEXTS[frame.language].above
    if chosen is None and (found is None or not (found.week or found.sessions)):
        links = [(week.TEXTS[frame.language].back, "/week")]
        return made("nothing.html", frame, passage=words.none, above=above, links=links)
    of = found or OwnMaterials()
    return made(
        "materials.html",
        frame,
        materials=words,
        above=above,
        problem=problem,
        choices=_choices(frame, chosen),
        week_items=[_item(each, frame) for each in of.week],
        days=list(_days(of, frame)),
        bundle=f"/week/materials/take{_in(chosen, frame)}" if of.size_bytes else None,
        size=size(of.size_bytes, frame.language),
        back=(week.TEXTS[frame.language].back, f"/week{frame.keep}"),
    )


def size(size_bytes: int, language: Language) -> str:
    """Rounded up: 12 KB, 1,4 MB."""
    words, kilobytes = TEXTS[language], max(1, -(-size_bytes // 1000))
    if kilobytes < 1000:
        return words.kilobytes.format(size=kilobytes)
    tenths = -(-kilobytes // 100)
    point = "." if language == "en" else ","
    return words.megabytes.format(size=f"{tenths // 10}{point}{tenths % 10}")


def _days(found: OwnMaterials, frame: Frame) -> Iterable[Day]:
    for on, sessions in groupby(found.sessions, lambda each: each.starts_at.date()):
        groups = [Group(each.topic[frame.language], [_item(one, frame) for one in each.materials]) for each in sessions]
        yield Day(day_with_weekday(on, frame.language), groups)


def _item(material: Material, frame: Frame) -> Item:
    words, language = TEXTS[frame.language], frame.language
    facts = [words.kinds[material.kind]]
    if material.language != "any":
        facts.append(language_name(material.language, language))
    if material.file is not None:
        facts += [ENDINGS.get(material.file.media, "").upper(), size(material.file.size_bytes, language)]
        to, leads_out = f"/week/materials/file/{material.material_id}{frame.keep}", False
    else:
        to, leads_out = material.link or "", True
        facts.append(words.leads_to.format(host=urlsplit(to).hostname or ""))
    facts.append(words.added_on.format(day=day(material.added_at.date(), language)))
    return Item(material.title, to, " · ".join(each for each in facts if each), leads_out)


def _choices(frame: Frame, chosen: Language | None) -> list[Choice]:
    all_of_them = Choice(TEXTS[frame.language].all, f"/week/materials{_in(None, frame)}", chosen is None)
    each = [
        Choice(language_name(one, frame.language), f"/week/materials{_in(one, frame)}", one == chosen)
        for one in LANGUAGES
    ]
    return [all_of_them, *each]


def _in(chosen: Language | None, frame: Frame) -> str:
    """What an address says of the language that is chosen, and of the one that is spoken."""
    if chosen is None:
        return frame.keep
    return f"{frame.keep}{'&' if frame.keep else '?'}in={chosen}"
