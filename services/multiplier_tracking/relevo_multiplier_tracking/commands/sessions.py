"""Multiplier sessions: a participant plans, reports and corrects; staff verify, return and reject."""

from __future__ import annotations

from datetime import date
from typing import Any

from relevo_chassis.delivery.change import Commits, Row
from relevo_chassis.edge.vault import PersonKey, sealed_row
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import RejectedBecause, ReturnedBecause, SessionFormat
from relevo_multiplier_tracking.commands.asked import Asked, change_beside, change_of, decided
from relevo_multiplier_tracking.domain import review, sessions
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.reports import TogetherWith
from relevo_multiplier_tracking.domain.sealed import DecisionWords, SessionTexts, session_texts_at, words_at
from relevo_multiplier_tracking.domain.sessions import Correction, Held, TextGiven, Texts
from relevo_multiplier_tracking.store import Place


class PlanSession(Frozen):
    session_id: str
    planned_on: date
    format: SessionFormat


class ReportSession(Frozen):
    session_id: str
    held_on: date
    minutes: int
    people: int
    format: SessionFormat
    texts: SessionTexts = SessionTexts()
    together_with: TogetherWith | None = None


class CorrectReport(Frozen):
    """``correction.revision`` is one more than that of the returned report. ``texts`` are those that are said anew."""

    session_id: str
    correction: Correction
    texts: SessionTexts = SessionTexts()


class VerifySession(Frozen):
    session_id: str
    revision: int
    told_apart_from: tuple[str, ...] = ()
    together_with: TogetherWith | None = None


class ReturnReport(Frozen):
    session_id: str
    revision: int
    because: ReturnedBecause
    words: DecisionWords | None = None


class RejectReport(Frozen):
    session_id: str
    revision: int
    because: RejectedBecause
    words: DecisionWords | None = None


class WithdrawVerification(Frozen):
    session_id: str
    step_id: str


async def plan_session(commits: Commits, place: Place, command: PlanSession, asked: Asked) -> Any:
    def planned(commitment: Commitment) -> Outcome:
        return sessions.plan(commitment, command.session_id, command.planned_on, command.format, asked.now)

    return await commits.commit(change_of(place, planned, asked))


async def report_session(commits: Commits, place: Place, key: PersonKey, command: ReportSession, asked: Asked) -> Any:
    texts, rows = _sealed(key, session_texts_at(command.session_id, 1), command.texts)
    held = Held(**{**command.model_dump(include={*Held.model_fields}), "texts": texts})

    def reported(commitment: Commitment, other: Commitment | None) -> Outcome:
        return sessions.report(commitment, command.session_id, held, asked.now, other)

    return await commits.commit(change_beside(place, _whose(command.together_with), reported, asked, rows))


async def correct_report(commits: Commits, place: Place, key: PersonKey, command: CorrectReport, asked: Asked) -> Any:
    at = session_texts_at(command.session_id, command.correction.revision)
    texts, rows = _sealed(key, at, command.texts)
    correction = command.correction.model_copy(update={"texts": texts})

    def corrected(commitment: Commitment, other: Commitment | None) -> Outcome:
        return sessions.correct(commitment, command.session_id, correction, asked.now, other)

    return await commits.commit(change_beside(place, _whose(correction.together_with), corrected, asked, rows))


async def verify_session(commits: Commits, place: Place, command: VerifySession, asked: Asked) -> Any:
    """``together_with`` is what the report says that was read; a later one is another revision."""

    def verified(commitment: Commitment, other: Commitment | None) -> Outcome:
        return sessions.verify(
            commitment, command.session_id, command.revision, asked.by, asked.now, command.told_apart_from, other
        )

    on_record = decided("report_verified", place, command.session_id)
    change = change_beside(place, _whose(command.together_with), verified, asked, decided=on_record)
    return await commits.commit(change)


async def return_report(
    commits: Commits, place: Place, key: PersonKey | None, command: ReturnReport, asked: Asked
) -> Any:
    """``key`` is needed where something is said to the participant, and seals it."""
    words, rows = _words(key, command)

    def returned(commitment: Commitment) -> Outcome:
        return sessions.return_report(
            commitment, command.session_id, command.revision, command.because, asked.by, asked.now, words
        )

    on_record = decided("report_returned", place, command.session_id, because=command.because, why=rows)
    return await commits.commit(change_of(place, returned, asked, decided=on_record))


async def reject_report(
    commits: Commits, place: Place, key: PersonKey | None, command: RejectReport, asked: Asked
) -> Any:
    """``key`` is needed where something is said to the participant, and seals it."""
    words, rows = _words(key, command)

    def rejected(commitment: Commitment) -> Outcome:
        return sessions.reject(
            commitment, command.session_id, command.revision, command.because, asked.by, asked.now, words
        )

    on_record = decided("report_rejected", place, command.session_id, because=command.because, why=rows)
    return await commits.commit(change_of(place, rejected, asked, decided=on_record))


async def withdraw_verification(commits: Commits, place: Place, command: WithdrawVerification, asked: Asked) -> Any:
    def withdrawn(commitment: Commitment) -> Outcome:
        return review.withdraw_verification(commitment, command.session_id, command.step_id, asked.by, asked.now)

    on_record = decided("verification_withdrawn", place, command.session_id)
    return await commits.commit(change_of(place, withdrawn, asked, decided=on_record))


def _whose(together_with: TogetherWith | None) -> str | None:
    return together_with.commitment_id if together_with else None


def _words(key: PersonKey | None, command: ReturnReport | RejectReport) -> tuple[str | None, tuple[Row, ...]]:
    if key is None or command.words is None:
        return None, ()
    at = words_at(command.session_id, command.revision)
    return at, (sealed_row(key, at, command.words),)


def _sealed(key: PersonKey, field_set: str, given: SessionTexts) -> tuple[Texts, tuple[Row, ...]]:
    """What is said of the texts, and the row of those that are given; one named as ``None`` is taken away."""
    texts = Texts(
        description=_said(given, "description", given.description),
        evidence_note=_said(given, "evidence_note", given.evidence_note),
    )
    if "given" not in (texts.description, texts.evidence_note):
        return texts, ()
    return texts.model_copy(update={"field_set": field_set}), (sealed_row(key, field_set, given),)


def _said(given: SessionTexts, name: str, text: str | None) -> TextGiven:
    if name not in given.model_fields_set:
        return "as_it_was"
    return "taken_away" if text is None else "given"
