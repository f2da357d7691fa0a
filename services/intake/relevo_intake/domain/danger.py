"""I am in danger: said by the person in one act, done before anything is asked, and undone by them or by two of staff.

While it lasts the days of whoever takes part stand still, their name is shown nowhere, no letter goes to them, and the
one member of staff whom the edition names for it is told (rule 25).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.intake import DangerPassed, DangerReported
from relevo_contracts.model import Event, Frozen
from relevo_intake.domain.kept import SAFE, WATCHED_BY
from relevo_intake.domain.participant import Participant


class NotInDanger(Refusal):
    """Whoever this is about is not in danger, as far as they have said."""


class AnotherOfStaffMustAgree(Refusal):
    """Two of staff say together that somebody else's danger is over; another has to agree with the first."""

    status = 403


class NobodyIsNamed(Refusal):
    """Nobody is told in this edition when somebody is in danger; name a member of staff."""

    status = 404


class Danger(Frozen):
    """Whether one person is in danger; there is none until they first say so.

    ``times`` counts how often they said it, ``watched`` is whether somebody of the staff was told this time.
    ``proposed_by`` is who of the staff would say that it is over, and waits for another.
    """

    kept: ClassVar[Kept] = SAFE

    application_id: str
    call_id: str
    since: datetime | None = None
    times: int = 0
    watched: bool = False
    proposed_by: str = ""


class Watch(Frozen):
    """Who is told in an edition; the address lies sealed beside it."""

    kept: ClassVar[Kept] = WATCHED_BY

    edition_id: str
    language: Literal["es", "en", "pt", "fr"]
    named_at: datetime


def begin(before: Danger, now: datetime, *, watched: bool) -> Danger:
    """``watched`` when somebody is named who can be told. Said again, it goes on since it was first said, and whoever
    was named meanwhile is told too; nobody of the staff ends it with a word from before."""
    if before.since is not None:
        return before.model_copy(update={"proposed_by": "", "watched": before.watched or watched})
    return before.model_copy(update={"since": now, "times": before.times + 1, "watched": watched, "proposed_by": ""})


def end(before: Danger | None) -> Danger:
    """The person says that it is over. Raises ``NotInDanger``."""
    return _in_danger(before).model_copy(update={"since": None, "watched": False, "proposed_by": ""})


def end_by_staff(before: Danger | None, by: str) -> Danger:
    """One of staff says that it is over, and then another. Raises ``NotInDanger`` or ``AnotherOfStaffMustAgree``."""
    known = _in_danger(before)
    if not known.proposed_by:
        return known.model_copy(update={"proposed_by": by})
    if known.proposed_by == by:
        raise AnotherOfStaffMustAgree(application_id=known.application_id)
    return end(known)


def begun(participant: Participant, danger: Danger) -> tuple[Event, ...]:
    """What others are told of somebody who takes part, when they are in danger."""
    if danger.since is None:
        return ()
    since = max(danger.since, participant.enrolled_at)
    return (
        DangerReported(participant_id=participant.participant_id, edition_id=participant.edition_id, began_at=since),
    )


def over(participant: Participant, now: datetime) -> tuple[Event, ...]:
    """What others are told of somebody who takes part, when it is over."""
    return (DangerPassed(participant_id=participant.participant_id, edition_id=participant.edition_id, passed_at=now),)


def forget(before: Danger) -> Danger:
    """The person is erased."""
    return Danger(application_id=before.application_id, call_id=before.call_id, times=before.times)


def _in_danger(before: Danger | None) -> Danger:
    if before is None or before.since is None:
        raise NotInDanger()
    return before
