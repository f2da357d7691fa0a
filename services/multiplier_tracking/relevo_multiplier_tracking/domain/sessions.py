"""Multiplier sessions: planned, reported, verified, returned for correction, rejected (rules 8 and 9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import Event
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import (
    MultiplierSessionPlanned,
    MultiplierSessionRejected,
    MultiplierSessionReported,
    MultiplierSessionReturned,
    MultiplierSessionVerified,
    RejectedBecause,
    ReturnedBecause,
    SessionFormat,
)
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import (
    MOST_SESSIONS,
    Commitment,
    Outcome,
    correcting_is_over,
    counts,
    due_by,
    names,
    reporting_is_over,
    require_present,
    require_state,
    with_sealed,
    with_session,
)
from relevo_multiplier_tracking.domain.period import ReportingIsOver, fulfil_or_lapse
from relevo_multiplier_tracking.domain.reports import MultiplierSession, Report, ReportWasRevised, TogetherWith
from relevo_multiplier_tracking.domain.same_meeting import SameAsAnotherReport, require_not_reported, same_as
from relevo_multiplier_tracking.domain.together import require_agreed, require_may_be_held_together

TextChange = Literal["replaced", "removed", "unchanged"]


class PlannedOutsideThePeriod(Refusal):
    """A multiplier session is held after the on-site week and on or before the due day; choose such a day (rule 8)."""

    status = 422
    where = "body.planned_on"


class HeldBeforeTheWeekEnded(Refusal):
    """A multiplier session counts only when it was held after the on-site week; check the day (rule 8)."""

    status = 422
    where = "body.held_on"


class HeldAfterTheDueDay(Refusal):
    """A multiplier session counts only when it was held on or before the due day; ask for an extension (rule 8)."""

    status = 422
    where = "body.held_on"


class HeldInTheFuture(Refusal):
    """The session's day has not begun yet; report it when it has been held."""

    status = 422
    where = "body.held_on"


class LongerThanTheDay(Refusal):
    """What is reported of a day lies within its 24 hours, as far as they are over; check day and length (rule 8)."""

    status = 422
    where = "body.minutes"


class CorrectingIsOver(Refusal):
    """The days for correcting this report are over; ask a coordinator to extend the commitment (rule 9)."""


class SessionIsNotPlanned(Refusal):
    """This multiplier session has been reported already; a returned report is corrected instead."""


class SessionIsNotReturned(Refusal):
    """This report was not returned for correction, so it cannot be changed now."""


class SessionAwaitsNoDecision(Refusal):
    """This multiplier session has no report that awaits a decision; see its state."""


class TooManySessions(Refusal):
    """This commitment has as many multiplier sessions as one may have; ask a coordinator."""


class Texts(Frozen):
    """What a report says of its texts; those that it gives lie in the vault at ``field_set``."""

    field_set: str | None = None
    description: TextChange = "unchanged"
    evidence_note: TextChange = "unchanged"


class ReportedFacts(Frozen):
    """What a report says. ``revision`` is the one it means to be: 1, or one more than the one returned.

    ``another_session`` affirms that it is another than one of which the same is reported.
    """

    held_on: date
    minutes: int
    people: int
    format: SessionFormat
    revision: int = 1
    texts: Texts = Texts()
    together_with: TogetherWith | None = None
    another_session: bool = False


class Correction(Frozen):
    """What is said anew of a returned report; what is not said stays as it was.

    ``together_with`` counts where ``together`` is ``replaced``.
    """

    revision: int
    held_on: date | None = None
    minutes: int | None = None
    people: int | None = None
    format: SessionFormat | None = None
    texts: Texts = Texts()
    together: TextChange = "unchanged"
    together_with: TogetherWith | None = None


def plan(commitment: Commitment, session_id: str, planned_on: date, format: SessionFormat, now: datetime) -> Outcome:
    """Say when a session is meant to be held, or say it anew while nothing has been reported."""
    require_present(commitment)
    require_state(commitment, "open", "fulfilled")
    if commitment.last_on is None or not commitment.last_on < planned_on:
        raise PlannedOutsideThePeriod(due_on=_text(commitment.due_on))
    if not commitment.paused and planned_on > due_by(commitment, now):
        raise PlannedOutsideThePeriod(due_on=_text(commitment.due_on))
    session = _found(commitment, session_id)
    if session is not None and session.state != "planned":
        raise SessionIsNotPlanned(session_id=session_id)
    planned = MultiplierSession(session_id=session_id, state="planned", format=format, planned_on=planned_on)
    event = MultiplierSessionPlanned(
        **names(commitment), session_id=session_id, planned_at=now, planned_on=planned_on, format=format
    )
    return _added(commitment, planned), (event,)


def report(
    commitment: Commitment, session_id: str, facts: ReportedFacts, now: datetime, other: Commitment | None = None
) -> Outcome:
    """Report a session that was held, planned before or not, while reports are taken (rule 9).

    What says the same as a report that stands is taken when it is affirmed to be another session. ``other`` is the
    commitment of whom it is said to have been held together with.
    """
    require_present(commitment)
    require_state(commitment, "open", "fulfilled")
    if reporting_is_over(commitment, now):
        raise ReportingIsOver(commitment_id=commitment.commitment_id, report_until_on=_text(commitment.report_until_on))
    session = _found(commitment, session_id)
    if session is not None and session.state != "planned":
        raise SessionIsNotPlanned(session_id=session_id)
    known = session or MultiplierSession(session_id=session_id, state="planned", format=facts.format)
    if not facts.another_session:
        require_not_reported(commitment, changed_session(known, report=_report(None, facts, now)))
    return _reported(commitment, known, facts, now, other)


def correct(
    commitment: Commitment, session_id: str, correction: Correction, now: datetime, other: Commitment | None = None
) -> Outcome:
    """Report a returned session anew, within the days it has for that (rule 9); what is not said stays as it was."""
    require_present(commitment)
    require_state(commitment, "open", "fulfilled")
    session = commitment.session(session_id)
    if session.state != "returned" or session.report is None:
        raise SessionIsNotReturned(session_id=session_id, state=session.state)
    if correcting_is_over(commitment, session, now):
        raise CorrectingIsOver(session_id=session_id, correct_until_on=_text(session.correct_until_on))
    values = {**session.report.model_dump(include={*ReportedFacts.model_fields}), **_corrected_values(correction)}
    together_with = session.together_with if correction.together == "unchanged" else correction.together_with
    facts = ReportedFacts(**{**values, "texts": correction.texts}, together_with=together_with)
    return _reported(commitment, session, facts, now, other)


def verify(
    commitment: Commitment,
    session_id: str,
    revision: int,
    by: str,
    now: datetime,
    told_apart_from: Sequence[str] = (),
    other: Commitment | None = None,
) -> Outcome:
    """Staff verify a report; when the requirement is met by it, the commitment is fulfilled (rule 8).

    Where other reports say the same day, minutes and people, staff affirm that this one is ``told_apart_from`` them.
    ``other`` is the commitment of whom it was held together with, who must have agreed.
    """
    session, reported = _awaiting(commitment, session_id, revision)
    require_agreed(session, other)
    alike = same_as(commitment, session)
    if unaffirmed := {*alike} - {*told_apart_from}:
        raise SameAsAnotherReport(session_id=session_id, reports=len(unaffirmed))
    verified = changed_session(
        session, state="verified", decided_at=now, decided_by=by, because=None, told_apart_from=alike
    )
    after = with_session(commitment, verified)
    event = verified_event(after, session_id, reported, now)
    return fulfil_or_lapse(after, (event,), now)


def verified_event(commitment: Commitment, session_id: str, reported: Report, now: datetime) -> Event:
    return MultiplierSessionVerified(
        **names(commitment),
        session_id=session_id,
        verified_at=now,
        held_on=reported.held_on,
        minutes=reported.minutes,
        people=reported.people,
        counts=counts(commitment, reported, now),
    )


def return_report(
    commitment: Commitment,
    session_id: str,
    revision: int,
    because: ReturnedBecause,
    by: str,
    now: datetime,
    words: str | None = None,
) -> Outcome:
    """Give a report back to be corrected: within the days from its return, or while reports are taken (rule 9).

    What the coordinator says to it lies sealed at ``words``.
    """
    session, _ = _awaiting(commitment, session_id, revision)
    until = days.later(now.date(), commitment.required.correction_days)
    until = max(until, commitment.report_until_on or until)
    returned = changed_session(
        session,
        state="returned",
        because=because,
        correct_until_on=until,
        decided_at=now,
        decided_by=by,
        words_on=revision if words else None,
    )
    event = MultiplierSessionReturned(
        **names(commitment), session_id=session_id, returned_at=now, because=because, correct_until_on=until
    )
    return with_sealed(with_session(commitment, returned), [words] if words else []), (event,)


def reject(
    commitment: Commitment,
    session_id: str,
    revision: int,
    because: RejectedBecause,
    by: str,
    now: datetime,
    words: str | None = None,
) -> Outcome:
    """Refuse a report for good. Another session may still be reported while reports are taken.

    What the coordinator says to it lies sealed at ``words``.
    """
    session, _ = _awaiting(commitment, session_id, revision)
    words_on = revision if words else None
    rejected = changed_session(
        session, state="rejected", because=because, decided_at=now, decided_by=by, words_on=words_on
    )
    event = MultiplierSessionRejected(**names(commitment), session_id=session_id, rejected_at=now, because=because)
    after = with_sealed(with_session(commitment, rejected), [words] if words else [])
    return fulfil_or_lapse(after, (event,), now)


def changed_session(session: MultiplierSession, **what: object) -> MultiplierSession:
    return session.model_copy(update=what)


def _awaiting(commitment: Commitment, session_id: str, revision: int) -> tuple[MultiplierSession, Report]:
    require_state(commitment, "open", "fulfilled")
    session = commitment.session(session_id)
    if session.state != "reported" or session.report is None:
        raise SessionAwaitsNoDecision(session_id=session_id, state=session.state)
    if session.report.revision != revision:
        raise ReportWasRevised(session_id=session_id, revision=session.report.revision)
    return session, session.report


def _reported(
    commitment: Commitment, session: MultiplierSession, facts: ReportedFacts, now: datetime, other: Commitment | None
) -> Outcome:
    if facts.together_with is not None and facts.together_with != session.together_with:
        require_may_be_held_together(commitment, session, facts.together_with, other)
    _require_held_in_period(commitment, facts.held_on, now)
    _require_time_in_the_day(commitment, session.session_id, facts, now)
    revision = session.report.revision + 1 if session.report else 1
    if facts.revision != revision:
        raise ReportWasRevised(session_id=session.session_id, revision=revision - 1)
    reported = _report(session.report, facts, now)
    after = changed_session(
        session,
        state="reported",
        format=facts.format,
        report=reported,
        because=None,
        correct_until_on=None,
        together_with=facts.together_with,
    )
    event = MultiplierSessionReported(
        **names(commitment),
        session_id=session.session_id,
        revision=revision,
        reported_at=now,
        held_on=facts.held_on,
        minutes=facts.minutes,
        people=facts.people,
        format=facts.format,
    )
    return with_sealed(_added(commitment, after), [facts.texts.field_set] if facts.texts.field_set else []), (event,)


def _corrected_values(correction: Correction) -> dict[str, object]:
    return correction.model_dump(exclude={"texts", "together", "together_with"}, exclude_none=True)


def _report(before: Report | None, facts: ReportedFacts, now: datetime) -> Report:
    described_before, noted_before = before.texts_in if before else (None, None)
    description_in = _text_in(facts.texts.description, described_before, facts.revision)
    evidence_note_in = _text_in(facts.texts.evidence_note, noted_before, facts.revision)
    return Report(
        **facts.model_dump(exclude={"texts", "together_with", "another_session"}),
        reported_at=now,
        texts=description_in is not None or evidence_note_in is not None,
        description_in=description_in,
        evidence_note_in=evidence_note_in,
    )


def _text_in(change: TextChange, before: int | None, revision: int) -> int | None:
    return {"replaced": revision, "removed": None, "unchanged": before}[change]


def _require_held_in_period(commitment: Commitment, held_on: date, now: datetime) -> None:
    if not days.has_begun(held_on, now):
        raise HeldInTheFuture(held_on=held_on.isoformat())
    if commitment.last_on is None or held_on <= commitment.last_on:
        raise HeldBeforeTheWeekEnded(held_on=held_on.isoformat(), last_on=_text(commitment.last_on))
    due_on = due_by(commitment, now)
    if held_on > due_on:
        raise HeldAfterTheDueDay(held_on=held_on.isoformat(), due_on=due_on.isoformat())


def _require_time_in_the_day(commitment: Commitment, session_id: str, facts: ReportedFacts, now: datetime) -> None:
    """Nobody teaches longer than a day lasts, in one session or in several (rule 8)."""
    others = [each for each in commitment.sessions if each.session_id != session_id and each.state != "rejected"]
    reported_minutes = sum(
        each.report.minutes for each in others if each.report and each.report.held_on == facts.held_on
    )
    left = days.minutes_so_far(facts.held_on, now) - reported_minutes
    if facts.minutes > left:
        raise LongerThanTheDay(held_on=facts.held_on.isoformat(), minutes_left=max(0, left))


def _found(commitment: Commitment, session_id: str) -> MultiplierSession | None:
    return next((each for each in commitment.sessions if each.session_id == session_id), None)


def _added(commitment: Commitment, session: MultiplierSession) -> Commitment:
    after = with_session(commitment, session)
    if len(after.sessions) > MOST_SESSIONS:
        raise TooManySessions(most=MOST_SESSIONS)
    return after


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
