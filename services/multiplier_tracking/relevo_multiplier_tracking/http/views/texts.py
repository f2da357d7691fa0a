"""What lies sealed for a commitment, once it is opened."""

from __future__ import annotations

from collections.abc import Mapping

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Frozen
from relevo_multiplier_tracking.commands.texts import CommitmentTexts, RequestTexts
from relevo_multiplier_tracking.domain.sealed import (
    DecisionWords,
    Reason,
    SessionTexts,
)


class TextsView(Frozen):
    """What lies sealed for a commitment, by session, by step of the trail and by request."""

    commitment_id: str
    sessions: Mapping[str, SessionTexts]
    words: Mapping[str, DecisionWords]
    steps: Mapping[str, Reason]
    requests: Mapping[str, RequestTexts]


class OwnTextsView(Frozen):
    """What a participant wrote, by session and by request, as it stands now, and what was said to it."""

    sessions: Mapping[str, SessionTexts]
    words: Mapping[str, DecisionWords]
    requests: Mapping[str, RequestTexts]


def texts_answer(texts: CommitmentTexts) -> Answer:
    return answer_json(
        TextsView(
            commitment_id=texts.commitment_id,
            sessions=texts.sessions,
            words=texts.words,
            steps=texts.steps,
            requests=texts.requests,
        )
    )


def own_texts_answer(texts: CommitmentTexts) -> Answer:
    return answer_json(OwnTextsView(sessions=texts.sessions, words=texts.words, requests=texts.requests))
