"""What a letter says: short, in the person's language, with a subject that tells whom it is for, and no bystander.

No name, no organisation, nothing about the course; the only secret a letter may carry is its confirmation code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
from importlib.resources import files
from typing import Any, NamedTuple, get_args

from jinja2 import Environment, StrictUndefined

from relevo_intake.domain.address import Mailbox
from relevo_intake.domain.dossier import Language
from relevo_intake.letters.queue import LetterKind


class Text(NamedTuple):
    """A letter before it is addressed."""

    subject: str
    body: str


class Misaddressed(ValueError):
    """The finished message names somebody else than whom it was written to; it must not go out."""


class Envelope(NamedTuple):
    """A finished message, byte for byte as it goes out, and the one mailbox that it goes to."""

    sender: str
    to: str
    content: bytes


class Wording:
    """The texts of all kinds in all languages, read once and checked: a missing one is found at the start."""

    def __init__(self) -> None:
        jinja = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - plain text, never markup
        folder = files("relevo_intake.letters") / "texts"
        self._texts = {
            language: tomllib.loads((folder / f"{language}.toml").read_text("utf-8")) for language in get_args(Language)
        }
        self._bodies = {
            (language, kind): jinja.from_string(texts[kind]["body"].strip() + "\n")
            for language, texts in self._texts.items()
            for kind in get_args(LetterKind)
        }

    def knows(self, kind: str) -> bool:
        """Whether there is a text for this kind; a later version may have queued one for which there is none here."""
        return kind in get_args(LetterKind)

    def text(self, kind: LetterKind, language: Language, facts: Mapping[str, Any]) -> Text:
        """Raises ``jinja2.UndefinedError`` naming a fact that the letter needs and was not given."""
        return Text(self._texts[language][kind]["subject"], self._bodies[language, kind].render(facts))


def envelope(
    text: Text, *, letter_id: str, mail_from: str, to: Mailbox, language: Language, sent_at: datetime
) -> Envelope:
    """The message to send. Its Message-ID follows from the letter, so that a repeat can be told from a new one.

    Read again when it is finished: raises ``Misaddressed`` unless its headers name ``to``, and nobody else.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = mail_from
    message["To"] = str(to)
    message["Subject"] = text.subject
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = f"<{letter_id}@{mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.body, cte="quoted-printable")
    message["Content-Language"] = language
    content = message.as_bytes()
    if any(read != [str(to)] for read in _named_in(content)):
        raise Misaddressed("the headers of the finished message do not name the one address that was checked")
    return Envelope(mail_from, str(to), content)


def _named_in(content: bytes) -> tuple[list[str], list[str]]:
    """Whom a finished message is addressed to, as two independent readers of headers find it."""
    message = message_from_bytes(content, policy=SMTP)
    fields = [field for name in _RECIPIENTS for field in message.get_all(name, [])]
    structured = [each.addr_spec for field in fields for each in field.addresses]
    return structured, [address for _, address in getaddresses([str(field) for field in fields])]


_RECIPIENTS = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")
