"""What multiplier tracking says to people, in every language: see ``texts/``."""

from __future__ import annotations

from collections.abc import Mapping

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.loading import Texts, Words
from relevo_contracts.multiplier_tracking import (
    CommitmentReview,
    PictureRejectedBecause,
    RejectedBecause,
    ReturnedBecause,
    SessionFormat,
    SupportTopic,
)
from relevo_multiplier_tracking.domain.commitment import AskedFor, CommitmentState, RequestState, StepKind
from relevo_multiplier_tracking.domain.next_step import NextStep
from relevo_multiplier_tracking.domain.reports import SessionState
from relevo_multiplier_tracking.domain.sealed import PauseReason, ReopenReason
from relevo_multiplier_tracking.domain.support import SupportState


class TimelineWords(Words):
    """The picture of a commitment's days."""

    title: str
    week: str
    due: str
    until: str
    today: str
    paused: str


class CodeWords(Words):
    """Every list of codes that the service's answers hold, each code with its words."""

    returned_because: Mapping[ReturnedBecause, str]
    rejected_because: Mapping[RejectedBecause, str]
    picture_rejected_because: Mapping[PictureRejectedBecause, str]
    session_state: Mapping[SessionState, str]
    session_format: Mapping[SessionFormat, str]
    commitment_state: Mapping[CommitmentState, str]
    next_step: Mapping[NextStep, str]
    reason: Mapping[PauseReason | ReopenReason, str]
    asked_for: Mapping[AskedFor, str]
    request_state: Mapping[RequestState, str]
    step: Mapping[StepKind, str]
    review: Mapping[CommitmentReview, str]
    support_topic: Mapping[SupportTopic, str]
    support_state: Mapping[SupportState, str]


class TrackingWords(Words):
    timeline: TimelineWords
    codes: CodeWords


TEXTS = Texts(TrackingWords, "relevo_multiplier_tracking")


def because(code: ReturnedBecause | RejectedBecause, language: Language) -> str:
    """Why a report was returned or rejected."""
    codes = TEXTS[language].codes
    return dict([*codes.returned_because.items(), *codes.rejected_because.items()])[code]


def every_code() -> dict[str, dict[str, dict[Language, str]]]:
    """The words of every code by its list, in every language."""
    words = {language: TEXTS[language].codes.model_dump() for language in LANGUAGES}
    return {
        name: {code: {language: words[language][name][code] for language in LANGUAGES} for code in codes}
        for name, codes in words[LANGUAGES[0]].items()
    }
