"""The roster of an edition: who takes part in the week, and in which parallel groups."""

from __future__ import annotations

from collections.abc import Mapping

from relevo_contracts.model import Frozen, Id
from relevo_scheduling.domain.clashes import Audience
from relevo_scheduling.domain.refusals import NoSuchParticipant
from relevo_scheduling.domain.session import GroupCode


class Entry(Frozen):
    participant_id: Id
    groups: tuple[GroupCode, ...] = ()


class Roster(Frozen):
    """Everybody enrolled, ordered by id so that it does not depend on the order in which they arrived.

    One aggregate for the whole edition: closing the week decides over it, so nobody can slip in unnoticed between
    the listing and the closing.
    """

    edition_id: Id
    entries: tuple[Entry, ...] = ()

    @property
    def participant_ids(self) -> tuple[str, ...]:
        return tuple(each.participant_id for each in self.entries)

    @property
    def memberships(self) -> tuple[Audience, ...]:
        return tuple(each.groups for each in self.entries)

    def groups_of(self, participant_id: str) -> Audience:
        """The groups of a participant; none for somebody who is not on the roster."""
        return next((each.groups for each in self.entries if each.participant_id == participant_id), ())


def join(roster: Roster, participant_id: str) -> Roster:
    """Put a participant on the roster, in no group; nothing changes for one who is on it."""
    if participant_id in roster.participant_ids:
        return roster
    return _with(roster, (*roster.entries, Entry(participant_id=participant_id)))


def leave(roster: Roster, participant_id: str) -> Roster:
    return _with(roster, tuple(each for each in roster.entries if each.participant_id != participant_id))


def assign(roster: Roster, groups: Mapping[str, tuple[str, ...]]) -> Roster:
    """Give participants their groups, all or nobody. Raises ``NoSuchParticipant``."""
    unknown = sorted(groups.keys() - {*roster.participant_ids})
    if unknown:
        raise NoSuchParticipant(f"the roster of edition {roster.edition_id} has no participant {unknown[0]}")
    entries = tuple(
        Entry(participant_id=each.participant_id, groups=tuple(sorted({*groups[each.participant_id]})))
        if each.participant_id in groups
        else each
        for each in roster.entries
    )
    return _with(roster, entries)


def _with(roster: Roster, entries: tuple[Entry, ...]) -> Roster:
    return roster.model_copy(update={"entries": tuple(sorted(entries, key=lambda each: each.participant_id))})
