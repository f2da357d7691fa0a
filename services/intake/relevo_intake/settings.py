"""What intake needs to be told besides what every service does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from relevo_chassis.given.settings import ServiceSettings, pairs, read_secret
from relevo_contracts import SERVICES
from relevo_intake.domain.address import mailbox
from relevo_intake.issuing import keys_in

_SMTP = ("smtp", "smtp+starttls", "smtps")


class IntakeSettings(ServiceSettings):
    """``RELEVO_SMTP_URL`` and the like."""

    service: str = "intake"
    smtp_url: str = Field(description="smtp://, smtp+starttls:// or smtps://host:port")
    smtp_user: str | None = Field(default=None, description="who sends, if the mail server asks")
    smtp_password_file: Path | None = Field(default=None, description="that user's password")
    mail_from: str = Field(description="the address that letters come from; neutral, like everything in them")
    letters_per_second: int = Field(
        default=20, ge=1, le=1000, description="most letters a second; mail servers turn away who sends in a rush"
    )
    attack_beginnings: int = Field(
        default=600, ge=1, le=1_000_000_000, description="as many beginnings of one call in ten minutes are an attack"
    )
    token_keys: Path = Field(description="the folder of keys that sign tokens; see the service's README")
    audiences: str = Field(
        default="",
        description="service=audience, with commas: services whose tokens bear another audience than their name",
    )
    public_url: str = Field(
        description="where the links of letters that bring a code lead: intake answers /confirm and /recover itself"
    )
    portal_url: str | None = Field(
        default=None,
        description="where the links of all other letters lead: the portal's door; the same address unless it is set",
    )

    @property
    def door_url(self) -> str:
        """Where a receipt code is entered."""
        return self.portal_url or self.public_url

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in _SMTP or not parts.hostname or not parts.port or parts.username or parts.password:
            raise ValueError(f"is not {' or '.join(_SMTP)}://host:port without user and password")
        return value

    @field_validator("public_url", "portal_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("is not a URL that starts with https:// or http://")
        return value

    @field_validator("token_keys")
    @classmethod
    def _keys(cls, value: Path) -> Path:
        keys_in(value)
        return value

    @field_validator("audiences")
    @classmethod
    def _audiences(cls, value: str) -> str:
        if strangers := {service for service, _ in pairs(value)} - {*SERVICES}:
            raise ValueError(f"names what is no service: {', '.join(sorted(strangers))}")
        return value

    @field_validator("mail_from")
    @classmethod
    def _from(cls, value: str) -> str:
        return str(mailbox(value))

    @field_validator("smtp_password_file")
    @classmethod
    def _password_file(cls, value: Path | None) -> Path | None:
        if value is not None:
            read_secret(value)
        return value

    @property
    def audience_of(self) -> Mapping[str, str]:
        """The audience of each service."""
        return {**{each: each for each in SERVICES}, **dict(pairs(self.audiences))}

    @property
    def smtp_password(self) -> str | None:
        """A secret."""
        return None if self.smtp_password_file is None else read_secret(self.smtp_password_file)

    def _conflicts(self) -> Iterable[str]:
        yield from super()._conflicts()
        if (self.smtp_user is None) != (self.smtp_password_file is None):
            yield "SMTP_USER and SMTP_PASSWORD_FILE: set both or neither"

    def _production(self) -> Iterable[str]:
        yield from super()._production()
        if self.smtp_url.startswith("smtp://"):
            yield "SMTP_URL: must be smtps:// or smtp+starttls:// in production"
        if not self.public_url.startswith("https:"):
            yield "PUBLIC_URL: must be https in production"
        if not self.door_url.startswith("https:"):
            yield "PORTAL_URL: must be https in production"
