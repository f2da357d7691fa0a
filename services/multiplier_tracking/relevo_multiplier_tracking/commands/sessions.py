"""Multiplier sessions: a participant plans, reports and corrects; staff verify, return and reject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from relevo_chassis.delivery.change import Asked, Repeat, Row
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import PersonKey, sealed_row
from relevo_contracts.multiplier_tracking import RejectedBecause, ReturnedBecause, SessionFormat
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.commands.saving import CommitmentAt, change_beside, change_of, decided
from relevo_multiplier_tracking.domain import review, sessions
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.reports import TogetherWith
from relevo_multiplier_tracking.domain.sealed import DecisionWords, SessionTexts, session_texts_at, words_at
from relevo_multiplier_tracking.domain.sessions import Correction, ReportedFacts, TextChange, Texts
from relevo_multiplier_tracking.store import CommitmentIds


@dataclass(frozen=True, slots=True)
class PlanSession:
    """``session_id`` is that of a session whose plan is changed; a new one has none, here and below."""

    commitment_id: str
    session_id: str | None
    planned_on: date
    format: SessionFormat


@dataclass(frozen=True, slots=True)
class ReportSession:
    """``together_with`` is the session of somebody else that this one is too, here and below; ``another_session``
    affirms that it is another than one of which the same is reported."""

    commitment_id: str
    session_id: str | None
    held_on: date
    minutes: int
    people: int
    format: SessionFormat
    texts: SessionTexts
    together_with: str | None
    another_session: bool = False


@dataclass(frozen=True, slots=True)
class CorrectReport:
    """What is said anew; ``None`` stays as it was, and so does ``together_with`` where ``together`` says so.

    ``texts`` are those that are said anew.
    """

    commitment_id: str
    session_id: str
    held_on: date | None
    minutes: int | None
    people: int | None
    format: SessionFormat | None
    texts: SessionTexts
    together: TextChange
    together_with: str | None


@dataclass(frozen=True, slots=True)
class VerifySession:
    """``told_apart_from`` are sessions of which the same is reported and that are affirmed to be others."""

    commitment_id: str
    session_id: str
    revision: int
    told_apart_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnReport:
    commitment_id: str
    session_id: str
    revision: int
    because: ReturnedBecause
    words: DecisionWords | None = None


@dataclass(frozen=True, slots=True)
class RejectReport:
    commitment_id: str
    session_id: str
    revision: int
    because: RejectedBecause
    words: DecisionWords | None = None


@dataclass(frozen=True, slots=True)
class WithdrawVerification:
    commitment_id: str
    session_id: str


async def plan_session(office: Office, command: PlanSession, asked: Asked) -> CommitmentAt | Repeat:
    """Say when a multiplier session is meant to be held, or move it while it has not been reported."""
    read = await store.commitment_of(office.store, command.commitment_id)
    session_id = _session_id(read, command.session_id)

    def plan(commitment: Commitment) -> Outcome:
        return sessions.plan(commitment, session_id, command.planned_on, command.format, asked.now)

    return await office.commits.commit(change_of(store.ids_in(read), plan, asked))


async def report_session(office: Office, command: ReportSession, asked: Asked) -> CommitmentAt | Repeat:
    """Report a session that was held; what is said of it is sealed under the participant's key."""
    read = await store.commitment_of(office.store, command.commitment_id)
    ids, session_id = store.ids_in(read), _session_id(read, command.session_id)
    key = await participant_key(office, ids, asked.now, SessionTexts)
    texts, rows = _sealed(key, session_texts_at(session_id, 1), command.texts)
    whose = await _whose(office, command.together_with)
    facts = ReportedFacts(
        held_on=command.held_on,
        minutes=command.minutes,
        people=command.people,
        format=command.format,
        texts=texts,
        together_with=whose,
        another_session=command.another_session,
    )

    def report(commitment: Commitment, other: Commitment | None) -> Outcome:
        return sessions.report(commitment, session_id, facts, asked.now, other)

    return await office.commits.commit(change_beside(ids, _other_id(whose), report, asked, rows))


async def correct_report(office: Office, command: CorrectReport, asked: Asked) -> CommitmentAt | Repeat:
    """Report a returned session anew."""
    read = await store.commitment_of(office.store, command.commitment_id)
    before, ids = read.session(command.session_id).report, store.ids_in(read)
    revision = before.revision + 1 if before else 1
    key = await participant_key(office, ids, asked.now, SessionTexts)
    texts, rows = _sealed(key, session_texts_at(command.session_id, revision), command.texts)
    correction = Correction(
        revision=revision,
        held_on=command.held_on,
        minutes=command.minutes,
        people=command.people,
        format=command.format,
        texts=texts,
        together=command.together,
        together_with=await _whose(office, command.together_with),
    )

    def correct(commitment: Commitment, other: Commitment | None) -> Outcome:
        return sessions.correct(commitment, command.session_id, correction, asked.now, other)

    other_id = _other_id(correction.together_with)
    return await office.commits.commit(change_beside(ids, other_id, correct, asked, rows))


async def verify_session(office: Office, command: VerifySession, asked: Asked) -> CommitmentAt | Repeat:
    """Verify a report; the commitment is fulfilled when that meets the requirement (rule 8).

    The other session that the report names is the one it names as it is read; a later one is another revision.
    """
    read = await store.commitment_of(office.store, command.commitment_id)
    ids, whose = store.ids_in(read), read.session(command.session_id).together_with

    def verify(commitment: Commitment, other: Commitment | None) -> Outcome:
        return sessions.verify(
            commitment, command.session_id, command.revision, asked.by, asked.now, command.told_apart_from, other
        )

    on_record = decided("report_verified", ids, command.session_id)
    return await office.commits.commit(change_beside(ids, _other_id(whose), verify, asked, decided=on_record))


async def return_report(office: Office, command: ReturnReport, asked: Asked) -> CommitmentAt | Repeat:
    """Give a report back to be corrected (rule 9)."""
    ids = await store.ids_of(office.store, command.commitment_id)
    words, rows = await _words(office, ids, command, asked)

    def return_it(commitment: Commitment) -> Outcome:
        return sessions.return_report(
            commitment, command.session_id, command.revision, command.because, asked.by, asked.now, words
        )

    on_record = decided("report_returned", ids, command.session_id, because=command.because, why=rows)
    return await office.commits.commit(change_of(ids, return_it, asked, decided=on_record))


async def reject_report(office: Office, command: RejectReport, asked: Asked) -> CommitmentAt | Repeat:
    """Reject a report for good."""
    ids = await store.ids_of(office.store, command.commitment_id)
    words, rows = await _words(office, ids, command, asked)

    def reject(commitment: Commitment) -> Outcome:
        return sessions.reject(
            commitment, command.session_id, command.revision, command.because, asked.by, asked.now, words
        )

    on_record = decided("report_rejected", ids, command.session_id, because=command.because, why=rows)
    return await office.commits.commit(change_of(ids, reject, asked, decided=on_record))


async def withdraw_verification(office: Office, command: WithdrawVerification, asked: Asked) -> CommitmentAt | Repeat:
    """Take a verification back; a fulfilled commitment goes under review (rule 12)."""
    ids, step_id = await store.ids_of(office.store, command.commitment_id), new_id()

    def withdraw(commitment: Commitment) -> Outcome:
        return review.withdraw_verification(commitment, command.session_id, step_id, asked.by, asked.now)

    on_record = decided("verification_withdrawn", ids, command.session_id)
    return await office.commits.commit(change_of(ids, withdraw, asked, decided=on_record))


def _session_id(commitment: Commitment, session_id: str | None) -> str:
    """The id of a session that there is, or of a new one. Raises ``NoSuchSession``."""
    return new_id() if session_id is None else commitment.session(session_id).session_id


async def _whose(office: Office, session_id: str | None) -> TogetherWith | None:
    """Whose session it is that another is said to be too. Raises ``NoSuchSession``."""
    if session_id is None:
        return None
    found = await store.commitment_with(office.store, session_id)
    return TogetherWith(session_id=session_id, commitment_id=found.commitment_id)


def _other_id(together_with: TogetherWith | None) -> str | None:
    return together_with.commitment_id if together_with else None


async def _words(
    office: Office, ids: CommitmentIds, command: ReturnReport | RejectReport, asked: Asked
) -> tuple[str | None, tuple[Row, ...]]:
    """Where what is said lies, and its row. The key is needed only where something is said: an erased one has none."""
    if command.words is None:
        return None, ()
    key = await participant_key(office, ids, asked.now, DecisionWords)
    at = words_at(command.session_id, command.revision)
    return at, (sealed_row(key, at, command.words),)


def _sealed(key: PersonKey, field_set: str, session_texts: SessionTexts) -> tuple[Texts, tuple[Row, ...]]:
    """What is said of the texts, and the row of those that are given; one named as ``None`` is taken away."""
    texts = Texts(
        description=_text_change(session_texts, "description", session_texts.description),
        evidence_note=_text_change(session_texts, "evidence_note", session_texts.evidence_note),
    )
    if "replaced" not in (texts.description, texts.evidence_note):
        return texts, ()
    return texts.model_copy(update={"field_set": field_set}), (sealed_row(key, field_set, session_texts),)


def _text_change(session_texts: SessionTexts, name: str, text: str | None) -> TextChange:
    if name not in session_texts.model_fields_set:
        return "unchanged"
    return "removed" if text is None else "replaced"
