"""The roster of an edition: who takes part in the week, and in which parallel groups, from when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen, Id, Instant
from relevo_scheduling.domain.kept import ATTENDED
from relevo_scheduling.domain.membership import Audience, Span, Spell
from relevo_scheduling.domain.session import GroupCode, Session


class NoSuchParticipant(Refusal):
    """The edition has no such participant."""

    status = 404


class ParticipantIsErased(Refusal):
    """The participant has been erased, so nothing more can be kept for them."""

    status = 410


class Membership(Frozen):
    """The groups that somebody belonged to until an instant, from the one before on."""

    groups: tuple[GroupCode, ...]
    until_at: Instant


class Excuse(Frozen):
    """Somebody was excused from a session: by whom, when, and who took it back. The reason lies sealed in the vault."""

    excuse_id: Id
    session_id: Id
    excused_at: Instant
    excused_by: str
    withdrawn_at: Instant | None = None
    withdrawn_by: str | None = None


class Expected(Frozen):
    """From when on somebody is expected in the week; by whom that was said and when, if not by their enrolment."""

    from_at: Instant
    said_at: Instant | None = None
    said_by: str | None = None


class Entry(Frozen):
    """Somebody on the roster and what they owe the week for (rule 16).

    ``groups`` are those they belong to at last, ``past`` those of before, oldest first. Without ``expected`` they are
    expected from the beginning.
    """

    participant_id: Id
    groups: tuple[GroupCode, ...] = ()
    past: tuple[Membership, ...] = ()
    expected: Expected | None = None
    excuses: tuple[Excuse, ...] = ()

    @property
    def spells(self) -> Iterator[Spell]:
        """The stretches of time in which they belonged to the same groups, one after the other."""
        since = None
        for each in self.past:
            yield Spell(each.groups, since, each.until_at)
            since = each.until_at
        yield Spell(self.groups, since)

    def groups_at(self, instant: datetime) -> Audience:
        return next((each.groups for each in self.past if instant < each.until_at), self.groups)

    def spans_of(self, session: Session) -> tuple[Span, ...]:
        """What of a session they are meant to attend: while they belong to a group it is for and are expected."""
        since = self.expected.from_at if self.expected else None
        meant = (spell.from_(since).of(session) for spell in self.spells)
        return tuple(span for span in meant if span)

    def is_expected_in(self, session: Session) -> bool:
        """Whether they are meant to attend some of the session, excused or not."""
        return bool(self.spans_of(session))

    def is_excused_from(self, session_id: str) -> bool:
        return any(each.session_id == session_id and each.withdrawn_at is None for each in self.excuses)


class Roster(Frozen):
    """Everybody enrolled, ordered by id so that it does not depend on the order in which they arrived.

    One aggregate for the whole edition: closing the week decides over it, so nobody can slip in unnoticed between
    the listing and the closing.
    """

    kept: ClassVar[Kept] = ATTENDED

    edition_id: Id
    entries: tuple[Entry, ...] = ()

    @property
    def participant_ids(self) -> tuple[str, ...]:
        return tuple(each.participant_id for each in self.entries)

    @property
    def spells(self) -> tuple[Spell, ...]:
        return tuple(spell for each in self.entries for spell in each.spells)

    def entry_of(self, participant_id: str) -> Entry:
        """Somebody's entry; one in no group for somebody who is not on the roster."""
        found = (each for each in self.entries if each.participant_id == participant_id)
        return next(found, Entry(participant_id=participant_id))


def join(roster: Roster, participant_id: str, enrolled_at: datetime) -> Roster:
    """Put a participant on the roster, in no group and expected from the enrolment on.

    Nothing changes for one who is on it.
    """
    if participant_id in roster.participant_ids:
        return roster
    return _with(
        roster, (*roster.entries, Entry(participant_id=participant_id, expected=Expected(from_at=enrolled_at)))
    )


def leave(roster: Roster, participant_id: str) -> Roster:
    return _with(roster, tuple(each for each in roster.entries if each.participant_id != participant_id))


def assign(roster: Roster, groups: Mapping[str, tuple[str, ...]], from_at: datetime) -> Roster:
    """Give participants their groups from an instant on, all or nobody; what they belonged to before it stays.

    Whatever was said of the time after it is replaced. Raises ``NoSuchParticipant``.
    """
    unknown = sorted(groups.keys() - {*roster.participant_ids})
    if unknown:
        raise NoSuchParticipant(edition_id=roster.edition_id, participant_id=unknown[0])
    entries = tuple(
        _moved(each, tuple(sorted({*groups[each.participant_id]})), from_at) if each.participant_id in groups else each
        for each in roster.entries
    )
    return _with(roster, entries)


def expect(entry: Entry, from_at: datetime, by: str, now: datetime) -> Entry:
    """Expect somebody from an instant on, whatever was said before."""
    if entry.expected and entry.expected.from_at == from_at:
        return entry
    return entry.model_copy(update={"expected": Expected(from_at=from_at, said_at=now, said_by=by)})


def known(roster: Roster, participant_id: str) -> Entry:
    """Raises ``NoSuchParticipant``."""
    if participant_id not in roster.participant_ids:
        raise NoSuchParticipant(edition_id=roster.edition_id, participant_id=participant_id)
    return roster.entry_of(participant_id)


def replaced(roster: Roster, entry: Entry) -> Roster:
    """The roster with an entry in the place of the one of the same participant."""
    others = (each for each in roster.entries if each.participant_id != entry.participant_id)
    return _with(roster, (*others, entry))


def _moved(entry: Entry, groups: Audience, from_at: datetime) -> Entry:
    past = tuple(each for each in entry.past if each.until_at < from_at)
    before = next((each.groups for each in entry.past if from_at <= each.until_at), entry.groups)
    if before != groups:
        past = (*past, Membership(groups=before, until_at=from_at))
    return entry.model_copy(update={"groups": groups, "past": past})


def _with(roster: Roster, entries: tuple[Entry, ...]) -> Roster:
    return roster.model_copy(update={"entries": tuple(sorted(entries, key=lambda each: each.participant_id))})
