"""Being excused from sessions: out of what is owed, up to a bound that the edition sets (rule 16)."""

from __future__ import annotations

from datetime import datetime

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import Requirements
from relevo_scheduling.domain.owed import owed_by, owes_anything
from relevo_scheduling.domain.programme import NothingIsRequired, Published
from relevo_scheduling.domain.roster import Entry, Excuse


class NotOwed(Refusal):
    """The participant does not owe this session, so there is nothing to be excused from."""


class AlreadyExcused(Refusal):
    """The participant is excused from this session already; take the excuse back before giving another."""


class NoSuchExcuse(Refusal):
    """The participant has no such excuse, or it was taken back."""

    status = 404


class TooMuchExcused(Refusal):
    """The edition sets a bound on what somebody may be excused from, and this would pass it."""


def excuse(entry: Entry, published: Published, requirements: Requirements, new: Excuse) -> Entry:
    """Excuse somebody from a session that they owe, before or after it was held.

    The bound is a share of the minutes that they would owe without any excuse. Raises ``NotOwed``, ``AlreadyExcused``,
    ``TooMuchExcused``, ``NothingIsRequired``.
    """
    session_id = new.session_id
    if entry.is_excused_from(session_id):
        raise AlreadyExcused(participant_id=entry.participant_id, session_id=session_id)
    bare = entry.model_copy(update={"excuses": ()})
    owed = owed_by(bare, published)
    if not any(session_id in each.session_ids for each in owed):
        raise NotOwed(participant_id=entry.participant_id, session_id=session_id)
    excused = entry.model_copy(update={"excuses": (*entry.excuses, new)})
    after = owed_by(excused, published)
    minutes, most = sum(each.minutes for each in owed), requirements.excused_percent
    away = sum(each.minutes for each in after if each.excused)
    if away * 100 > most * minutes:
        raise TooMuchExcused(
            participant_id=entry.participant_id,
            minutes_owed=minutes,
            minutes_excused=away,
            percent_at_most=most,
        )
    if not owes_anything(after):
        raise NothingIsRequired(participant_id=entry.participant_id)
    return excused


def withdraw_excuse(entry: Entry, excuse_id: str, by: str, now: datetime) -> Entry:
    """Take an excuse back; that it was given stays on record. Raises ``NoSuchExcuse``."""
    found = next((each for each in entry.excuses if each.excuse_id == excuse_id and each.withdrawn_at is None), None)
    if found is None:
        raise NoSuchExcuse(participant_id=entry.participant_id, excuse_id=excuse_id)
    withdrawn = found.model_copy(update={"withdrawn_at": now, "withdrawn_by": by})
    excuses = tuple(withdrawn if each is found else each for each in entry.excuses)
    return entry.model_copy(update={"excuses": excuses})
