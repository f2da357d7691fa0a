"""A whole application at 2G: what a first visit weighs, and that it arrives once when the line drops as it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words.apply import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.browser.poor_line import applied
else:
    from services.portal.tests.browser.poor_line import applied

FIRST_VISIT_KB = 60


@pytest.mark.parametrize("again", ["reload", "back"])
async def test_an_application_whose_line_drops_as_it_is_sent_arrives_once(
    house: Any, applying: Any, browser: Browser, again: str
) -> None:
    found = await applied(house, applying, browser, again=again)
    assert len(applying.submitted) == 1
    assert found.heading == TEXTS["es"].sent.title
    assert found.first_visit_kilobytes <= FIRST_VISIT_KB
