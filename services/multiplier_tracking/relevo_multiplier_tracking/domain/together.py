"""Sessions that several participants held together: each fulfils their duty by it, and it is counted once (rule 8)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from relevo_chassis.delivery.change import Refusal
from relevo_multiplier_tracking.domain.commitment import (
    Commitment,
    NoSuchSession,
    Outcome,
    require_present,
    with_session,
)
from relevo_multiplier_tracking.domain.reports import Answer, MultiplierSession, ReportWasRevised, TogetherWith

MOST_TOGETHER = 4
"""How many others may hold a session together with the participant whose it is first."""


class NotHeldTogether(Refusal):
    """A session may be said to be another participant's too where the edition allows it, and of one other alone."""


class OtherHasNotAgreed(Refusal):
    """The other participant has not agreed to have held this session together, as the two reports stand now."""


class OtherAnswersThemself(Refusal):
    """Staff answer only in the place of a participant who has left; this one answers themself."""


class OtherIsVerified(Refusal):
    """Staff verified the other's report because this was agreed to; tell a coordinator if it is not so."""


class ReportsDiffer(Refusal):
    """The two reports do not say the same day and number of people; one of them is to be corrected first."""


class TooManyTogether(Refusal):
    """As many have held this session together as may."""


class Theirs(NamedTuple):
    """Somebody else's report that is said to be of the same session."""

    commitment: Commitment
    session: MultiplierSession


def require_may_be_held_together(
    commitment: Commitment, session: MultiplierSession, named: TogetherWith, other: Commitment | None
) -> None:
    """Whether a participant may say that a session is also that of another of the edition.

    Raises ``NotHeldTogether`` where the edition does not allow it, or where the other session, or this one, is said to
    be yet another's; ``NoSuchSession`` for one of nobody else in the edition.
    """
    if not commitment.required.held_together:
        raise NotHeldTogether(commitment_id=commitment.commitment_id)
    if other is None or other.commitment_id == commitment.commitment_id or other.edition_id != commitment.edition_id:
        raise NoSuchSession(session_id=named.session_id)
    if other.session(named.session_id).together_with is not None or session.answers:
        raise NotHeldTogether(session_id=named.session_id)


def answer(
    commitment: Commitment, session_id: str, theirs: Theirs, revision: int, agreed: bool, by: str | None, now: datetime
) -> Outcome:
    """Say whether somebody's reported session is this one; staff (``by``) answer for one who has left or was erased.

    An answer holds for both reports as they are: whichever is corrected, it is asked for anew. What was agreed to is
    not taken back once staff verified the other's report.
    """
    _require_may_answer(commitment, by)
    session, report = commitment.session(session_id), theirs.session.report
    if theirs.session.together_with != TogetherWith(session_id=session_id, commitment_id=commitment.commitment_id):
        raise NoSuchSession(session_id=theirs.session.session_id)
    if report is None or report.revision != revision:
        raise ReportWasRevised(session_id=theirs.session.session_id, revision=report.revision if report else None)
    if not agreed and theirs.session.state == "verified":
        raise OtherIsVerified(session_id=theirs.session.session_id)
    own = session.report
    if own is None or (agreed and (own.held_on, own.people) != (report.held_on, report.people)):
        raise ReportsDiffer(session_id=theirs.session.session_id)
    own_answer = Answer(
        session_id=theirs.session.session_id,
        revision=revision,
        own_revision=own.revision,
        agreed=agreed,
        answered_at=now,
        answered_by=by,
    )
    answers = (*(each for each in session.answers if each.session_id != own_answer.session_id), own_answer)
    if sum(each.agreed for each in answers) > MOST_TOGETHER:
        raise TooManyTogether(most=MOST_TOGETHER)
    return with_session(commitment, session.model_copy(update={"answers": answers})), ()


def answer_to(other: Commitment | None, theirs: MultiplierSession) -> bool | None:
    """What was said to a session that is said to be another's too, for both reports as they are; or ``None``."""
    if other is None or theirs.together_with is None or theirs.report is None:
        return None
    session = next((each for each in other.sessions if each.session_id == theirs.together_with.session_id), None)
    if session is None or session.report is None:
        return None
    versions = (theirs.session_id, theirs.report.revision, session.report.revision)
    found = (each for each in session.answers if (each.session_id, each.revision, each.own_revision) == versions)
    return next((each.agreed for each in found), None)


def require_agreed(session: MultiplierSession, other: Commitment | None) -> None:
    """Nobody fulfils their duty by somebody else's session without that one's word. Raises ``OtherHasNotAgreed``."""
    if session.together_with is not None and not answer_to(other, session):
        raise OtherHasNotAgreed(session_id=session.session_id)


def _require_may_answer(commitment: Commitment, by: str | None) -> None:
    if by is None:
        require_present(commitment)
    elif commitment.erased_at is None and commitment.withdrawn_at is None:
        raise OtherAnswersThemself(commitment_id=commitment.commitment_id)
