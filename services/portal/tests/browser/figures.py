"""What the portal's pages weigh and whom they ask, in every language, width and theme: ``make portal-figures``.

Written to ``var/portal/report.json``. A figure that is not as it should be ends it with an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import pytest
from playwright.async_api import Browser

from relevo_chassis.languages import LANGUAGES
from relevo_chassis.languages.loading import flat, read
from relevo_contracts import CONTRACTS
from relevo_intake.letters.occasions import OCCASIONS, WITHOUT_LETTER
from relevo_intake.words import LetterKind
from relevo_testkit.browsing import Visit, visiting

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.browser.poor_line import Weight, applied
    from tests.browser.screens import CODE, taking_part
else:
    from services.portal.tests.browser.poor_line import Weight, applied
    from services.portal.tests.browser.screens import CODE, taking_part

REPORT = Path(__file__).resolve().parents[4] / "var" / "portal" / "report.json"
JOURNEYS = REPORT.with_name("journeys.json")
"""What the journeys before have left (``tests/journey/figures.py``)."""
WIDTHS = (320, 768, 1280)
OPEN = ("/", "/calls", "/notice", "/lost", "/left", "/kept", "/undone", "/nowhere", "/offline")
APPLYING = ("/apply/1", "/apply/2", "/apply/3", "/apply/4", "/apply/more/1", "/apply/5", "/apply/drop")
OWN = (
    *("/mine", "/mine/end", "/danger", "/rights", "/rights/erase", "/write", "/letter", "/needs", "/needs/clear"),
    *("/week", "/week/hours", "/week/calendar", "/paper", "/paper/view", "/paper/view/open", "/paper/fields"),
    "/paper/wallet",
    *("/days", "/days/session/1", "/days/plan", "/days/report", "/days/correct/1", "/days/ask", "/days/help"),
    *("/days/pictures/1", "/week/materials"),
)
FIRST_VISIT_KB, PUBLIC_PAGE_KB = 60, 100


class Found(NamedTuple):
    """What was seen on the way through the pages."""

    pages: set[str]
    faults: list[str]
    elsewhere: list[str]


async def looked(visit: Visit, found: Found, language: str, paths: tuple[str, ...]) -> None:
    print(f"{len(found.pages)} pages so far, {len(found.faults)} faults; {len(paths)} more in {language}", flush=True)
    for path in paths:
        await visit.open(f"{path}?lang={language}")
        found.pages.add(path)
        found.faults.extend(await visit.faults(f"{path} in {language}"))
    found.elsewhere.extend(each for each in visit.asked if not each.startswith(visit.site))


async def begun(visit: Visit, applying: Any, language: str) -> None:
    """As far as the first page of the form, of a call that asks more than others."""
    asks = [applying.question("which", "text"), applying.question("years", "number"), applying.question("in", "yes_no")]
    await visit.open(f"/calls/{applying.opened(questions=asks)}?lang={language}")
    await visit.page.click("main form button.main")
    code = (await visit.page.inner_text("output")).strip()
    await visit.page.click("main a.main")
    await visit.page.fill("#last", code[-7:])
    await visit.page.click("main form button.main")
    await visit.page.wait_for_load_state("networkidle")


def untranslated() -> Iterator[str]:
    """Sentences that one language says as English does."""
    folder = files("relevo_portal") / "texts"
    for part in ("", *sorted(each.name for each in folder.iterdir() if each.is_dir())):
        texts = {each: dict(flat(read("relevo_portal", each, part), "")) for each in LANGUAGES}
        for name, text in texts["en"].items():
            if isinstance(text, str) and len(text.split()) > 2:
                yield from (
                    f"{part}/{each}: {name}" for each in LANGUAGES if each != "en" and texts[each].get(name) == text
                )


async def weighed(house: Any, applying: Any, browser: Browser) -> tuple[float, float]:
    """A first visit as far as the form, and the heaviest page that anybody may open, in KB."""
    async with visiting(house.stand.app, browser) as visit:
        weight = Weight(visit)
        await begun(visit, applying, "es")
        first_visit = await weight.kilobytes()
    heaviest = 0.0
    for path in OPEN:
        async with visiting(house.stand.app, browser) as visit:
            weight = Weight(visit)
            await visit.open(f"{path}?lang=es")
            heaviest = max(heaviest, await weight.kilobytes())
    return first_visit, heaviest


async def looked_at_all(house: Any, applying: Any, browser: Browser) -> Found:
    found = Found(set(), [], [])
    screens = [{"width": width, "height": 740} for width in WIDTHS]
    for screen in screens:
        for language in LANGUAGES:
            async with visiting(house.stand.app, browser, viewport=screen) as visit:
                await looked(visit, found, language, OPEN)
                await begun(visit, applying, language)
                await looked(visit, found, language, APPLYING)
    taking_part(house)
    for screen in screens:
        for language in LANGUAGES:
            async with visiting(house.stand.app, browser, viewport=screen) as visit:
                await visit.send(f"/?lang={language}", code=CODE)
                await looked(visit, found, language, OWN)
    return found


@pytest.mark.timeout(3600)
async def test_figures(house: Any, applying: Any, browser: Browser) -> None:
    first_visit, heaviest = await weighed(house, applying, browser)
    at_2g = await applied(house, applying, browser, again="reload")
    arrived = len(applying.submitted)
    found = await looked_at_all(house, applying, browser)
    silent = sorted(
        {each.model.__name__ for each in CONTRACTS} - {each.__name__ for each in (*OCCASIONS, *WITHOUT_LETTER)}
    )
    same = sorted(untranslated())
    walked = json.loads(JOURNEYS.read_bytes())
    report = {
        "pages": len(found.pages),
        "axe_violations": sum("sideways" not in each for each in found.faults),
        "scroll_sideways": sum("sideways" in each for each in found.faults),
        "first_visit_kb": round(first_visit, 1),
        "heaviest_public_page_kb": round(heaviest, 1),
        "application_at_2g": {
            "seconds": round(at_2g.seconds, 1),
            "kb": round(at_2g.kilobytes, 1),
            "first_visit_kb": round(at_2g.first_visit_kilobytes, 1),
            "arrived": arrived,
        },
        "third_party_requests": len(found.elsewhere),
        "untranslated": len(same),
        "letters": {
            "kinds": len(get_args(LetterKind)),
            "dead_links": len(walked["dead_links"]),
            "silent_changes": len(silent),
        },
        "journeys": walked["journeys"],
    }
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    assert (found.faults, found.elsewhere, same, silent) == ([], [], [], [])
    assert arrived == 1
    assert first_visit <= FIRST_VISIT_KB
    assert heaviest <= PUBLIC_PAGE_KB
