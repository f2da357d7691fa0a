"""Intake, as somebody asks it about what they said of themselves, and about how a lost code is recovered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered, read
from relevo_portal.services.intake import Intake

Way = Literal["word", "waiting", "none"]
"""How a lost code is recovered."""
DetailName = Literal["name", "contact", "letters", "language", "display"]


class Correction(Answered):
    """That something was corrected: which, when, by whom."""

    at: datetime
    details: tuple[str, ...]
    by: str


class Details(Answered):
    """What somebody said of themselves, as it stands."""

    application_id: str
    name: str
    contact: str | None = None
    language: str
    display: str
    letters: str = "all"
    proposed_contact: str | None = None
    no_recovery_until: datetime | None = None
    corrections: tuple[Correction, ...] = ()


class Waiting(Answered):
    """Somebody asks for another code."""

    opens_at: datetime


class Recovery(Answered):
    """How a lost code is recovered."""

    way: str
    hours: int = 72
    asked: Waiting | None = None


async def read_details(intake: Intake, application_id: str, token: str, language: Language) -> Details:
    """Raises ``Away``, ``SessionOver`` or, while nothing was sent in, ``NothingThere``."""
    return await intake.read(f"/applications/{application_id}/details", token, language, Details)


async def correct_details(
    intake: Intake,
    application_id: str,
    anew: Mapping[DetailName, str | None],
    token: str,
    once: str,
    language: Language,
) -> Details:
    """Raises ``Away``, ``SessionOver``, ``Declined`` or ``FieldsDeclined``."""
    path, body = f"/applications/{application_id}/details", {str(name): value for name, value in anew.items()}
    return read(await intake.do(path, token, once, language, body), Details)


async def refuse_contact(intake: Intake, application_id: str, token: str, once: str, language: Language) -> None:
    """Refuse the contact that staff put forward. Raises ``Away``, ``SessionOver``, ``Declined``, ``NothingThere``."""
    await intake.do(f"/applications/{application_id}/proposed-contact/refuse", token, once, language)


async def read_recovery(intake: Intake, token: str, language: Language) -> Recovery:
    """Raises ``Away``, ``SessionOver`` or, while nothing was sent in, ``NothingThere``."""
    return await intake.read("/me/recovery", token, language, Recovery)


async def choose_recovery(intake: Intake, body: Mapping[str, Any], token: str, once: str, language: Language) -> None:
    """Raises ``Away``, ``SessionOver``, ``Declined`` or ``FieldsDeclined``."""
    await intake.do("/me/recovery/choose", token, once, language, body)
