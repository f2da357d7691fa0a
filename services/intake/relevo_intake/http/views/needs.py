"""What participants need for the on-site week, as they, staff who see to it and coordinators read it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from relevo_chassis.http.etag import etag_of
from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.commands.needs import NeedsCount, OpenedNeeds
from relevo_intake.domain.needs import Into, Needs, StatedNeeds
from relevo_intake.domain.participant import Participant
from relevo_intake.domain.sealed import Language


class NeedsView(BaseModel):
    """What was stated; what is empty was not."""

    from_languages: tuple[Language, ...]
    into: Into | None
    into_named: str
    access: str
    diet: str
    arrival_on: date | None
    arrival_place: str
    arrival_number: str
    departure_on: date | None
    departure_place: str
    departure_number: str
    emergency_name: str
    emergency_reach: str
    emergency_agreed: bool
    passport_name: str = Field(description="empty for staff while the person is in danger")


class OwnNeedsView(BaseModel):
    """One's own, when the week is, and until when it is kept."""

    needs: NeedsView | None = Field(description="null while nothing is stated")
    changed_at: datetime | None
    first_on: date | None = Field(description="of the week; null while no programme says so")
    last_on: date | None
    kept_until_on: date | None = Field(description="14 days after the last on-site day; then it is destroyed")


class ParticipantNeedsView(OwnNeedsView):
    """A participant's, for staff who see to it."""

    participant_id: Id
    in_danger: bool = Field(description="as they say; their name is shown nowhere for now")


class StatedView(BaseModel):
    """Whether a participant stated what they need, and not what."""

    participant_id: Id
    application_id: Id
    stated: bool
    changed_at: datetime | None = Field(description="when last; null while nothing is stated")


class StatedListView(BaseModel):
    """A page of the participants of an edition."""

    items: tuple[StatedView, ...]
    total: int = Field(description="on all pages")
    participants: int = Field(description="who take part in the edition")
    stated: int = Field(description="of whom so many stated what they need")
    next: str | None = Field(description="send it as `after` to get the next page")


class InterpretedView(BaseModel):
    """For how many a language is to be interpreted into another."""

    source: Language
    into: Into
    people: int


class NeedsCountView(BaseModel):
    """For whoever finds interpreters."""

    edition_id: Id
    participants: int
    stated: int
    interpreted: tuple[InterpretedView, ...]


def own_needs_answer(opened: OpenedNeeds) -> Answer:
    return answer_json(_own_view(opened), etag=etag_of(opened.stated))


def participant_needs_answer(opened: OpenedNeeds) -> Answer:
    own, id = _own_view(opened), opened.stated.participant_id
    return answer_json(ParticipantNeedsView(participant_id=id, in_danger=opened.in_danger, **dict(own)))


def stated_view(participant: Participant, stated: StatedNeeds | None) -> StatedView:
    changed_at = stated.changed_at if stated else None
    return StatedView(
        participant_id=participant.participant_id,
        application_id=participant.application_id,
        stated=changed_at is not None,
        changed_at=changed_at,
    )


def needs_count_answer(count: NeedsCount) -> Answer:
    interpreted = tuple(InterpretedView(**each._asdict()) for each in count.interpreted)
    return answer_json(NeedsCountView(**{**count._asdict(), "interpreted": interpreted}))


def _own_view(opened: OpenedNeeds) -> OwnNeedsView:
    week = opened.week
    return OwnNeedsView(
        needs=_needs_view(opened.needs),
        changed_at=opened.stated.changed_at,
        first_on=week.first_on if week else None,
        last_on=week.last_on if week else None,
        kept_until_on=week.needs_until_on if week else None,
    )


def _needs_view(found: Needs | None) -> NeedsView | None:
    return None if found is None else NeedsView.model_validate(found.model_dump())
