"""The queue of letters: a row is written in the transaction of the change that causes the letter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from relevo_chassis.delivery.change import Row
from relevo_chassis.kept import Kept, Sealed
from relevo_chassis.people.vault import PersonKey
from relevo_contracts import derived_id
from relevo_intake.domain.kept import ADDRESSEE
from relevo_intake.domain.sealed import IDENTITY, Language
from relevo_intake.letters.pace import gathers_until
from relevo_intake.words import LetterKind

LETTERS = "letters"

TO_ANOTHER: frozenset[LetterKind] = frozenset({"contact_proposed", "contact_changed", "danger"})
"""Kinds that go to an address which is not the person's contact now, and so say nothing of whether that one works."""

LetterState = Literal["gathering", "joining", "gathered", "queued", "sent", "failed", "dropped"]
"""Waits for others to the same person; is about to be told of in a letter of news, ``gathered_in``; is told of there;
goes out when its turn comes; went out; was set aside; was not sent."""

FailedBecause = Literal["refused", "gave_up", "unwritable"]
"""The mail server will never take it; it put it off for days; the letter or its address could not be written."""

DroppedBecause = Literal["not_true_any_more", "no_contact", "not_wanted"]

StoredLetter = Mapping[str, Any]
"""A letter as it is stored."""

FactsNow = Callable[[Sequence[StoredLetter]], Awaitable[Mapping[str, Mapping[str, Any] | None]]]
"""The facts to write letters with, by id; ``None`` for one that is not true any more (``truth.facts_now``)."""

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


def letter_row(cause_id: str, person_id: str, kind: LetterKind, facts: Mapping[str, str | int], now: datetime) -> Row:
    """A letter to a person, for the same transaction as its cause.

    Its id follows from cause, person and kind, so that the same cause cannot queue it twice. ``facts`` are days,
    counts and ids, never anything personal; address and language are taken from the vault when it is sent.
    ``now`` is domain time and goes on record, and so is until when it is gathered; when to try again is process time
    and starts at once.
    """
    until = gathers_until(kind, facts, now)
    waits = {"state": "queued"} if until is None else {"state": "gathering", "gathers_until": until}
    letter_id = derived_id("letter", cause_id, person_id, kind)
    return Row(LETTERS, letter_id, {**_letter(person_id, kind, facts, now), **waits}, traced=True)


def news_row(news_id: str, person_id: str, of: Sequence[str], now: datetime) -> Row:
    """The letter that tells of those with these ids."""
    return Row(LETTERS, news_id, {**_letter(person_id, "news", {}, now), "state": "queued", "of": [*of]})


def _letter(person_id: str, kind: LetterKind, facts: Mapping[str, str | int], now: datetime) -> dict[str, Any]:
    content = {"person_id": person_id, "kind": kind, "facts": dict(facts), "queued_at": now}
    return {**content, "attempts": 0, "next_at": AT_ONCE}


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
