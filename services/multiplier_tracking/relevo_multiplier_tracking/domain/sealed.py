"""What is only ever kept sealed, under the participant's own key, and where it lies in the vault."""

from __future__ import annotations

from typing import Literal

from relevo_contracts.model import Frozen

PauseReason = Literal["threat", "illness", "emergency", "network_shutdown", "other"]
ReopenReason = Literal["threat", "illness", "emergency", "network_shutdown", "reported_late", "our_mistake", "other"]
Language = Literal["es", "en", "pt", "fr"]


class SessionTexts(Frozen):
    """What was taught and where evidence can be seen. Trainees are never named (rule 15)."""

    description: str | None = None
    evidence_note: str | None = None


class Reason(Frozen):
    """Why the days were paused, extended or run again (rule 10)."""

    reason: PauseReason | ReopenReason
    note: str | None = None


class Asking(Frozen):
    """Why a participant asks for a pause or for more days (rule 21)."""

    reason: PauseReason
    note: str | None = None


class Words(Frozen):
    """What a coordinator says to a participant about a decision."""

    text: str


class DecisionWords(Frozen):
    """What a coordinator says to a participant about a report: on the whole, and to each of its fields."""

    note: str | None = None
    held_on: str | None = None
    minutes: str | None = None
    people: str | None = None
    format: str | None = None
    description: str | None = None
    evidence_note: str | None = None


class Question(Frozen):
    """What a participant asks the experts."""

    language: Language
    text: str


class Reply(Frozen):
    """What an expert answers."""

    text: str


def session_texts_at(session_id: str, revision: int) -> str:
    return f"session/{session_id}/{revision}"


def words_at(session_id: str, revision: int) -> str:
    return f"words/{session_id}/{revision}"


def reason_at(step_id: str) -> str:
    return f"reason/{step_id}"


def asking_at(request_id: str) -> str:
    return f"asking/{request_id}"


def asking_reply_at(request_id: str) -> str:
    return f"asking-reply/{request_id}"


def question_at(support_request_id: str) -> str:
    return f"question/{support_request_id}"


def reply_at(support_request_id: str) -> str:
    return f"reply/{support_request_id}"
