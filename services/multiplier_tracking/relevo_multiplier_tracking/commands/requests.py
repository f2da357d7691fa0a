"""Requests for a pause or for more days: a participant asks, a coordinator decides (rule 21)."""

from __future__ import annotations

from datetime import date
from typing import Any

from relevo_chassis.delivery.change import Commits, Row
from relevo_chassis.edge.vault import PersonKey, sealed_row
from relevo_contracts.model import Frozen
from relevo_multiplier_tracking.commands.asked import Asked, change_of, decided
from relevo_multiplier_tracking.domain import requests
from relevo_multiplier_tracking.domain.commitment import AskedFor, Commitment, Outcome
from relevo_multiplier_tracking.domain.sealed import Asking, Words, asking_at, asking_reply_at
from relevo_multiplier_tracking.store import Place


class AskForDays(Frozen):
    request_id: str
    asked_for: AskedFor
    due_on: date | None
    asking: Asking


class WithdrawRequest(Frozen):
    request_id: str


class GrantRequest(Frozen):
    request_id: str
    step_id: str
    due_on: date | None = None
    words: Words | None = None


class DeclineRequest(Frozen):
    request_id: str
    words: Words


async def ask_for_days(commits: Commits, place: Place, key: PersonKey, command: AskForDays, asked: Asked) -> Any:
    at = asking_at(command.request_id)

    def asking(commitment: Commitment) -> Outcome:
        return requests.ask(commitment, command.request_id, command.asked_for, command.due_on, at, asked.now)

    return await commits.commit(change_of(place, asking, asked, [sealed_row(key, at, command.asking)]))


async def withdraw_request(commits: Commits, place: Place, command: WithdrawRequest, asked: Asked) -> Any:
    def withdrawn(commitment: Commitment) -> Outcome:
        return requests.withdraw_request(commitment, command.request_id, asked.now)

    return await commits.commit(change_of(place, withdrawn, asked))


async def grant_request(commits: Commits, place: Place, key: PersonKey, command: GrantRequest, asked: Asked) -> Any:
    sealed, rows = _said(key, command.request_id, command.words)

    def granted(commitment: Commitment) -> Outcome:
        return requests.grant(
            commitment, command.request_id, command.due_on, command.step_id, sealed, asked.by, asked.now
        )

    on_record = decided("request_granted", place, command.request_id, why=rows)
    return await commits.commit(change_of(place, granted, asked, decided=on_record))


async def decline_request(commits: Commits, place: Place, key: PersonKey, command: DeclineRequest, asked: Asked) -> Any:
    sealed, rows = _said(key, command.request_id, command.words)

    def declined(commitment: Commitment) -> Outcome:
        return requests.decline(commitment, command.request_id, sealed, asked.by, asked.now)

    on_record = decided("request_declined", place, command.request_id, why=rows)
    return await commits.commit(change_of(place, declined, asked, decided=on_record))


def _said(key: PersonKey, request_id: str, words: Words | None) -> tuple[list[str], list[Row]]:
    if words is None:
        return [], []
    at = asking_reply_at(request_id)
    return [at], [sealed_row(key, at, words)]
