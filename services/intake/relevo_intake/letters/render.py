"""What a letter says: short, in the person's language, with a subject that tells a bystander nothing.

No name, no organisation, nothing about the course; the only secret a letter may carry is its confirmation code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from importlib.resources import files
from typing import Any, NamedTuple, get_args

from jinja2 import Environment, StrictUndefined

from relevo_intake.domain.dossier import Language
from relevo_intake.letters.queue import LetterKind


class Text(NamedTuple):
    """A letter before it is addressed."""

    subject: str
    body: str


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

    def text(self, kind: LetterKind, language: Language, facts: Mapping[str, Any]) -> Text:
        """Raises ``jinja2.UndefinedError`` naming a fact that the letter needs and was not given."""
        return Text(self._texts[language]["subject"], self._bodies[language, kind].render(facts))


def deliverable(address: str) -> str:
    """The address with its domain as mail servers know it (IDNA). Raises ``UnicodeError``."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def envelope(
    text: Text, *, letter_id: str, mail_from: str, to: str, language: Language, sent_at: datetime
) -> EmailMessage:
    """The message to send. Its Message-ID follows from the letter, so that a repeat can be told from a new one."""
    message = EmailMessage(policy=SMTP)
    message["From"] = mail_from
    message["To"] = deliverable(to)
    message["Subject"] = text.subject
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = f"<{letter_id}@{mail_from.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.body, cte="quoted-printable")
    message["Content-Language"] = language
    return message
