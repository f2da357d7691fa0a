"""What the portal needs to be told beside what every service needs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from relevo_chassis.given.settings import ServiceSettings, read_secret

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class PortalSettings(ServiceSettings):
    """Settings of the portal, from ``RELEVO_…``."""

    service: str = "portal"
    public_url: str = Field(description="the site under which people reach the portal; no path")
    intake_url: str = Field(description="where intake's HTTP API is")
    scheduling_url: str = Field(description="where scheduling's is")
    multiplier_tracking_url: str = Field(description="where multiplier tracking's is")
    certification_url: str = Field(description="where certification's is")
    calendar_url: str = Field(
        default="", description="the site under which people's calendars reach scheduling; empty where that is the same"
    )
    quick_exit_url: str = Field(
        default="https://www.wikipedia.org/", description="the harmless page that leaving at once leads to"
    )
    entries_per_minute: Annotated[int, Field(ge=1, le=100_000, description="wrong codes tried from one address")] = 20
    beginnings_per_minute: Annotated[
        int, Field(ge=1, le=100_000, description="applications begun from one address")
    ] = 120

    oidc_client_id: str | None = Field(
        default=None, description="the portal as the provider knows it; without it staff cannot come in"
    )
    oidc_client_secret_file: Path | None = Field(default=None, description="the secret of that client")
    sign_ins_per_minute: Annotated[
        int, Field(ge=1, le=100_000, description="sign-ins of staff begun from one address")
    ] = 60

    @field_validator("oidc_client_secret_file")
    @classmethod
    def _client_secret(cls, value: Path | None) -> Path | None:
        if value is not None:
            read_secret(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _site(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("is not https://host or http://host, without a path")
        return value.rstrip("/")

    @field_validator("intake_url", "scheduling_url", "multiplier_tracking_url", "certification_url", "quick_exit_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.fragment:
            raise ValueError("is not a URL that starts with https:// or http://")
        return value

    @field_validator("calendar_url")
    @classmethod
    def _calendar_site(cls, value: str) -> str:
        return cls._address(value) if value else value

    @property
    def calendar_site(self) -> str:
        """What stands before the path of a calendar's link."""
        return (self.calendar_url or self.scheduling_url).rstrip("/")

    @property
    def is_over_tls(self) -> bool:
        """Whether browsers reach the portal over TLS, so that what they hold may be theirs alone."""
        return self.public_url.startswith("https:")

    @property
    def oidc_client(self) -> tuple[str, str] | None:
        """The portal's name and secret at the provider."""
        if self.oidc_client_id is None or self.oidc_client_secret_file is None:
            return None
        return self.oidc_client_id, read_secret(self.oidc_client_secret_file)

    def _secret_files(self) -> Iterable[str]:
        yield from super()._secret_files()
        yield "oidc_client_secret_file"

    def _conflicts(self) -> Iterable[str]:
        yield from super()._conflicts()
        if (self.oidc_client_id is None) != (self.oidc_client_secret_file is None):
            yield "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET_FILE: set both or neither"
        if not self.is_over_tls and urlsplit(self.public_url).hostname not in _LOOPBACK:
            yield "PUBLIC_URL: must be https, unless it is on this machine alone"

    def _production(self) -> Iterable[str]:
        yield from super()._production()
        if self.oidc_client_id is None:
            yield "OIDC_CLIENT_ID: staff come in at the provider in production; register the portal there and set it"
        services = ("intake_url", "scheduling_url", "multiplier_tracking_url", "certification_url")
        for name in ("public_url", *services, "quick_exit_url"):
            if not getattr(self, name).startswith("https:"):
                yield f"{name.upper()}: must be https in production"
        if not self.calendar_site.startswith("https:"):
            yield "CALENDAR_URL: must be https in production"
