"""The days of a commitment, moved by a coordinator: paused, resumed, extended, reopened, reviewed."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from relevo_chassis.delivery.change import Commits, Row
from relevo_chassis.edge.vault import PersonKey, sealed_row
from relevo_contracts.model import Frozen
from relevo_multiplier_tracking.commands.asked import Asked, change_of, decided
from relevo_multiplier_tracking.domain import period, review
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.sealed import Reason, reason_at
from relevo_multiplier_tracking.store import Place


class PauseCommitment(Frozen):
    step_id: str
    reason: Reason


class ResumeCommitment(Frozen):
    step_id: str


class ExtendCommitment(Frozen):
    step_id: str
    due_on: date
    reason: Reason


class ReopenCommitment(Frozen):
    step_id: str
    due_on: date
    reason: Reason


class DecideReview(Frozen):
    step_id: str
    decision: Literal["uphold", "reopen", "end"]
    due_on: date | None = None


async def pause_commitment(
    commits: Commits, place: Place, key: PersonKey, command: PauseCommitment, asked: Asked
) -> Any:
    def paused(commitment: Commitment) -> Outcome:
        return period.pause(commitment, command.step_id, reason_at(command.step_id), asked.by, asked.now)

    on_record = decided("commitment_paused", place, why=_why(key, command.step_id, command.reason))
    return await commits.commit(change_of(place, paused, asked, decided=on_record))


async def resume_commitment(commits: Commits, place: Place, command: ResumeCommitment, asked: Asked) -> Any:
    def resumed(commitment: Commitment) -> Outcome:
        return period.resume(commitment, command.step_id, asked.by, asked.now)

    return await commits.commit(change_of(place, resumed, asked, decided=decided("commitment_resumed", place)))


async def extend_commitment(
    commits: Commits, place: Place, key: PersonKey, command: ExtendCommitment, asked: Asked
) -> Any:
    def extended(commitment: Commitment) -> Outcome:
        return period.extend(
            commitment, command.due_on, command.step_id, reason_at(command.step_id), asked.by, asked.now
        )

    on_record = decided("commitment_extended", place, why=_why(key, command.step_id, command.reason))
    return await commits.commit(change_of(place, extended, asked, decided=on_record))


async def reopen_commitment(
    commits: Commits, place: Place, key: PersonKey, command: ReopenCommitment, asked: Asked
) -> Any:
    def reopened(commitment: Commitment) -> Outcome:
        return period.reopen(
            commitment, command.due_on, command.step_id, reason_at(command.step_id), asked.by, asked.now
        )

    on_record = decided("commitment_reopened", place, why=_why(key, command.step_id, command.reason))
    return await commits.commit(change_of(place, reopened, asked, decided=on_record))


async def decide_review(commits: Commits, place: Place, command: DecideReview, asked: Asked) -> Any:
    def reviewed(commitment: Commitment) -> Outcome:
        match command.decision:
            case "uphold":
                return review.uphold(commitment, command.step_id, asked.by, asked.now)
            case "reopen":
                return review.reopen_reviewed(commitment, command.due_on, command.step_id, asked.by, asked.now)
            case "end":
                return review.end(commitment, command.step_id, asked.by, asked.now)

    on_record = decided("review_decided", place, because=command.decision)
    return await commits.commit(change_of(place, reviewed, asked, decided=on_record))


def _why(key: PersonKey, step_id: str, reason: Reason) -> tuple[Row, ...]:
    return (sealed_row(key, reason_at(step_id), reason),)
