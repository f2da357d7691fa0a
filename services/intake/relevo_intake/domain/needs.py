"""What somebody with a seat needs for the on-site week, and when that is gone: 14 days after the last on-site day.

What they need lies sealed under a retention class of its own. Here is only that it was stated, and when the week is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Literal

from pydantic import Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept, Sealed
from relevo_chassis.wrong import FieldsRefused, WrongField
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import NEEDED, NEEDS_KNOWN, WEEK
from relevo_intake.domain.participant import Participant
from relevo_intake.domain.sealed import NEEDS, Language

KEPT_AFTER_WEEK = timedelta(days=14)
AROUND_WEEK = timedelta(days=30)
"""How long before and after the week somebody may travel."""
WITHOUT_WEEK = timedelta(days=400)
"""How far ahead somebody may travel while no programme says when the week is."""
_EVERYWHERE = timedelta(hours=12)

Into = Literal["es", "en", "pt", "fr", "sign", "other"]
"""A working language, a sign language, or another."""


class NoSeatAccepted(Refusal):
    """What is needed for the week is stated by whoever has accepted a seat and takes part."""

    status = 404


class NeedsAreGone(Refusal):
    """What was needed for the week is gone: it was kept until 14 days after the last on-site day."""

    status = 410


class DaysAreFarFromWeek(FieldsRefused):
    """Give days around the on-site week."""


class Needs(Sealed):
    """All of it in one piece; what is empty was not stated."""

    kept: ClassVar[Kept] = NEEDED
    field_set: ClassVar[str] = NEEDS
    retention: ClassVar[str] = NEEDS

    from_languages: tuple[Language, ...] = Field(default=(), description="that the person does not follow")
    into: Into | None = Field(default=None, description="what these are to be interpreted into")
    into_named: str = Field(default="", description="which sign language, or which other one")
    access: str = ""
    diet: str = ""
    arrival_on: date | None = None
    arrival_place: str = ""
    arrival_number: str = Field(default="", description="of the flight or bus")
    departure_on: date | None = None
    departure_place: str = ""
    departure_number: str = Field(default="", description="of the flight or bus")
    emergency_name: str = Field(default="", description="whom to reach if something happens to the person")
    emergency_reach: str = Field(default="", description="how to reach them")
    emergency_agreed: bool = Field(default=False, description="they agreed to be named here, as the person affirms")
    passport_name: str = Field(default="", description="as the ticket has to bear it")


class StatedNeeds(Frozen):
    """That a participant stated what they need, and when last; ``revision`` counts every change.

    ``changed_at`` is ``None`` while nothing is kept: it was taken back, or is gone.
    """

    kept: ClassVar[Kept] = NEEDS_KNOWN

    participant_id: str
    edition_id: str
    person_id: str
    revision: int = 0
    changed_at: datetime | None = None


class Week(Frozen):
    """When an edition meets, as its programme says, and whether what was needed for it is still kept.

    ``needs`` go away in portions: from ``going`` on nothing is stated or read; with ``gone`` every key is destroyed.
    """

    kept: ClassVar[Kept] = WEEK

    edition_id: str
    first_on: date
    last_on: date
    needs: Literal["kept", "going", "gone"] = "kept"

    @property
    def needs_until_on(self) -> date:
        """The last day on which they are kept."""
        return self.last_on + KEPT_AFTER_WEEK

    @property
    def needs_go_at(self) -> datetime:
        return ends_at(self.needs_until_on)

    @property
    def over_at(self) -> datetime:
        return ends_at(self.last_on)


def ends_at(day: date) -> datetime:
    """When a day is over everywhere on Earth (UTC-12, rule 7)."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) + _EVERYWHERE


def planned(before: Week | None, edition_id: str, first_on: date, last_on: date) -> Week:
    """The week as a programme published just now says. What is gone stays so, whatever the week is moved to."""
    known = before or Week(edition_id=edition_id, first_on=first_on, last_on=last_on)
    return known.model_copy(update={"first_on": first_on, "last_on": last_on})


def going(week: Week, now: datetime) -> Week:
    """From its instant on nothing of it is kept; nothing happens before that or a second time."""
    if week.needs != "kept" or now < week.needs_go_at:
        return week
    return week.model_copy(update={"needs": "going"})


def gone(week: Week) -> Week:
    """Every key is destroyed."""
    return week.model_copy(update={"needs": "gone"})


def may_state(participant: Participant | None, week: Week | None, now: datetime) -> Participant:
    """Whoever may state and see what they need. Raises ``NoSeatAccepted`` or ``NeedsAreGone``."""
    if participant is None or participant.state != "enrolled":
        raise NoSeatAccepted()
    must_be_kept(week, now)
    return participant


def must_be_kept(week: Week | None, now: datetime) -> None:
    """Raises ``NeedsAreGone``."""
    if week is not None and (week.needs != "kept" or now >= week.needs_go_at):
        raise NeedsAreGone(kept_until_on=week.needs_until_on.isoformat())


def must_be_around_week(needs: Needs, week: Week | None, now: datetime) -> None:
    """Raises ``DaysAreFarFromWeek`` for days on which nobody travels to it or back."""
    first_on = week.first_on - AROUND_WEEK if week else now.date() - AROUND_WEEK
    last_on = week.last_on + AROUND_WEEK if week else now.date() + WITHOUT_WEEK
    facts = {"first_on": first_on.isoformat(), "last_on": last_on.isoformat()}
    wrong = [
        WrongField(name, "far_from_week", "lies too far from the week; give a day from {first_on} to {last_on}", facts)
        for name, day in (("arrival_on", needs.arrival_on), ("departure_on", needs.departure_on))
        if day is not None and not first_on <= day <= last_on
    ]
    if wrong:
        raise DaysAreFarFromWeek(wrong)


def none_stated(participant: Participant) -> StatedNeeds:
    return StatedNeeds(
        participant_id=participant.participant_id,
        edition_id=participant.edition_id,
        person_id=participant.person_id,
    )


def state(before: StatedNeeds, now: datetime) -> StatedNeeds:
    """Stated, or stated anew."""
    return before.model_copy(update={"revision": before.revision + 1, "changed_at": now})


def clear(before: StatedNeeds) -> StatedNeeds:
    """Nothing of it is kept any more. Again is no-op."""
    if before.changed_at is None:
        return before
    return before.model_copy(update={"revision": before.revision + 1, "changed_at": None})


def may_still_state(stated: StatedNeeds | None, week: Week | None, now: datetime) -> bool:
    """Whether somebody who takes part is to be reminded of it: nothing is stated, and the week is not over."""
    return (stated is None or stated.changed_at is None) and (week is None or now < week.over_at)
