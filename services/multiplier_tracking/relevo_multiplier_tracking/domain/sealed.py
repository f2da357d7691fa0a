"""What is only ever kept sealed, under the participant's own keys, and where it lies in the vault.

``EVIDENCE`` is what shows that a session was held, with what was said to it; ``THREADS`` what participants and experts
write to each other; ``DECISIONS`` why something was asked for and decided about a participant; ``PICTURES`` what shows
a session until it is decided on, each under a key of its own, so that one that goes before is gone by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from pydantic import ConfigDict

from relevo_chassis.kept import Kept, Sealed
from relevo_multiplier_tracking.domain.kept import ASKING, PICTURE, SESSION_TEXTS, THREAD, WHY

EVIDENCE, THREADS, DECISIONS, PICTURES = "evidence", "threads", "decisions", "pictures"
RETENTIONS: tuple[str, ...] = (EVIDENCE, THREADS, DECISIONS, PICTURES)
"""The retention classes, for each of which a participant has a key of their own."""

PauseReason = Literal["threat", "illness", "emergency", "network_shutdown", "other"]
ReopenReason = Literal["threat", "illness", "emergency", "network_shutdown", "reported_late", "our_mistake", "other"]
Language = Literal["es", "en", "pt", "fr"]


class SessionTexts(Sealed):
    """What was taught and where evidence can be seen. Trainees are never named (rule 15)."""

    kept: ClassVar[Kept] = SESSION_TEXTS
    retention: ClassVar[str] = EVIDENCE

    description: str | None = None
    evidence_note: str | None = None


class Reason(Sealed):
    """Why the days were paused, extended or run again (rule 10)."""

    kept: ClassVar[Kept] = WHY
    retention: ClassVar[str] = DECISIONS

    reason: PauseReason | ReopenReason
    note: str | None = None


class Asking(Sealed):
    """Why a participant asks for a pause or for more days (rule 21)."""

    kept: ClassVar[Kept] = ASKING
    retention: ClassVar[str] = DECISIONS

    reason: PauseReason
    note: str | None = None


class Words(Sealed):
    """What a coordinator says to a participant about a decision."""

    kept: ClassVar[Kept] = WHY
    retention: ClassVar[str] = DECISIONS

    text: str


class DecisionWords(Sealed):
    """What a coordinator says to a participant about a report: on the whole, and to each of its fields."""

    kept: ClassVar[Kept] = SESSION_TEXTS
    retention: ClassVar[str] = EVIDENCE

    note: str | None = None
    held_on: str | None = None
    minutes: str | None = None
    people: str | None = None
    format: str | None = None
    description: str | None = None
    evidence_note: str | None = None


class PictureContent(Sealed):
    """A picture of place, board or material: a JPEG without anything but the picture, and without people (rule 26)."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    kept: ClassVar[Kept] = PICTURE
    retention: ClassVar[str] = PICTURES

    jpeg: bytes


class Question(Sealed):
    """What a participant asks the experts."""

    kept: ClassVar[Kept] = THREAD
    retention: ClassVar[str] = THREADS

    language: Language
    text: str


class Further(Sealed):
    """What a participant asks further to an answer, in the language of the first question."""

    kept: ClassVar[Kept] = THREAD
    retention: ClassVar[str] = THREADS

    text: str


class Reply(Sealed):
    """What an expert answers."""

    kept: ClassVar[Kept] = THREAD
    retention: ClassVar[str] = THREADS

    text: str


def session_texts_at(session_id: str, revision: int) -> str:
    return f"session/{session_id}/{revision}"


def words_at(session_id: str, revision: int) -> str:
    return f"words/{session_id}/{revision}"


def picture_at(picture_id: str) -> str:
    return f"picture/{picture_id}"


def reason_at(step_id: str) -> str:
    return f"reason/{step_id}"


def asking_at(request_id: str) -> str:
    return f"asking/{request_id}"


def asking_reply_at(request_id: str) -> str:
    return f"asking-reply/{request_id}"


def question_at(support_request_id: str) -> str:
    return f"question/{support_request_id}"


def questions_among(places: Iterable[str]) -> Sequence[str]:
    """The ids of the support requests whose first question lies in one of these places."""
    return [place.removeprefix("question/") for place in places if place.startswith("question/")]


def further_at(support_request_id: str, turn: int) -> str:
    """``turn`` counts the questions further to the first, from 1."""
    return f"further/{support_request_id}/{turn}"


def reply_at(support_request_id: str, turn: int = 0) -> str:
    """The answer to the first question, or to one that is further to it."""
    return f"reply/{support_request_id}/{turn}" if turn else f"reply/{support_request_id}"
