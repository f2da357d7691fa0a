"""A lost receipt code: how its holder chose to get another, who asks for one, and what comes of it (rule 19).

Whoever reads a person's mail must not get in by it. So recovery needs the contact and a second thing: a word that the
holder chose, or a waiting time in which the code so far still works and can refuse. Whoever chose neither has the code
alone, whoever asks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import RECOVERY

Way = Literal["word", "waiting", "none"]
WAITING_HOURS = 72
AT_MOST_A_DAY = 5
LETTER_LASTS = timedelta(hours=1)
NO_ERASURE_FOR = timedelta(days=7)


class NothingToRefuse(Refusal):
    """Nobody asks for another code at the moment."""


class NoSuchRecovery(Refusal):
    """The code from the letter is unknown or was used, or its hour is over; ask for another."""

    status = 404


class NoContactToRecoverBy(Refusal):
    """Without a contact nothing can be recovered; give one first, or keep the receipt code in two places."""


class RecoveredLately(Refusal):
    """Whoever came in by a recovered code waits seven days before they erase."""


class Ask(Frozen):
    """Somebody asked for another code. A letter with one goes out at ``opens_at``, which is at once with the word."""

    ask_id: str
    asked_at: datetime
    opens_at: datetime
    code_hash: str
    letter_id: str


class Recovery(Frozen):
    """How the code of one application is recovered; as it is here until its holder chose or somebody asked.

    ``word_hash`` is a keyed hash; ``asks`` are those of the last day, in vain or not.
    """

    kept: ClassVar[Kept] = RECOVERY

    application_id: str
    way: Way = "waiting"
    hours: int = WAITING_HOURS
    word_hash: str = ""
    asks: tuple[datetime, ...] = ()
    asked: Ask | None = None
    renewed_at: datetime | None = None

    def waits(self, now: datetime) -> Ask | None:
        """Who asks and has to wait still, so that the code so far can refuse."""
        return self.asked if self.asked is not None and now < self.asked.opens_at else None


def choose(before: Recovery, way: Way, hours: int, word_hash: str, *, has_contact: bool) -> Recovery:
    """The holder says how. Whoever asks already asks in vain. Raises ``NoContactToRecoverBy``."""
    if way != "none" and not has_contact:
        raise NoContactToRecoverBy(application_id=before.application_id)
    return before.model_copy(update={"way": way, "hours": hours, "word_hash": word_hash, "asked": None})


def ask(before: Recovery, asked: Ask, *, word_hash: str | None, no_recovery_until: datetime | None) -> Recovery:
    """Somebody who named the contact asks, with a word or without one.

    What comes of it is seen by nobody but whoever reads the contact's letters: nothing, where that is not the way that
    was chosen, the word is another, the contact was changed by staff of late, or it was asked for too often.
    """
    now = asked.asked_at
    recent = tuple(each for each in before.asks if each > now - timedelta(hours=24))
    if len(recent) >= AT_MOST_A_DAY:
        return before
    tried = before.model_copy(update={"asks": (*recent, now)})
    barred = no_recovery_until is not None and now < no_recovery_until
    by_word = before.way == "word" and word_hash is not None and word_hash == before.word_hash
    if barred or not (by_word or before.way == "waiting"):
        return tried
    if before.waits(now):
        return tried
    opens_at = now if by_word else now + timedelta(hours=before.hours)
    return tried.model_copy(update={"asked": asked.model_copy(update={"opens_at": opens_at})})


def refuse(before: Recovery | None, now: datetime) -> Recovery:
    """The code so far still works and says no. Raises ``NothingToRefuse``."""
    if before is None or before.asked is None:
        raise NothingToRefuse()
    return before.model_copy(update={"asked": None})


def renew(before: Recovery | None, code_hash: str, now: datetime) -> Recovery:
    """The letter's code is used, once. Raises ``NoSuchRecovery``."""
    if before is None or before.asked is None or before.asked.code_hash != code_hash or now < before.asked.opens_at:
        raise NoSuchRecovery()
    return before.model_copy(update={"asked": None, "renewed_at": now})


def may_erase(before: Recovery | None, now: datetime) -> None:
    """Raises ``RecoveredLately``."""
    if before is not None and before.renewed_at is not None and now < before.renewed_at + NO_ERASURE_FOR:
        raise RecoveredLately()


def forget(before: Recovery) -> Recovery:
    """The person is erased: nothing is recovered any more."""
    return Recovery(application_id=before.application_id, way="none")
