"""What a letter says: short, in the person's language, with a subject that tells whom it is for, and no bystander.

No name, no organisation, nothing about the course; the only secret a letter may carry is its confirmation code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
from typing import Any, NamedTuple, TypeGuard, get_args

from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import counted
from relevo_chassis.languages.days import day, instant
from relevo_intake.domain.address import Mailbox
from relevo_intake.words import TEXTS, LetterKind


class Text(NamedTuple):
    """A letter before it is addressed."""

    subject: str
    body: str


class Misaddressed(ValueError):
    """The finished message names somebody else than whom it was written to; it must not go out."""


class MailMessage(NamedTuple):
    """A finished message, byte for byte as it goes out, and the one mailbox that it goes to."""

    sender: str
    to: str
    content: bytes


def known(kind: str) -> TypeGuard[LetterKind]:
    """Whether there is a text for this kind; a later version may have queued one for which there is none here."""
    return kind in get_args(LetterKind)


def text(kind: LetterKind, language: Language, facts: Mapping[str, Any]) -> Text:
    """Raises ``KeyError`` naming a fact that the letter needs and was not given, ``ValueError`` for one that is none.

    Instants, days and numbers, such as ``expires_at``, ``due_on`` and ``days_left``, are told as people say them.
    """
    by_staff = kind == "contact_changed" and facts["by_staff"]
    words = TEXTS[language].letters["contact_changed_by_staff" if by_staff else kind]
    return Text(words.subject, words.body.strip().format_map(_in_words(facts, language)))


def _in_words(facts: Mapping[str, Any], language: Language) -> Mapping[str, Any]:
    worded = dict(facts)
    for name in ("expires_at", "opens_at"):
        if name in facts:
            worded[name] = instant(datetime.fromisoformat(facts[name]), language)
    for name in ("due_on", "until_on"):
        if name in facts:
            worded[name] = day(date.fromisoformat(facts[name]), language)
    if "days_left" in facts:
        worded["left"] = counted(TEXTS[language].left, facts["days_left"], language)
    if "matters" in facts:
        worded["news"] = counted(TEXTS[language].news, facts["matters"], language)
    return worded


def mail_message(
    text: Text, *, letter_id: str, mail_from: str, to: Mailbox, language: Language, sent_at: datetime
) -> MailMessage:
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
    return MailMessage(mail_from, str(to), content)


def _named_in(content: bytes) -> tuple[list[str], list[str]]:
    """Whom a finished message is addressed to, as two independent readers of headers find it."""
    message = message_from_bytes(content, policy=SMTP)
    fields = [field for name in _RECIPIENTS for field in message.get_all(name, [])]
    structured = [each.addr_spec for field in fields for each in field.addresses]
    return structured, [address for _, address in getaddresses([str(field) for field in fields])]


_RECIPIENTS = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")
