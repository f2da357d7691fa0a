"""One journey of each kind in a browser; in every language: ``make portal-figures``."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser
from tests.journey.staff import Office
from tests.journey.walk import dead_links, walked


@pytest.mark.timeout(600)
async def test_three_people_go_from_the_call_to_a_certificate_in_a_browser(office: Office, browser: Browser) -> None:
    await walked(office, browser, "es")
    assert await dead_links(office) == []
