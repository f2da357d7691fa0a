"""A mailbox that takes letters and delivers none; it refuses some addresses for good, to show what comes of that.

Refused is whatever is addressed to ``refused.invalid`` or a domain under it (RFC 2606 keeps ``invalid`` from being
anybody's), with ``550 5.1.1`` as a mail server answers for a mailbox that it does not have.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

from relevo_servers import owner_only

REFUSED_DOMAIN = "refused.invalid"
_REFUSED = re.compile(rf".+[@.]{re.escape(REFUSED_DOMAIN)}", re.IGNORECASE)


class Mail(NamedTuple):
    """A letter as it came: whom the envelope names, and the message."""

    id: int
    to: tuple[str, ...]
    message: EmailMessage

    def as_json(self) -> dict[str, Any]:
        body = self.message.get_body(("plain", "html"))
        return {
            "id": self.id,
            "to": list(self.to),
            "from": str(self.message["From"] or ""),
            "subject": str(self.message["Subject"] or ""),
            "message_id": str(self.message["Message-ID"] or ""),
            "language": str(self.message["Content-Language"] or ""),
            "text": body.get_content() if body else "",
        }


class Mailbox:
    """Letters in a folder, one file each, which survive a restart; listens for SMTP on one port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mails: list[Mail] = []
        self.refused: list[str] = []
        """Addresses that were refused, each time, since the desk started."""
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        await asyncio.to_thread(self._read)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="relevo", loop=loop, enable_SMTPUTF8=True), host, port
        )

    async def close(self) -> None:
        if self._server:
            self._server.close()

    def mails(self, to: str | None = None, after: int = 0) -> list[Mail]:
        """In the order they came; ``to`` is compared without regard to case, ``after`` is the last id seen."""
        wanted = to.casefold() if to else None
        return [
            mail
            for mail in self._mails[after:]
            if wanted is None or any(wanted == address.casefold() for address in mail.to)
        ]

    def mail(self, id: int) -> Mail | None:
        return self._mails[id - 1] if 0 < id <= len(self._mails) else None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        """What aiosmtpd calls for each address of a letter."""
        if _REFUSED.fullmatch(address):
            self.refused.append(address)
            return "550 5.1.1 there is no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 taken"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """What aiosmtpd calls for each letter."""
        self._keep(self._mail(tuple(envelope.rcpt_tos), envelope.original_content or b""), envelope)
        return "250 taken"

    def _keep(self, mail: Mail, envelope: Envelope) -> None:
        with open(self._folder / f"{mail.id:06}.eml", "wb", opener=owner_only) as file:
            file.write(b"X-Envelope-To: " + ", ".join(mail.to).encode() + b"\r\n" + (envelope.original_content or b""))

    def _mail(self, to: tuple[str, ...], content: bytes) -> Mail:
        message = email.message_from_bytes(content, policy=email.policy.default)
        mail = Mail(len(self._mails) + 1, to, message)
        self._mails.append(mail)
        return mail

    def _read(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted(self._folder.glob("*.eml")):
            first, _, content = path.read_bytes().partition(b"\r\n")
            to = first.decode().removeprefix("X-Envelope-To: ")
            self._mail(tuple(address.strip() for address in to.split(",")), content)
