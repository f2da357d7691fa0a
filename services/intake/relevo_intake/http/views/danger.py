"""Whoever is in danger, as they and staff are told."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from relevo_chassis.http.etag import etag_of
from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.domain.danger import Danger, Watch
from relevo_intake.domain.sealed import Language


class DangerView(BaseModel):
    """Whether one is in danger, as one said."""

    since: datetime | None = Field(
        description="null while one is not; days stand still, no name and no letter goes out"
    )
    watched: bool = Field(description="whether a member of staff was told; false where the edition named nobody then")


class InDangerView(BaseModel):
    """Somebody in danger, for staff: which application, and nothing of who it is."""

    application_id: Id
    since: datetime
    proposed_by: str | None = Field(description="who of the staff says that it is over, and waits for another")


class WatchView(BaseModel):
    """That somebody of the staff is named; the address is shown to nobody."""

    edition_id: Id
    language: Language
    named_at: datetime


def danger_view(danger: Danger) -> DangerView:
    return DangerView(since=danger.since, watched=danger.watched)


def danger_answer(danger: Danger) -> Answer:
    return answer_json(danger_view(danger))


def in_danger_view(danger: Danger, since: datetime) -> InDangerView:
    return InDangerView(application_id=danger.application_id, since=since, proposed_by=danger.proposed_by or None)


def watch_answer(watch: Watch) -> Answer:
    view = WatchView(edition_id=watch.edition_id, language=watch.language, named_at=watch.named_at)
    return answer_json(view, etag=etag_of(watch))
