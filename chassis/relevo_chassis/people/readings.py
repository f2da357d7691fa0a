"""Whoever opens sealed data is put on record before: who, why, when, which field sets of whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from relevo_chassis.delivery.change import Asked, Change, Commits, Decision, Reading
from relevo_chassis.ids import new_id

P = TypeVar("P", bound=str)


class Readings(Generic[P]):
    """The record of one service, which opens sealed data for these purposes and no others."""

    async def record(
        self,
        commits: Commits,
        asked: Asked,
        purpose: P,
        field_sets: Iterable[str],
        person_ids: Iterable[str],
    ) -> None:
        """Put on record that whoever asks opens these field sets of these people, and why. Returns when it is durable.

        Called before anything is opened: whoever cannot be put on record reads nothing. One row whoever else reads,
        and one for every thousand people. A commit that goes before an opening can carry the entry itself
        (``Decision.on_record``).
        """
        reading = Reading(asked.by, purpose, tuple(field_sets), tuple(person_ids))
        await commits.commit(Change((), lambda _: Decision(on_record=[reading]), asked.now, new_id()))
