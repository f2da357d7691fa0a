"""What the people's half keeps: kinds of aggregates, indexes and queries. Also who stands at the selection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from relevo_chassis.delivery.change import Kind, Ref
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.people.vault import PersonErased
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.contact import Contact, standing_ids, superseded
from relevo_intake.domain.danger import Danger, Watch
from relevo_intake.domain.details import Details
from relevo_intake.domain.draft import Draft
from relevo_intake.domain.gate import GATES, Gate, gate_id
from relevo_intake.domain.person import Person
from relevo_intake.domain.recovery import Recovery

T = TypeVar("T")

CALL = Kind("call", Call)
GATE = Kind("gate", Gate)
APPLICATION = Kind("application", Application)
CONTACT = Kind("contact", Contact)
DRAFT = Kind("draft", Draft)
DETAILS = Kind("details", Details)
PERSON = Kind("person", Person)
RECOVERY = Kind("recovery", Recovery)

DANGER = Kind("danger", Danger)
WATCH = Kind("watch", Watch)

LETTERS = "letters"
SESSIONS = "sessions"
LOST = "lost"
"""Who asks for another receipt code, until that is answered."""
WATCHERS = "watchers"
"""Who of the staff is told when somebody is in danger, sealed, by edition."""
SLICE = 200
"""How many of a call's applications are read at once: to make sense of so many holds the loop for some milliseconds."""

KINDS: tuple[Kind[Any], ...] = (CALL, GATE, APPLICATION, CONTACT, DETAILS, DRAFT, PERSON, RECOVERY, DANGER, WATCH)

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
_HAS_TEXT: Mapping[str, Any] = {"$gt": ""}

INDEXES: Mapping[str, Sequence[Index]] = {
    "call": (Index((("state.edition_id", 1),)),),
    "application": (
        Index((("state.call_id", 1), ("_id", 1))),
        Index((("state.person_id", 1),)),
        Index((("state.receipt_hash", 1),), unique=True, where={"state.receipt_hash": _HAS_TEXT}),
        Index((("state.confirmation_hash", 1),), unique=True, where={"state.confirmation_hash": _HAS_TEXT}),
    ),
    "contact": (
        Index((("state.call_id", 1), ("_id", 1))),
        Index((("state.undecided", 1), ("state.call_id", 1), ("_id", 1)), where={"state.undecided": True}),
    ),
    "details": (Index((("state.proposed.code_hash", 1),), where={"state.proposed.code_hash": _HAS_TEXT}),),
    "draft": (Index((("state.receipt_hash", 1),), unique=True, where={"state.receipt_hash": _HAS_TEXT}),),
    "recovery": (Index((("state.asked.code_hash", 1),), where={"state.asked.code_hash": _HAS_TEXT}),),
    "danger": (Index((("state.call_id", 1), ("_id", 1)), where={"state.since": {"$gt": BEFORE_ALL}}),),
    LOST: (Index((("asked_at", 1),)),),
    SESSIONS: (Index((("ends_at", 1),), expires=True),),
    LETTERS: (
        Index((("state", 1), ("next_at", 1))),
        Index((("state", 1), ("gathers_until", 1))),
        Index((("state", 1), ("attempts", 1), ("queued_at", 1))),
        Index((("person_id", 1),)),
    ),
}


async def standing_applications(store: Store, call: Call) -> list[Application]:
    """Who stands once the call is closed (rule 1); before it, all that are reviewable. Read some at a time."""
    standing, after = list[Application](), None
    while found := await store.select(CONTACT, {"call_id": call.call_id}, after=after, limit=SLICE):
        ids = standing_ids(found, closed=call.closed)
        applications = await store.states(APPLICATION, ids)
        standing += [applications[each] for each in ids if each in applications and applications[each].alive]
        after = found[-1].contact_id
    return standing


def slices(found: Sequence[T], at_once: int = SLICE) -> Iterator[Sequence[T]]:
    return (found[start : start + at_once] for start in range(0, len(found), at_once))


async def not_superseded(store: Store, applications: Sequence[Application]) -> list[Application]:
    """Those that no other application of the same contact stands for. One round trip."""
    found = await store.states(CONTACT, {each.contact_id for each in applications if each.contact_id})
    return [
        each
        for each in applications
        if each.contact_id not in found or not superseded(found[each.contact_id], each.application_id)
    ]


class StandingApplication(NamedTuple):
    """An application that stands, with no more of it than a selection needs: the scores of each of its reviews."""

    application_id: str
    person_id: str
    scores: tuple[Mapping[str, int], ...]


async def standing_slices(store: Store, call: Call, at_once: int = SLICE) -> AsyncIterator[list[StandingApplication]]:
    """Who stands in a call, as ``standing_applications`` says, some at a time: however many there are, nobody waits.

    Read as it is stored, because to make a state of each takes longer than all the rest.
    """
    after = None
    while found := await store.select(CONTACT, {"call_id": call.call_id}, after=after, limit=at_once):
        ids = standing_ids(found, closed=call.closed)
        rows = (await store.fetch({APPLICATION.name: ids}))[APPLICATION.name]
        states = [row["state"] for id in ids if (row := rows.get(id)) and row["state"]["state"] == "submitted"]
        yield [_with_scores(each) for each in states]
        after = found[-1].contact_id


def _with_scores(state: Mapping[str, Any]) -> StandingApplication:
    scores = tuple(each["scores"] for each in state["reviews"])
    return StandingApplication(state["application_id"], state["person_id"], scores)


def gates_of(call_id: str) -> list[Ref[Gate]]:
    """All gates of a call."""
    return [GATE(gate_id(call_id, number)) for number in range(GATES)]


async def counted(store: Store, call_id: str) -> list[Gate]:
    """All gates of a call as they stood at one instant; none when there is no such call."""
    return list((await store.states(GATE, [each.id for each in gates_of(call_id)])).values())


async def applications_of_call(store: Store, call_id: str, *, after: str | None, limit: int) -> list[Application]:
    return await store.select(APPLICATION, {"call_id": call_id}, after=after, limit=limit)


async def application_rows(store: Store, call_id: str, at_once: int) -> AsyncIterator[list[dict[str, Any]]]:
    """Every application of a call as it is stored, by id, some at a time."""
    after = ""
    while rows := await store.rows(
        APPLICATION.name, {"state.call_id": call_id, "_id": {"$gt": after}}, sort=[("_id", 1)], limit=at_once
    ):
        yield rows
        after = rows[-1]["_id"]


async def undecided_contacts(store: Store, call_id: str, *, after: str | None, limit: int) -> list[Contact]:
    return await store.select(CONTACT, {"call_id": call_id, "undecided": True}, after=after, limit=limit)


async def application_of_receipt(store: Store, receipt_hash: str) -> Application | None:
    found = await store.select(APPLICATION, {"receipt_hash": receipt_hash}, limit=1)
    return found[0] if found else None


async def draft_of_receipt(store: Store, receipt_hash: str) -> Draft | None:
    found = await store.select(DRAFT, {"receipt_hash": receipt_hash}, limit=1)
    return found[0] if found else None


async def application_of_confirmation(store: Store, confirmation_hash: str) -> Application | None:
    found = await store.select(APPLICATION, {"confirmation_hash": confirmation_hash}, limit=1)
    return found[0] if found else None


async def details_of_code(store: Store, code_hash: str) -> Details | None:
    """The details for which a contact is proposed that is confirmed with this code."""
    found = await store.select(DETAILS, {"proposed.code_hash": code_hash}, limit=1)
    return found[0] if found else None


async def recovery_of_code(store: Store, code_hash: str) -> Recovery | None:
    found = await store.select(RECOVERY, {"asked.code_hash": code_hash}, limit=1)
    return found[0] if found else None


async def dangers_of_call(store: Store, call_id: str, *, after: str | None, limit: int) -> list[Danger]:
    """Whoever is in danger now."""
    return await store.select(DANGER, {"call_id": call_id, "since": {"$gt": BEFORE_ALL}}, after=after, limit=limit)


async def applications_of_person(store: Store, person_id: str) -> list[Application]:
    return await store.select(APPLICATION, {"person_id": person_id})


async def applications_of_people(store: Store, person_ids: Iterable[str]) -> list[Application]:
    return await store.select(APPLICATION, {"person_id": {"$in": sorted(set(person_ids))}})


async def letters_of_person(store: Store, person_id: str) -> list[dict[str, Any]]:
    return await store.rows(LETTERS, {"person_id": person_id})


async def present_of(store: Store, person_id: str) -> Sequence[Ref[Any]]:
    """What says whether a person is there."""
    theirs = await applications_of_person(store, person_id)
    return [PERSON(person_id), *(APPLICATION(each.application_id) for each in theirs)]


def require_present(state: Person | Application | None) -> None:
    """Raises ``PersonErased``."""
    match state:
        case Person(erased_at=datetime()) | Application(state="erased"):
            raise PersonErased(state.person_id)
