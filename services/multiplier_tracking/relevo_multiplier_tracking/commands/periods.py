"""The days of a commitment, moved by a coordinator: paused, resumed, extended, reopened, reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from relevo_chassis.delivery.change import Asked, Repeat
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import sealed_row
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.commands.saving import CommitmentAt, change_of, decided
from relevo_multiplier_tracking.domain import period, review
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.sealed import Reason, reason_at


@dataclass(frozen=True, slots=True)
class PauseCommitment:
    commitment_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class ResumeCommitment:
    commitment_id: str


@dataclass(frozen=True, slots=True)
class ExtendCommitment:
    commitment_id: str
    due_on: date
    reason: Reason


@dataclass(frozen=True, slots=True)
class ReopenCommitment:
    commitment_id: str
    due_on: date
    reason: Reason


@dataclass(frozen=True, slots=True)
class DecideReview:
    commitment_id: str
    decision: Literal["uphold", "reopen", "end"]
    due_on: date | None = None


async def pause_commitment(office: Office, command: PauseCommitment, asked: Asked) -> CommitmentAt | Repeat:
    """Let the days stand still (rule 10)."""
    ids, step_id = await store.ids_of(office.store, command.commitment_id), new_id()
    key, at = await participant_key(office, ids, asked.now, Reason), reason_at(step_id)

    def pause(commitment: Commitment) -> Outcome:
        return period.pause(commitment, step_id, at, asked.by, asked.now)

    on_record = decided("commitment_paused", ids, why=[sealed_row(key, at, command.reason)])
    return await office.commits.commit(change_of(ids, pause, asked, decided=on_record))


async def resume_commitment(office: Office, command: ResumeCommitment, asked: Asked) -> CommitmentAt | Repeat:
    """Let the days run again (rule 10)."""
    ids, step_id = await store.ids_of(office.store, command.commitment_id), new_id()

    def resume(commitment: Commitment) -> Outcome:
        return period.resume(commitment, step_id, asked.by, asked.now)

    return await office.commits.commit(change_of(ids, resume, asked, decided=decided("commitment_resumed", ids)))


async def extend_commitment(office: Office, command: ExtendCommitment, asked: Asked) -> CommitmentAt | Repeat:
    """Move the due day of an open commitment (rule 10)."""
    ids, step_id = await store.ids_of(office.store, command.commitment_id), new_id()
    key, at = await participant_key(office, ids, asked.now, Reason), reason_at(step_id)

    def extend(commitment: Commitment) -> Outcome:
        return period.extend(commitment, command.due_on, step_id, at, asked.by, asked.now)

    on_record = decided("commitment_extended", ids, why=[sealed_row(key, at, command.reason)])
    return await office.commits.commit(change_of(ids, extend, asked, decided=on_record))


async def reopen_commitment(office: Office, command: ReopenCommitment, asked: Asked) -> CommitmentAt | Repeat:
    """Open a lapsed commitment again (rule 9)."""
    ids, step_id = await store.ids_of(office.store, command.commitment_id), new_id()
    key, at = await participant_key(office, ids, asked.now, Reason), reason_at(step_id)

    def reopen(commitment: Commitment) -> Outcome:
        return period.reopen(commitment, command.due_on, step_id, at, asked.by, asked.now)

    on_record = decided("commitment_reopened", ids, why=[sealed_row(key, at, command.reason)])
    return await office.commits.commit(change_of(ids, reopen, asked, decided=on_record))


async def decide_review(office: Office, command: DecideReview, asked: Asked) -> CommitmentAt | Repeat:
    """Decide what becomes of a commitment under review (rules 6 and 12)."""
    ids, step_id = await store.ids_of(office.store, command.commitment_id), new_id()

    def decide(commitment: Commitment) -> Outcome:
        match command.decision:
            case "uphold":
                return review.uphold(commitment, step_id, asked.by, asked.now)
            case "reopen":
                return review.reopen_reviewed(commitment, command.due_on, step_id, asked.by, asked.now)
            case "end":
                return review.end(commitment, step_id, asked.by, asked.now)

    on_record = decided("review_decided", ids, because=command.decision)
    return await office.commits.commit(change_of(ids, decide, asked, decided=on_record))
