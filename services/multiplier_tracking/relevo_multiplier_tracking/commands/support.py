"""Support requests: a participant asks, an expert takes and answers, either side closes. A coordinator says within how
many days the experts mean to answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Change, Decided, Decision, Found, New, Repeat
from relevo_chassis.http.etag import must_match
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import sealed_row
from relevo_contracts.multiplier_tracking import SupportClosedBecause, SupportTopic
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.commands.readings import Opened, Purpose, opened
from relevo_multiplier_tracking.commands.targets import target_rows
from relevo_multiplier_tracking.domain import support
from relevo_multiplier_tracking.domain.commitment import NoSuchCommitment, with_sealed
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.sealed import Further, Question, Reply, further_at, question_at, reply_at
from relevo_multiplier_tracking.domain.support import NoSuchSupportRequest, SupportOutcome, SupportRequest, SupportTerms
from relevo_multiplier_tracking.store import COMMITMENT, SUPPORT_REQUEST, SUPPORT_TERMS


@dataclass(frozen=True, slots=True)
class AskForSupport:
    commitment_id: str
    topic: SupportTopic
    question: Question


@dataclass(frozen=True, slots=True)
class AskFurther:
    """``participant_id`` is whose it has to be."""

    support_request_id: str
    participant_id: str
    question: Further


@dataclass(frozen=True, slots=True)
class AnswerSupport:
    support_request_id: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class TakeSupport:
    support_request_id: str


@dataclass(frozen=True, slots=True)
class AssignSupport:
    support_request_id: str
    expert_id: str


@dataclass(frozen=True, slots=True)
class CloseSupport:
    """``participant_id`` is whose it has to be, if a participant closes it."""

    support_request_id: str
    participant_id: str | None = None


@dataclass(frozen=True, slots=True)
class SeeSupport:
    support_request_id: str


@dataclass(frozen=True, slots=True)
class SeeOwnSupport:
    """``limit`` of a participant's own, in the order of their ids, after one of them."""

    participant_id: str
    limit: int
    after: str | None


@dataclass(frozen=True, slots=True)
class SetSupportTerms:
    """``tag`` is the ETag of the terms that the coordinator saw."""

    edition_id: str
    answer_days: int
    tag: str


@dataclass(frozen=True, slots=True)
class OpenedTurn:
    """What was asked further, and answered, where it is still kept."""

    question: Further | None = None
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class OpenedSupport:
    """A request with its texts, where there are any; ``further`` is in the order of the request's."""

    request: SupportRequest
    question: Question | None = None
    reply: Reply | None = None
    further: tuple[OpenedTurn, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnSupport:
    """A participant's own questions; ``answer_days`` is within how many days the experts mean to answer another."""

    opened: Sequence[OpenedSupport]
    answer_days: int


async def set_terms(office: Office, command: SetSupportTerms, asked: Asked) -> SupportTerms | Repeat:
    """Say within how many days the experts mean to answer what is asked from now on. Raises ``ChangedSince``."""
    ref = SUPPORT_TERMS(command.edition_id)

    def decide(found: Found) -> Decision[SupportTerms]:
        before = found[ref] or SupportTerms(edition_id=command.edition_id)
        must_match(command.tag, before)
        after = before.model_copy(update={"answer_days": command.answer_days})
        on_record = [Decided("support_terms_set", ref)]
        return Decision([New(ref, after)], answer=after, on_record=on_record)

    return await office.commits.commit(asked.change([ref], decide))


async def ask_for_support(office: Office, command: AskForSupport, asked: Asked) -> OpenedSupport | Repeat:
    """Ask the experts a question, sealed under the participant's key."""
    ids, request_id = await store.ids_of(office.store, command.commitment_id), new_id()
    key, terms = await participant_key(office, ids, asked.now, Question), await store.terms_of(office.store, ids)
    ref, field_set = SUPPORT_REQUEST(request_id), question_at(request_id)

    def decide(found: Found) -> Decision[OpenedSupport]:
        commitment = found[ids.commitment_ref]
        if commitment is None:
            raise NoSuchCommitment(commitment_id=ids.commitment_id)
        request, events = support.ask(commitment, request_id, command.topic, terms.answer_days, asked.now)
        states = [New(ref, request), New(ids.commitment_ref, with_sealed(commitment, [field_set]))]
        rows = [sealed_row(key, field_set, command.question), *target_rows(None, request)]
        return Decision(states, events, rows, OpenedSupport(request, command.question))

    return await office.commits.commit(asked.change([ref, ids.commitment_ref], decide))


async def ask_further(office: Office, command: AskFurther, asked: Asked) -> SupportRequest | Repeat:
    """Ask further, sealed like the first question. Raises ``NoSuchSupportRequest`` for another participant's."""
    read = await store.support_request_of(office.store, command.support_request_id)
    if command.participant_id != read.participant_id:
        raise NoSuchSupportRequest(support_request_id=command.support_request_id)
    ids = await store.ids_of(office.store, commitment_id_of(read.participant_id))
    key, ref = await participant_key(office, ids, asked.now, Further), SUPPORT_REQUEST(read.support_request_id)
    terms = await store.terms_of(office.store, ids)

    def decide(found: Found) -> Decision[SupportRequest]:
        commitment, request = found[ids.commitment_ref], found[ref]
        if commitment is None or request is None:
            raise NoSuchSupportRequest(support_request_id=ref.id)
        after, events = support.ask_further(request, commitment, terms.answer_days, asked.now)
        field_set = further_at(ref.id, len(after.further))
        states = [New(ref, after), New(ids.commitment_ref, with_sealed(commitment, [field_set]))]
        rows = [sealed_row(key, field_set, command.question), *target_rows(request, after)]
        return Decision(states, events, rows, after)

    return await office.commits.commit(asked.change([ref, ids.commitment_ref], decide))


async def answer_support(office: Office, command: AnswerSupport, asked: Asked) -> OpenedSupport | Repeat:
    """Answer the question that was asked last, as the expert it is assigned to.

    Raises ``NoSuchSupportRequest``, ``NoLongerKept`` or ``PersonErased``.
    """
    read = await store.support_request_of(office.store, command.support_request_id)
    support.require_may_read(read, asked.by)
    key = await office.vault.key_of(read.participant_id)
    ref, commitment_ref = SUPPORT_REQUEST(read.support_request_id), COMMITMENT(commitment_id_of(read.participant_id))

    def decide(found: Found) -> Decision[OpenedSupport]:
        commitment, request = found[commitment_ref], found[ref]
        if commitment is None or request is None:
            raise NoSuchSupportRequest(support_request_id=ref.id)
        answered, events = support.answer(request, commitment, asked.by, asked.now)
        field_set = reply_at(ref.id, len(answered.further))
        states = [New(ref, answered), New(commitment_ref, with_sealed(commitment, [field_set]))]
        rows = [sealed_row(key, field_set, command.reply), *target_rows(request, answered)]
        answer = OpenedSupport(answered, reply=command.reply)
        return Decision(states, events, rows, answer, [_decided("support_answered", answered)])

    return await office.commits.commit(asked.change([ref, commitment_ref], decide))


async def take_support(office: Office, command: TakeSupport, asked: Asked) -> SupportRequest | Repeat:
    """Take a free question, to answer it."""

    def claim(request: SupportRequest) -> SupportOutcome:
        return support.claim(request, asked.by)

    return await office.commits.commit(_change("support_taken", command.support_request_id, claim, asked))


async def assign_support(office: Office, command: AssignSupport, asked: Asked) -> SupportRequest | Repeat:
    """Give a question to an expert."""

    def assign(request: SupportRequest) -> SupportOutcome:
        return support.assign(request, command.expert_id)

    return await office.commits.commit(_change("support_assigned", command.support_request_id, assign, asked))


async def close_support(office: Office, command: CloseSupport, asked: Asked) -> SupportRequest | Repeat:
    """Close a question that needs no answer any more. Raises ``NoSuchSupportRequest`` for another participant's."""
    read = await store.support_request_of(office.store, command.support_request_id)
    if command.participant_id not in (None, read.participant_id):
        raise NoSuchSupportRequest(support_request_id=command.support_request_id)

    def close(request: SupportRequest) -> SupportOutcome:
        because: SupportClosedBecause = "by_staff" if command.participant_id is None else "by_participant"
        return support.close(request, because, asked.now, asked.by)

    return await office.commits.commit(_change("support_closed", command.support_request_id, close, asked))


async def see_support(office: Office, query: SeeSupport, asked: Asked) -> OpenedSupport:
    """A question with its text, for the expert it is assigned to and nobody else, who goes on record."""
    found = await store.support_request_of(office.store, query.support_request_id)
    support.require_may_read(found, asked.by)
    [read] = await _read(office, "support", found.participant_id, [found], asked)
    return read


async def see_own_support(office: Office, query: SeeOwnSupport, asked: Asked) -> OwnSupport:
    """A participant's own questions with their answers."""
    found = await store.own_support_requests(office.store, query.participant_id, query.limit, query.after)
    commitment = await office.store.state(COMMITMENT(commitment_id_of(query.participant_id)))
    terms = await store.terms_of_edition(office.store, (commitment and commitment.edition_id) or "")
    return OwnSupport(await _read(office, "own", query.participant_id, found, asked), terms.answer_days)


async def _read(
    office: Office, purpose: Purpose, participant_id: str, requests: Sequence[SupportRequest], asked: Asked
) -> list[OpenedSupport]:
    """What one participant asked and what was answered, however many requests in the same round trips."""
    places = [place for each in requests for place in _places(each)]
    texts = await opened(office, purpose, participant_id, places, asked)
    return [_opened(each, texts) for each in requests]


def _places(request: SupportRequest) -> list[str]:
    id, turns = request.support_request_id, range(1, len(request.further) + 1)
    return [question_at(id), reply_at(id), *(at(id, turn) for turn in turns for at in (further_at, reply_at))]


def _opened(request: SupportRequest, texts: Opened) -> OpenedSupport:
    id, turns = request.support_request_id, range(1, len(request.further) + 1)
    further = tuple(
        OpenedTurn(texts.get(further_at(id, turn), Further), texts.get(reply_at(id, turn), Reply)) for turn in turns
    )
    return OpenedSupport(request, texts.get(question_at(id), Question), texts.get(reply_at(id), Reply), further)


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
        return Decision([New(ref, after)], events, target_rows(request, after), after, [_decided(code, after)])

    return asked.change([ref], decide)
