"""What intake needs to be told besides what every service does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from relevo_chassis.given.settings import ServiceSettings, read_secret
from relevo_intake.domain.address import mailbox

_SMTP = ("smtp", "smtp+starttls", "smtps")


class IntakeSettings(ServiceSettings):
    """``RELEVO_SMTP_URL`` and the like."""

    service: str = "intake"
    smtp_url: str = Field(description="smtp://, smtp+starttls:// or smtps://host:port")
    smtp_user: str | None = None
    smtp_password_file: Path | None = None
    mail_from: str = Field(description="the address that letters come from; neutral, like everything in them")
    letters_per_second: int = Field(
        default=20, ge=1, le=1000, description="most letters a second; mail servers turn away who sends in a rush"
    )
    public_url: str = Field(
        description="where the links in letters lead: the portal, or intake itself, which answers /confirm"
    )

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in _SMTP or not parts.hostname or not parts.port or parts.username or parts.password:
            raise ValueError(f"is not {' or '.join(_SMTP)}://host:port without user and password")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("is not a URL that starts with https:// or http://")
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
