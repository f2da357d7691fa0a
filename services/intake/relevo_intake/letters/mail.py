"""The way out: SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiosmtplib

from relevo_intake.letters.render import MailMessage

TIME_OUT_SECONDS = 10.0
OPENING_SECONDS = 15.0
SENDING_SECONDS = 20.0


class MailAway(Exception):
    """The mail server does not answer or is closing; the letter may or may not have been taken."""


class MailDelayed(Exception):
    """The mail server asks to come back with this letter later (4xx, RFC 5321, 4.2.1); ``code`` is its reply code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"delayed with {code}")
        self.code = code


class MailRefused(Exception):
    """The mail server will never take this letter; ``code`` is its reply code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


class MailConnection(Protocol):
    """An open connection."""

    async def send(self, envelope: MailMessage) -> None:
        """Returns when the server has taken responsibility. Raises ``MailAway``, ``MailDelayed`` or ``MailRefused``."""
        ...


class Mail(Protocol):
    """Something that opens a connection; entering it raises ``MailAway``."""

    def connection(self) -> AbstractAsyncContextManager[MailConnection]: ...


class SmtpConnection:
    """A connection to an SMTP server."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client

    async def send(self, envelope: MailMessage) -> None:
        """To the mailbox of the envelope, whatever the headers say; they were compared with it before.

        A server that turns away the sender or the greeting turns away us, and no letter for good.
        """
        try:
            async with asyncio.timeout(SENDING_SECONDS):
                await self._client.sendmail(envelope.sender, [envelope.to], envelope.content)
        except aiosmtplib.SMTPHeloError as refused:
            raise MailAway(str(refused.code)) from None
        except aiosmtplib.SMTPSenderRefused as refused:
            raise MailAway("421") if refused.code == 421 else MailDelayed(refused.code) from None
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _judged(refused.recipients[0].code) from None
        except aiosmtplib.SMTPResponseException as refused:
            raise _judged(refused.code) from None
        except (aiosmtplib.SMTPNotSupported, UnicodeError, ValueError):
            raise MailRefused(553) from None
        except (aiosmtplib.SMTPException, OSError) as away:
            raise MailAway(type(away).__name__) from None


class SmtpMail:
    """``smtp://host:port``, ``smtp+starttls://host:port`` or ``smtps://host:port``."""

    def __init__(self, url: str, user: str | None = None, password: str | None = None) -> None:
        parts = urlsplit(url)
        self._options: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port,
            "username": user,
            "password": password,
            "use_tls": parts.scheme == "smtps",
            "start_tls": parts.scheme == "smtp+starttls",
            "timeout": TIME_OUT_SECONDS,
        }

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[SmtpConnection]:
        """One connection. Raises ``MailAway``."""
        client = aiosmtplib.SMTP(**self._options)
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                await client.connect()
        except (aiosmtplib.SMTPException, OSError) as away:
            raise MailAway(type(away).__name__) from None
        try:
            yield SmtpConnection(client)
        finally:
            client.close()


_TOO_MANY = 552
"""Some servers say so of a mailbox that is full for now (RFC 5321, 4.5.3.1.10)."""


def _judged(code: int) -> Exception:
    if code == 421:
        return MailAway("421")
    return MailRefused(code) if 500 <= code < 600 and code != _TOO_MANY else MailDelayed(code)
