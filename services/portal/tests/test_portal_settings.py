"""What the portal is told by its environment."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError


def test_a_calendar_link_is_of_scheduling_unless_calendars_reach_it_elsewhere(portal_settings: Any) -> None:
    assert portal_settings().calendar_site == "http://scheduling.local"
    assert portal_settings(calendar_url="https://week.example.org/").calendar_site == "https://week.example.org"


@pytest.mark.parametrize("url", ["week.example.org", "ftp://week.example.org", "https://week.example.org/#x"])
def test_what_is_no_address_of_a_calendar_site_is_refused(portal_settings: Any, url: str) -> None:
    with pytest.raises(ValidationError, match="calendar_url"):
        portal_settings(calendar_url=url)


def test_in_production_calendars_are_reached_over_tls(portal_settings: Any) -> None:
    with pytest.raises(ValidationError, match="CALENDAR_URL: must be https in production"):
        portal_settings(environment="production", calendar_url="http://week.example.org")
