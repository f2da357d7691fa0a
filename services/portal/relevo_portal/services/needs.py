"""Intake, as somebody with a seat asks it about what they need for the on-site week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from relevo_chassis.ids import new_id
from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered
from relevo_portal.services.intake import Intake

Into = Literal["es", "en", "pt", "fr", "sign", "other"]
NeedName = Literal[
    "from_languages",
    "into",
    "into_named",
    "access",
    "diet",
    "arrival_on",
    "arrival_place",
    "arrival_number",
    "departure_on",
    "departure_place",
    "departure_number",
    "passport_name",
    "emergency_name",
    "emergency_reach",
    "emergency_agreed",
]
_PATH = "/me/needs"


class Needs(Answered):
    """What somebody needs; what is empty was not stated."""

    from_languages: tuple[str, ...] = ()
    into: str | None = None
    into_named: str = ""
    access: str = ""
    diet: str = ""
    arrival_on: date | None = None
    arrival_place: str = ""
    arrival_number: str = ""
    departure_on: date | None = None
    departure_place: str = ""
    departure_number: str = ""
    passport_name: str = ""
    emergency_name: str = ""
    emergency_reach: str = ""
    emergency_agreed: bool = False


class OwnNeeds(Answered):
    """One's own, if they are stated, and until when they are kept, if that is known."""

    needs: Needs | None = None
    changed_at: datetime | None = None
    last_on: date | None = None
    kept_until_on: date | None = None


async def read_needs(intake: Intake, token: str, language: Language) -> tuple[OwnNeeds, str]:
    """With the tag of what is there. Raises ``Away``, ``SessionOver``, or ``NothingThere`` for whoever has no seat, and
    once what was needed is gone."""
    return await intake.read_with_tag(_PATH, token, language, OwnNeeds)


async def state_needs(intake: Intake, body: Mapping[str, Any], tag: str, token: str, language: Language) -> None:
    """Raises ``ChangedMeanwhile`` when the tag is of something else by now, ``FieldsDeclined``, or as reading does."""
    await intake.do(_PATH, token, new_id(), language, body, method="PUT", headers={"If-Match": tag})


async def clear_needs(intake: Intake, token: str, language: Language) -> None:
    """Raises as ``read_needs`` does."""
    await intake.do(_PATH, token, new_id(), language, method="DELETE")
