"""What the portal is told by its environment."""

from __future__ import annotations

from pathlib import Path
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


def test_in_production_staff_come_in_at_the_provider(portal_settings: Any, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="OIDC_CLIENT_ID: staff come in at the provider in production"):
        portal_settings(environment="production")


def test_a_client_at_the_provider_has_a_name_and_a_secret_of_its_own(portal_settings: Any, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="OIDC_CLIENT_ID and OIDC_CLIENT_SECRET_FILE: set both or neither"):
        portal_settings(oidc_client_id="portal")
    shared = {"oidc_client_id": "portal", "oidc_client_secret_file": tmp_path / "key"}
    with pytest.raises(ValidationError, match="SECRET_FILE: holds the same secret as SERVICE_KEY_FILE"):
        portal_settings(**shared)
