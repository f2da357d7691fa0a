"""What was written about a commitment, opened for whoever may read it; nothing of somebody who was erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked
from relevo_contracts.model import Frozen
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.commands.readings import Opened, Purpose, opened
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.sealed import (
    Asking,
    DecisionWords,
    Reason,
    SessionTexts,
    Words,
    asking_at,
    asking_reply_at,
    reason_at,
    session_texts_at,
    words_at,
)


@dataclass(frozen=True, slots=True)
class SeeTexts:
    """``purpose`` is ``casework`` for coordinators, ``own`` for whoever wrote them."""

    commitment_id: str
    purpose: Purpose


class RequestTexts(Frozen):
    """Why something was asked for, and what was said to the decision."""

    asking: Asking | None
    reply: Words | None


@dataclass(frozen=True, slots=True)
class CommitmentTexts:
    """The latest texts of each session and each request; the reason of each step that has one, for coordinators."""

    commitment_id: str
    sessions: Mapping[str, SessionTexts]
    words: Mapping[str, DecisionWords]
    steps: Mapping[str, Reason]
    requests: Mapping[str, RequestTexts]


async def see_texts(office: Office, query: SeeTexts, asked: Asked) -> CommitmentTexts:
    """The sealed texts of a commitment; whoever sees them goes on record before. Raises ``NoSuchCommitment``."""
    commitment = await store.commitment_of(office.store, query.commitment_id)
    reasons = query.purpose == "casework"
    steps = {each.step_id: reason_at(each.step_id) for each in commitment.trail} if reasons else {}
    places = [*_texts_at(commitment), *steps.values()]
    found = await opened(office, query.purpose, commitment.participant_id, places, asked)
    opened_reasons = {step_id: found.get(at, Reason) for step_id, at in steps.items()}
    return CommitmentTexts(
        commitment_id=commitment.commitment_id,
        sessions=_session_texts(commitment, found),
        words=_words(commitment, found),
        steps={step_id: each for step_id, each in opened_reasons.items() if each is not None},
        requests=_request_texts(commitment, found),
    )


def _texts_at(commitment: Commitment) -> list[str]:
    reported = [(each.session_id, each.report.texts_in) for each in commitment.sessions if each.report]
    places = [
        session_texts_at(id, revision) for id, revisions in reported for revision in revisions if revision is not None
    ]
    asked = [at(each.request_id) for each in commitment.requests for at in (asking_at, asking_reply_at)]
    return [*dict.fromkeys(places), *_words_at(commitment).values(), *asked]


def _words_at(commitment: Commitment) -> dict[str, str]:
    """Where the latest words of a coordinator to each session lie."""
    return {each.session_id: words_at(each.session_id, each.words_on) for each in commitment.sessions if each.words_on}


def _words(commitment: Commitment, found: Opened) -> dict[str, DecisionWords]:
    latest = {session_id: found.get(at, DecisionWords) for session_id, at in _words_at(commitment).items()}
    return {session_id: each for session_id, each in latest.items() if each is not None}


def _request_texts(commitment: Commitment, found: Opened) -> dict[str, RequestTexts]:
    ids = [each.request_id for each in commitment.requests]
    texts = {id: (found.get(asking_at(id), Asking), found.get(asking_reply_at(id), Words)) for id in ids}
    return {id: RequestTexts(asking=asking, reply=reply) for id, (asking, reply) in texts.items() if asking}


def _session_texts(commitment: Commitment, found: Opened) -> dict[str, SessionTexts]:
    """The texts of each session that has any, each from the revision that gave it."""
    texts = {}
    for session in commitment.sessions:
        if session.report is None or not session.report.texts:
            continue
        described, noted = (_texts_of_revision(found, session.session_id, each) for each in session.report.texts_in)
        if described or noted:
            texts[session.session_id] = SessionTexts(
                description=described.description if described else None,
                evidence_note=noted.evidence_note if noted else None,
            )
    return texts


def _texts_of_revision(found: Opened, session_id: str, revision: int | None) -> SessionTexts | None:
    return None if revision is None else found.get(session_texts_at(session_id, revision), SessionTexts)
