"""The queue of letters: a row is written in the transaction of the change that causes the letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal

from relevo_chassis.delivery.change import Row
from relevo_chassis.kept import Kept, Sealed
from relevo_chassis.people.vault import PersonKey
from relevo_contracts import derived_id
from relevo_intake.domain.kept import ADDRESSEE
from relevo_intake.domain.sealed import IDENTITY, Language
from relevo_intake.words import LetterKind

LETTERS = "letters"

TO_ANOTHER: frozenset[LetterKind] = frozenset({"contact_proposed", "contact_changed"})
"""Kinds that go to an address which is not the person's contact now, and so say nothing of whether that one works."""

LetterState = Literal["queued", "sent", "failed", "dropped"]

FailedBecause = Literal["refused", "gave_up", "unwritable"]
"""The mail server will never take it; it put it off for days; the letter or its address could not be written."""

DroppedBecause = Literal["not_true_any_more", "no_contact"]

StoredLetter = Mapping[str, Any]
"""A letter as it is stored."""

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


def letter_row(cause_id: str, person_id: str, kind: LetterKind, facts: Mapping[str, str | int], now: datetime) -> Row:
    """A letter to a person, for the same transaction as its cause.

    Its id follows from cause, person and kind, so that the same cause cannot queue it twice. ``facts`` are days,
    counts and ids, never anything personal; address and language are taken from the vault when it is sent.
    ``now`` is domain time and goes on record; when to try again is process time and starts at once.
    """
    letter_id = derived_id("letter", cause_id, person_id, kind)
    return Row(
        LETTERS,
        letter_id,
        {
            "person_id": person_id,
            "kind": kind,
            "facts": dict(facts),
            "queued_at": now,
            "state": "queued",
            "attempts": 0,
            "next_at": AT_ONCE,
        },
    )


class Addressee(Sealed):
    """Whom a letter goes to that does not go to the person's contact, sealed with the letter and gone with it."""

    kept: ClassVar[Kept] = ADDRESSEE
    retention: ClassVar[str] = IDENTITY

    contact: str
    language: Language


def letter_to(letter: Row, key: PersonKey, to: Addressee) -> Row:
    """The same letter, to this address and no other."""
    return letter._replace(document={**(letter.document or {}), "to": key.seal(place_of(letter.id), to)})


def place_of(letter_id: str) -> str:
    """Where the addressee of a letter is sealed."""
    return f"letter/{letter_id}"


def days_left_at(due_on: date, now: datetime) -> int:
    """Days until a due day, which is over when it is over everywhere on Earth (UTC-12, rule 7); below 0 when it is."""
    return (due_on - (now - timedelta(hours=12)).date()).days
