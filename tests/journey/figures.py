"""The journeys in a browser, beginning in each language: part of ``make portal-figures``.

How many were walked to their end, and how many links of their letters lead nowhere, goes to
``var/portal/journeys.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser
from tests.journey.staff import Office
from tests.journey.walk import dead_links, walked

from relevo_chassis.languages import LANGUAGES, Language

JOURNEYS = Path(__file__).resolve().parents[2] / "var" / "portal" / "journeys.json"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_three_people_go_from_the_call_to_a_certificate_in_a_browser(
    office: Office, browser: Browser, language: Language
) -> None:
    found: dict[str, Any] = (
        {"journeys": 0, "dead_links": []} if language == LANGUAGES[0] else json.loads(JOURNEYS.read_bytes())
    )
    found["journeys"] += len(await walked(office, browser, language))
    found["dead_links"] += await dead_links(office)
    JOURNEYS.parent.mkdir(parents=True, exist_ok=True)
    JOURNEYS.write_text(json.dumps(found) + "\n", encoding="utf-8")
    assert found["dead_links"] == []
