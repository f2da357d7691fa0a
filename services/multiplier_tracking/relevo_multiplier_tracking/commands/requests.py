"""Requests for a pause or for more days: a participant asks, a coordinator decides (rule 21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from relevo_chassis.delivery.change import Asked, Repeat, Row
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import PersonKey, sealed_row
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.commands.saving import CommitmentAt, change_of, decided
from relevo_multiplier_tracking.domain import requests
from relevo_multiplier_tracking.domain.commitment import AskedFor, Commitment, Outcome
from relevo_multiplier_tracking.domain.sealed import Asking, Words, asking_at, asking_reply_at


@dataclass(frozen=True, slots=True)
class AskForDays:
    commitment_id: str
    asked_for: AskedFor
    due_on: date | None
    asking: Asking


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    commitment_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class GrantRequest:
    commitment_id: str
    request_id: str
    due_on: date | None = None
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class DeclineRequest:
    commitment_id: str
    request_id: str
    words: Words


async def ask_for_days(office: Office, command: AskForDays, asked: Asked) -> CommitmentAt | Repeat:
    """Ask for a pause or for more days; the reason is sealed under the participant's key."""
    ids, request_id = await store.ids_of(office.store, command.commitment_id), new_id()
    key, at = await participant_key(office, ids, asked.now, Asking), asking_at(request_id)

    def ask(commitment: Commitment) -> Outcome:
        return requests.ask(commitment, request_id, command.asked_for, command.due_on, at, asked.now)

    return await office.commits.commit(change_of(ids, ask, asked, [sealed_row(key, at, command.asking)]))


async def withdraw_request(office: Office, command: WithdrawRequest, asked: Asked) -> CommitmentAt | Repeat:
    """Take a request back while it awaits its decision."""
    ids = await store.ids_of(office.store, command.commitment_id)

    def withdraw(commitment: Commitment) -> Outcome:
        return requests.withdraw_request(commitment, command.request_id, asked.now)

    return await office.commits.commit(change_of(ids, withdraw, asked))


async def grant_request(office: Office, command: GrantRequest, asked: Asked) -> CommitmentAt | Repeat:
    """Grant what was asked for, or another day."""
    ids, step_id = await store.ids_of(office.store, command.commitment_id), new_id()
    key = await participant_key(office, ids, asked.now, Words)
    sealed, rows = _reply_rows(key, command.request_id, command.words)

    def grant(commitment: Commitment) -> Outcome:
        return requests.grant(commitment, command.request_id, command.due_on, step_id, sealed, asked.by, asked.now)

    on_record = decided("request_granted", ids, command.request_id, why=rows)
    return await office.commits.commit(change_of(ids, grant, asked, decided=on_record))


async def decline_request(office: Office, command: DeclineRequest, asked: Asked) -> CommitmentAt | Repeat:
    """Decline what was asked for, and say why."""
    ids = await store.ids_of(office.store, command.commitment_id)
    key = await participant_key(office, ids, asked.now, Words)
    sealed, rows = _reply_rows(key, command.request_id, command.words)

    def decline(commitment: Commitment) -> Outcome:
        return requests.decline(commitment, command.request_id, sealed, asked.by, asked.now)

    on_record = decided("request_declined", ids, command.request_id, why=rows)
    return await office.commits.commit(change_of(ids, decline, asked, decided=on_record))


def _reply_rows(key: PersonKey, request_id: str, words: Words | None) -> tuple[list[str], list[Row]]:
    if words is None:
        return [], []
    at = asking_reply_at(request_id)
    return [at], [sealed_row(key, at, words)]
