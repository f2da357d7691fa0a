"""The collections of multiplier tracking, their indexes, and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Kind, Ref
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.http.granted import GRANTED
from relevo_chassis.people.ending import Ending
from relevo_chassis.people.erasures import Erased
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.multiplier_tracking import CommitmentDataDestroyed
from relevo_multiplier_tracking.domain import ended
from relevo_multiplier_tracking.domain.commitment import Commitment, CommitmentState, NoSuchCommitment, NoSuchSession
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.reach import Reach
from relevo_multiplier_tracking.domain.sealed import RETENTIONS
from relevo_multiplier_tracking.domain.support import NoSuchSupportRequest, SupportRequest, SupportState, SupportTerms

COMMITMENT = Kind("commitment", Commitment)
SUPPORT_REQUEST = Kind("support_request", SupportRequest)
SUPPORT_TERMS = Kind("support_terms", SupportTerms)
REACH = Kind("reach", Reach)

MOST_ASKING = 50


async def _present(_: Store, participant_id: str) -> Sequence[Ref[Commitment]]:
    return [COMMITMENT(commitment_id_of(participant_id))]


def _require(commitment: Commitment | None) -> None:
    if commitment is not None and commitment.erased_at is not None:
        raise PersonErased(commitment.participant_id)


ENDING = Ending(CommitmentDataDestroyed, RETENTIONS, ended.destroy, _present, _require)
"""How what is kept of a participant ends before they are erased."""

KINDS: tuple[Kind[Any], ...] = (COMMITMENT, SUPPORT_REQUEST, SUPPORT_TERMS, REACH, GRANTED, ENDING.kind)

ERASED = Erased(COMMITMENT, {"erased_at": {"$ne": None}}, person_id="participant_id")
"""Whom the store knows to be erased (rule 14)."""

_LATE_FIRST = (("state.late", -1), ("state.waits", -1), ("state.since", 1), ("_id", 1))

INDEXES: Mapping[str, Sequence[Index]] = {
    "commitment": (
        Index((("state.edition_id", 1), ("state.state", 1), ("_id", 1))),
        Index((("state.awaiting", 1), ("_id", 1))),
        Index((("state.asking", 1), ("_id", 1))),
        Index((("state.session_ids", 1),)),
        Index((("state.held_with_ids", 1),)),
    ),
    "support_request": (
        Index(_LATE_FIRST),
        Index((("state.state", 1), *_LATE_FIRST)),
        Index((("state.participant_id", 1), ("_id", 1))),
        Index((("state.expert_id", 1), *_LATE_FIRST)),
        Index((("state.edition_id", 1), *_LATE_FIRST)),
    ),
}


class CommitmentIds(NamedTuple):
    """A commitment by its ids: what never changes about it once it is known."""

    commitment_id: str
    participant_id: str
    edition_id: str

    @property
    def commitment_ref(self) -> Ref[Commitment]:
        return COMMITMENT(self.commitment_id)

    @property
    def reach_ref(self) -> Ref[Reach]:
        return REACH(self.edition_id)


class Wanted(NamedTuple):
    """Which commitments a coordinator asks for; ``None`` asks for any."""

    edition_ids: Sequence[str] | None = None
    state: CommitmentState | None = None
    awaiting: bool | None = None
    paused: bool | None = None
    asking: bool | None = None
    due_before: date | None = None


async def commitment_of(store: Store, commitment_id: str) -> Commitment:
    """Raises ``NoSuchCommitment``, also for one of whom only the erasure is known."""
    found = await store.state(COMMITMENT(commitment_id))
    if found is None or found.edition_id is None:
        raise NoSuchCommitment(commitment_id=commitment_id)
    return found


async def commitment_with(store: Store, session_id: str) -> Commitment:
    """Whose session it is. Raises ``NoSuchSession``."""
    found = await store.select(COMMITMENT, {"session_ids": session_id}, limit=1)
    if not found:
        raise NoSuchSession(session_id=session_id)
    return found[0]


async def held_with(store: Store, commitment: Commitment) -> list[Commitment]:
    """Those of whom some session is said to have been held together with this one's, by either side."""
    theirs = [each.together_with.commitment_id for each in commitment.sessions if each.together_with]
    asking = await store.select(COMMITMENT, {"held_with_ids": {"$in": list(commitment.session_ids)}}, limit=MOST_ASKING)
    named = await store.states(COMMITMENT, theirs) if theirs else {}
    return [*asking, *named.values()]


async def ids_of(store: Store, commitment_id: str) -> CommitmentIds:
    """The commitment's ids. Raises ``NoSuchCommitment``."""
    return ids_in(await commitment_of(store, commitment_id))


def ids_in(commitment: Commitment) -> CommitmentIds:
    """A commitment's ids. Raises ``NoSuchCommitment`` for one of whom only the erasure is known."""
    if commitment.edition_id is None:
        raise NoSuchCommitment(commitment_id=commitment.commitment_id)
    return CommitmentIds(commitment.commitment_id, commitment.participant_id, commitment.edition_id)


async def commitments(store: Store, wanted: Wanted, limit: int, after: str | None) -> list[Commitment]:
    """In the order of their ids, so that a cursor stays where it is."""
    where: dict[str, Any] = {"edition_id": {"$ne": None}}
    if wanted.edition_ids is not None:
        where["edition_id"] = {"$in": list(wanted.edition_ids)}
    if wanted.state is not None:
        where["state"] = wanted.state
    if wanted.awaiting is not None:
        where["awaiting"] = {"$gt": 0} if wanted.awaiting else 0
    if wanted.paused is not None:
        where["paused"] = wanted.paused
    if wanted.asking is not None:
        where["asking"] = wanted.asking or {"$ne": True}
    if wanted.due_before is not None:
        where["due_on"] = {"$lt": wanted.due_before.isoformat()}
    return await store.select(COMMITMENT, where, limit=limit, after=after)


async def reach_of(store: Store, edition_id: str) -> Reach:
    """The edition's totals; all zero for one of which nothing was heard."""
    return await store.state(REACH(edition_id)) or Reach(edition_id=edition_id)


async def support_request_of(store: Store, support_request_id: str) -> SupportRequest:
    """Raises ``NoSuchSupportRequest``."""
    found = await store.state(SUPPORT_REQUEST(support_request_id))
    if found is None:
        raise NoSuchSupportRequest(support_request_id=support_request_id)
    return found


async def terms_of(store: Store, ids: CommitmentIds) -> SupportTerms:
    """Within how many days the experts of a commitment's edition mean to answer."""
    return await terms_of_edition(store, ids.edition_id)


async def terms_of_edition(store: Store, edition_id: str) -> SupportTerms:
    """As they were set, or as they are until then."""
    return await store.state(SUPPORT_TERMS(edition_id)) or SupportTerms(edition_id=edition_id)


async def own_support_requests(
    store: Store, participant_id: str, limit: int, after: str | None
) -> list[SupportRequest]:
    """A participant's own, in the order of their ids."""
    return await store.select(SUPPORT_REQUEST, {"participant_id": participant_id}, limit=limit, after=after)


class WantedSupport(NamedTuple):
    """Which support requests staff ask for; ``None`` asks for any, ``late`` for those alone that are."""

    state: SupportState | None = None
    expert_id: str | None = None
    late: bool = False
    edition_ids: Sequence[str] | None = None


class FoundSupport(NamedTuple):
    """``total`` and ``late`` count what was asked for on all pages."""

    requests: Sequence[SupportRequest]
    total: int
    late: int


async def support_requests(store: Store, wanted: WantedSupport, limit: int, after: str | None) -> FoundSupport:
    """Those that are late first, then those that wait, the oldest first, behind ``after`` (``support_place_of``)."""
    filters = {
        "state.state": wanted.state,
        "state.expert_id": wanted.expert_id,
        "state.late": wanted.late or None,
        "state.edition_id": None if wanted.edition_ids is None else {"$in": list(wanted.edition_ids)},
    }
    where = {name: value for name, value in filters.items() if value is not None}
    behind = {"$or": _behind(after)} if after else {}
    rows = await store.rows(SUPPORT_REQUEST.name, {**where, **behind}, sort=_LATE_FIRST, limit=limit)
    requests = [SupportRequest.model_validate(each["state"]) for each in rows]
    total = await store.count_rows(SUPPORT_REQUEST.name, where)
    late = await store.count_rows(SUPPORT_REQUEST.name, {**where, "state.late": True})
    return FoundSupport(requests, total, late)


def support_place_of(request: SupportRequest) -> str:
    """Where a support request stands in the order of the list."""
    return f"{request.late:d}/{request.waits:d}/{request.since.isoformat()}/{request.support_request_id}"


def _behind(after: str) -> list[dict[str, Any]]:
    """Whatever stands behind a place: alike and later, or of a lower rank."""
    late, waits, since, id = after.split("/")
    alike = {"state.late": late == "1", "state.waits": waits == "1"}
    at = datetime.fromisoformat(since)
    later = [{**alike, "state.since": {"$gt": at}}, {**alike, "state.since": at, "_id": {"$gt": id}}]
    lower = [{"state.late": late == "1", "state.waits": False}] if waits == "1" else []
    return [*later, *lower, *([{"state.late": False}] if late == "1" else [])]
