"""What lies sealed, opened for whoever may read it and put on record before; nothing of somebody who was erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from relevo_chassis.edge.shell import Shell
from relevo_chassis.edge.vault import SEALED, PersonKey
from relevo_multiplier_tracking.commands.readings import Purpose, record_reading
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.sealed import (
    Asking,
    DecisionWords,
    Question,
    Reason,
    Reply,
    SessionTexts,
    Words,
    asking_at,
    asking_reply_at,
    question_at,
    reason_at,
    reply_at,
    session_texts_at,
    words_at,
)
from relevo_multiplier_tracking.domain.support import SupportRequest
from relevo_multiplier_tracking.http.answers import OwnTextsAnswer, RequestTexts, TextsAnswer

M = TypeVar("M", bound=BaseModel)


class Reader(NamedTuple):
    """Who opens something, and why."""

    id: str
    purpose: Purpose


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


async def opened(shell: Shell, reader: Reader, person_id: str, field_sets: Sequence[str]) -> Opened:
    """Open field sets of one person, after it is on record that they are."""
    if not field_sets:
        return Opened(None, {})
    await record_reading(
        shell.committer,
        reader=reader.id,
        purpose=reader.purpose,
        field_sets=field_sets,
        person_ids=[person_id],
        now=shell.clock.now(),
    )
    key = (await shell.vault.keys_of([person_id])).get(person_id)
    wanted = {"_id": {"$in": [f"{person_id}/{each}" for each in field_sets]}}
    rows = await shell.store.rows(SEALED, wanted) if key else []
    return Opened(key, {row["_id"].partition("/")[2]: bytes(row["sealed"]) for row in rows})


async def texts_of(shell: Shell, reader: Reader, commitment: Commitment) -> TextsAnswer:
    """The latest texts of each session, and the reason of each step that has one."""
    steps = {each.step_id: reason_at(each.step_id) for each in commitment.trail}
    places = [*_own_texts_at(commitment), *steps.values()]
    found = await opened(shell, reader, commitment.participant_id, places)
    reasons = {step_id: found.get(at, Reason) for step_id, at in steps.items()}
    return TextsAnswer(
        commitment_id=commitment.commitment_id,
        sessions=_session_texts(commitment, found),
        words=_words(commitment, found),
        steps={step_id: each for step_id, each in reasons.items() if each is not None},
        requests=_request_texts(commitment, found),
    )


async def own_texts_of(shell: Shell, reader: Reader, commitment: Commitment) -> OwnTextsAnswer:
    """The latest texts of each session and of each request, for whoever wrote them."""
    found = await opened(shell, reader, commitment.participant_id, _own_texts_at(commitment))
    return OwnTextsAnswer(
        sessions=_session_texts(commitment, found),
        words=_words(commitment, found),
        requests=_request_texts(commitment, found),
    )


def _own_texts_at(commitment: Commitment) -> list[str]:
    reported = [(each.session_id, each.report.texts_in) for each in commitment.sessions if each.report]
    places = [session_texts_at(id, revision) for id, given in reported for revision in given if revision is not None]
    asked = [at(each.request_id) for each in commitment.requests for at in (asking_at, asking_reply_at)]
    return [*dict.fromkeys(places), *_words_at(commitment).values(), *asked]


def _words_at(commitment: Commitment) -> dict[str, str]:
    """Where the latest words of a coordinator to each session lie."""
    return {each.session_id: words_at(each.session_id, each.words_on) for each in commitment.sessions if each.words_on}


def _words(commitment: Commitment, found: Opened) -> dict[str, DecisionWords]:
    said = {session_id: found.get(at, DecisionWords) for session_id, at in _words_at(commitment).items()}
    return {session_id: each for session_id, each in said.items() if each is not None}


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
        described, noted = (_given(found, session.session_id, each) for each in session.report.texts_in)
        if described or noted:
            texts[session.session_id] = SessionTexts(
                description=described.description if described else None,
                evidence_note=noted.evidence_note if noted else None,
            )
    return texts


def _given(found: Opened, session_id: str, revision: int | None) -> SessionTexts | None:
    return None if revision is None else found.get(session_texts_at(session_id, revision), SessionTexts)


async def support_texts(
    shell: Shell, reader: Reader, participant_id: str, requests: Sequence[SupportRequest]
) -> list[tuple[Question | None, Reply | None]]:
    """What one participant asked and what was answered, however many requests in the same round trips."""
    places = [(question_at(each.support_request_id), reply_at(each.support_request_id)) for each in requests]
    found = await opened(shell, reader, participant_id, [place for pair in places for place in pair])
    return [(found.get(asked_at, Question), found.get(replied_at, Reply)) for asked_at, replied_at in places]
