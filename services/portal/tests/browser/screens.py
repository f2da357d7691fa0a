"""The pages as people see them, drawn into ``var/screens`` at phone and desk width: ``make screenshots``.

Each whole, and what a phone shows of it at first; three of those stand in the README (``docs/screens``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser

from relevo_testkit.browsing import Visit, visiting

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.inviting import FakeInviting
    from tests.materials import FakeMaterials
    from tests.needing import FakeNeeds
    from tests.threads import FakeThread
    from tests.tracking import FakeTracking
else:
    from services.portal.tests.inviting import FakeInviting
    from services.portal.tests.materials import FakeMaterials
    from services.portal.tests.needing import FakeNeeds
    from services.portal.tests.threads import FakeThread
    from services.portal.tests.tracking import FakeTracking

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
WIDTHS = {"phone": 360, "desk": 1280}
SCREENS = Path(__file__).resolve().parents[4] / "var" / "screens"


class Drawn:
    """Draws what a visit shows, whole, under a name."""

    def __init__(self, visit: Visit, width: str) -> None:
        self.visit, self.width = visit, width

    async def __call__(self, name: str, page: str | None = None) -> None:
        if page is not None:
            await self.visit.open(page)
        await self.visit.page.screenshot(path=SCREENS / f"{name}-{self.width}.png", full_page=True)
        if self.width == "phone":
            await self.visit.page.screenshot(path=SCREENS / f"{name}-first.png")


def taking_part(house: Any) -> None:
    """Somebody in the midst of the sixty days, with a certificate to come."""
    scheduling, tracking, certification = FakeMaterials(), FakeTracking(), FakeInviting()
    scheduling.give("Empresas y derechos humanos", kind="report")
    scheduling.give("Preguntas para el caso", "a" * 32, kind="case_file")
    scheduling.publish(version=2)
    scheduling.event(scheduling.programme["sessions"][1], sequence=1, changed=scheduling.published_at)
    scheduling.figures = {"minutes_attended": 80}
    tracking.opened()
    id = tracking.session("returned")["session_id"]
    tracking.session()
    tracking.texts["sessions"][id] = {"description": "Taller sobre los derechos del río.", "evidence_note": None}
    tracking.texts["words"][id] = {"note": "Falta poco.", "people": "¿Eran catorce con usted?"}
    certification.issue()
    services: dict[str, FastAPI] = {
        "scheduling": scheduling.app,
        "multiplier_tracking": tracking.app,
        "certification": certification.app,
    }
    for service, app in services.items():
        house.serve(service, app)
    mine = house.intake.enrolled(CODE)
    mine["needs"] = {"changed_at": None, "kept_until_on": "2019-12-27"}
    FakeNeeds(house.intake)
    house.intake.app.get("/me/danger")(lambda: {"since": None, "watched": True})
    thread = FakeThread(house.intake)
    thread.question("¿Puedo cambiar mi nombre en el certificado?")
    thread.reply("Sí, cuando quiera, en la página de sus datos.")


@pytest.mark.parametrize("width", WIDTHS)
async def test_drawn(house: Any, applying: Any, browser: Browser, width: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    async with visiting(house.stand.app, browser, viewport={"width": WIDTHS[width], "height": 740}) as visit:
        drawn = Drawn(visit, width)
        await drawn("1-door", "/?lang=es")
        call_id = applying.opened()
        await drawn("2-call", f"/calls/{call_id}?lang=es")
        await visit.page.click("main form button.main")
        await drawn("3-code")
    async with visiting(house.stand.app, browser, viewport={"width": WIDTHS[width], "height": 740}) as visit:
        drawn = Drawn(visit, width)
        house.intake.offered(CODE)
        await visit.send("/?lang=es", code=CODE)
        await drawn("4-offer")
    taking_part(house)
    async with visiting(house.stand.app, browser, viewport={"width": WIDTHS[width], "height": 740}) as visit:
        drawn = Drawn(visit, width)
        await visit.send("/?lang=es", code=CODE)
        await drawn("5-mine")
        for name, page in (("6-week", "/week"), ("7-days", "/days"), ("8-paper", "/paper"), ("9-danger", "/danger")):
            await drawn(name, f"{page}?lang=es")
        await drawn("10-correct", "/days/correct/1?lang=es")
    assert len(list(SCREENS.glob(f"*-{width}.png"))) >= 10
