"""What lies sealed, opened for whoever may read it; nothing of somebody who was erased."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.vault import SEALED, PersonKey, Vault
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.support import SupportRequest
from relevo_multiplier_tracking.http.answers import TextsAnswer
from relevo_multiplier_tracking.texts import (
    Question,
    Reason,
    Reply,
    SessionTexts,
    question_at,
    reason_at,
    reply_at,
    session_texts_at,
)

M = TypeVar("M", bound=BaseModel)


class Opened:
    """Some field sets of one person, read in two round trips."""

    def __init__(self, key: PersonKey | None, sealed: dict[str, bytes]) -> None:
        self._key = key
        self._sealed = sealed

    def get(self, field_set: str, model: type[M]) -> M | None:
        """``None`` for what was never given, and for everything of somebody who was erased."""
        if self._key is None or field_set not in self._sealed:
            return None
        return self._key.open(field_set, model, self._sealed[field_set])


async def opened(store: Store, vault: Vault, person_id: str, field_sets: list[str]) -> Opened:
    key = (await vault.keys_of([person_id])).get(person_id)
    rows = await store.rows(SEALED, {"_id": {"$in": [f"{person_id}/{each}" for each in field_sets]}}) if key else []
    return Opened(key, {row["_id"].partition("/")[2]: bytes(row["sealed"]) for row in rows})


async def texts_of(store: Store, vault: Vault, commitment: Commitment) -> TextsAnswer:
    """The latest texts of each session, and the reason of each step that has one."""
    sessions = {
        each.session_id: session_texts_at(each.session_id, each.report.revision)
        for each in commitment.sessions
        if each.report and each.report.texts
    }
    steps = {each.step_id: reason_at(each.step_id) for each in commitment.trail}
    found = await opened(store, vault, commitment.participant_id, [*sessions.values(), *steps.values()])
    texts = {session_id: found.get(at, SessionTexts) for session_id, at in sessions.items()}
    reasons = {step_id: found.get(at, Reason) for step_id, at in steps.items()}
    return TextsAnswer(
        commitment_id=commitment.commitment_id,
        sessions={session_id: each for session_id, each in texts.items() if each is not None},
        steps={step_id: each for step_id, each in reasons.items() if each is not None},
    )


async def support_texts(store: Store, vault: Vault, request: SupportRequest) -> tuple[Question | None, Reply | None]:
    """What was asked and what was answered."""
    asked_at, replied_at = question_at(request.support_request_id), reply_at(request.support_request_id)
    found = await opened(store, vault, request.participant_id, [asked_at, replied_at])
    return found.get(asked_at, Question), found.get(replied_at, Reply)
