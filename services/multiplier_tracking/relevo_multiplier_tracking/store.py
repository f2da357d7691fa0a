"""The collections of multiplier tracking, their indexes, and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Kind, Ref
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.people.ending import Ending
from relevo_chassis.people.erasures import Erased
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.multiplier_tracking import CommitmentDataDestroyed
from relevo_multiplier_tracking.domain import ended
from relevo_multiplier_tracking.domain.commitment import Commitment, CommitmentState, NoSuchCommitment, NoSuchSession
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.reach import Reach
from relevo_multiplier_tracking.domain.sealed import RETENTIONS
from relevo_multiplier_tracking.domain.support import NoSuchSupportRequest, SupportRequest, SupportState

COMMITMENT = Kind("commitment", Commitment)
SUPPORT_REQUEST = Kind("support_request", SupportRequest)
REACH = Kind("reach", Reach)

MOST_ASKING = 50


async def _present(_: Store, participant_id: str) -> Sequence[Ref[Commitment]]:
    return [COMMITMENT(commitment_id_of(participant_id))]


def _require(commitment: Commitment | None) -> None:
    if commitment is not None and commitment.erased_at is not None:
        raise PersonErased(commitment.participant_id)


ENDING = Ending(CommitmentDataDestroyed, RETENTIONS, ended.destroy, _present, _require)
"""How what is kept of a participant ends before they are erased."""

KINDS: tuple[Kind[Any], ...] = (COMMITMENT, SUPPORT_REQUEST, REACH, ENDING.kind)

ERASED = Erased(COMMITMENT, {"erased_at": {"$ne": None}}, person_id="participant_id")
"""Whom the store knows to be erased (rule 14)."""

INDEXES: Mapping[str, Sequence[Index]] = {
    "commitment": (
        Index((("state.edition_id", 1), ("state.state", 1), ("_id", 1))),
        Index((("state.awaiting", 1), ("_id", 1))),
        Index((("state.asking", 1), ("_id", 1))),
        Index((("state.session_ids", 1),)),
        Index((("state.held_with_ids", 1),)),
    ),
    "support_request": (
        Index((("state.state", 1), ("_id", 1))),
        Index((("state.participant_id", 1), ("_id", 1))),
        Index((("state.expert_id", 1), ("_id", 1))),
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

    edition_id: str | None = None
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
    if wanted.edition_id is not None:
        where["edition_id"] = wanted.edition_id
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


async def support_requests(
    store: Store,
    limit: int,
    after: str | None,
    *,
    state: SupportState | None = None,
    participant_id: str | None = None,
    expert_id: str | None = None,
) -> list[SupportRequest]:
    filters = {"state": state, "participant_id": participant_id, "expert_id": expert_id}
    where = {name: value for name, value in filters.items() if value is not None}
    return await store.select(SUPPORT_REQUEST, where, limit=limit, after=after)
