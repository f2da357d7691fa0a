"""Support requests: a participant asks, an expert takes and answers, either side closes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New
from relevo_chassis.edge.vault import PersonKey, sealed_row
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import SupportTopic
from relevo_multiplier_tracking.commands.asked import Asked
from relevo_multiplier_tracking.domain import support
from relevo_multiplier_tracking.domain.commitment import with_sealed
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.refusals import NoSuchCommitment, NoSuchSupportRequest
from relevo_multiplier_tracking.domain.sealed import Question, Reply, question_at, reply_at
from relevo_multiplier_tracking.domain.support import SupportOutcome, SupportRequest
from relevo_multiplier_tracking.store import SUPPORT_REQUEST, Place


class AskForSupport(Frozen):
    support_request_id: str
    topic: SupportTopic
    question: Question


class AnswerSupport(Frozen):
    support_request_id: str
    reply: Reply


class AssignSupport(Frozen):
    support_request_id: str
    expert_id: str


async def ask_for_support(commits: Commits, place: Place, key: PersonKey, command: AskForSupport, asked: Asked) -> Any:
    ref, field_set = SUPPORT_REQUEST(command.support_request_id), question_at(command.support_request_id)

    def decide(found: Found) -> Decision[SupportRequest]:
        commitment = found[place.commitment]
        if commitment is None:
            raise NoSuchCommitment(commitment_id=place.commitment_id)
        request, events = support.ask(commitment, command.support_request_id, command.topic, asked.now)
        states = [New(ref, request), New(place.commitment, with_sealed(commitment, [field_set]))]
        rows = [sealed_row(key, field_set, command.question)]
        return Decision(states, events, rows, answer=request)

    return await commits.commit(Change([ref, place.commitment], decide, asked.now, asked.cause_id, once=asked.once))


async def answer_support(commits: Commits, place: Place, key: PersonKey, command: AnswerSupport, asked: Asked) -> Any:
    ref, field_set = SUPPORT_REQUEST(command.support_request_id), reply_at(command.support_request_id)

    def decide(found: Found) -> Decision[SupportRequest]:
        commitment, request = found[place.commitment], found[ref]
        if commitment is None or request is None:
            raise NoSuchSupportRequest(support_request_id=command.support_request_id)
        answered, events = support.answer(request, commitment, asked.by, asked.now)
        states = [New(ref, answered), New(place.commitment, with_sealed(commitment, [field_set]))]
        rows = [sealed_row(key, field_set, command.reply)]
        return Decision(states, events, rows, answered, [_decided("support_answered", answered)])

    change = Change([ref, place.commitment], decide, asked.now, asked.cause_id, once=asked.once, by=asked.by)
    return await commits.commit(change)


async def take_support(commits: Commits, support_request_id: str, asked: Asked) -> Any:
    return await commits.commit(
        _change("support_taken", support_request_id, lambda it: support.take(it, asked.by), asked)
    )


async def assign_support(commits: Commits, command: AssignSupport, asked: Asked) -> Any:
    return await commits.commit(
        _change("support_assigned", command.support_request_id, lambda it: support.assign(it, command.expert_id), asked)
    )


async def close_support(commits: Commits, support_request_id: str, asked: Asked) -> Any:
    change = _change("support_closed", support_request_id, lambda it: support.close(it, asked.now, asked.by), asked)
    return await commits.commit(change)


def _decided(code: str, request: SupportRequest) -> Decided:
    under = (commitment_id_of(request.participant_id), request.participant_id, request.edition_id)
    return Decided(code, SUPPORT_REQUEST(request.support_request_id), under)


def _change(
    code: str, support_request_id: str, transition: Callable[[SupportRequest], SupportOutcome], asked: Asked
) -> Change[SupportRequest]:
    ref = SUPPORT_REQUEST(support_request_id)

    def decide(found: Found) -> Decision[SupportRequest]:
        request = found[ref]
        if request is None:
            raise NoSuchSupportRequest(support_request_id=support_request_id)
        after, events = transition(request)
        if after == request:
            return Decision(answer=after)
        return Decision([New(ref, after)], events, answer=after, on_record=[_decided(code, after)])

    return Change([ref], decide, asked.now, asked.cause_id, once=asked.once, by=asked.by)
