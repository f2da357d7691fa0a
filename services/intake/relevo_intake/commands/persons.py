"""Erasing a person, and keeping erased whoever was (rule 14)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Decide, Decided, Decision, Found, New, Ref, Refusal, Repeat, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.erasures import destroy_again
from relevo_chassis.people.vault import SEALED, all_of, destroyed
from relevo_contracts.intake import PersonErased
from relevo_intake.commands.departures import Departure, departure, departure_refs
from relevo_intake.commands.gates import gate, moved
from relevo_intake.commands.office import Office, applicant, staff_of
from relevo_intake.commands.readings import by_the_service
from relevo_intake.commands.thread_ends import over_with
from relevo_intake.domain import application, contact, danger, details, person, recovery
from relevo_intake.domain.application import Application
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.domain.sealed import FIELD_SETS, RETENTIONS
from relevo_intake.store.choosing import OUTCOMES, PARTICIPANT, SEATING
from relevo_intake.store.people import (
    APPLICATION,
    CONTACT,
    DANGER,
    DETAILS,
    LETTERS,
    PERSON,
    RECOVERY,
    applications_of_person,
    letters_of_person,
)
from relevo_intake.store.threads import THREAD


class NoSuchPerson(Refusal):
    """There is nobody with this id."""

    status = 404


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Whom to forget."""

    person_id: str


class ErasedPerson(NamedTuple):
    """Nothing about this person can be read since."""

    person_id: str
    erased_at: datetime | None


async def erase_person(office: Office, command: ErasePerson, asked: Asked) -> ErasedPerson | Repeat:
    """Destroy the person's keys with all that was sealed under them, drop their letters, tell every service.

    In one transaction: keys, sealed rows, queued letters, the link to the contact, ``PersonErased``. On record when
    staff have it done. Again is no-op. Raises ``NoSuchPerson``.
    """
    store, person_id = office.store, command.person_id
    theirs = await applications_of_person(store, person_id)
    if not theirs:
        raise NoSuchPerson(person_id=person_id)
    rows = await _rows_of(store, person_id)
    corrected = await store.states(DETAILS, [each.application_id for each in theirs])
    left = sorted({contact_id for each in corrected.values() for contact_id in each.left})
    decide = _erasure(person_id, theirs, left, rows, asked)
    answer = await office.commits.commit(asked.change(_refs(person_id, theirs, left), decide))
    await _sweep(store, person_id, [*left, *(each.contact_id for each in theirs if each.contact_id)])
    return answer


def _refs(person_id: str, theirs: Sequence[Application], left: Sequence[str]) -> list[Ref[Any]]:
    """``left`` are contacts that their applications named before."""
    named = {*left, *(each.contact_id for each in theirs if each.contact_id)}
    linked: list[Ref[Any]] = [CONTACT(each) for each in sorted(named)]
    linked += [kind(each.application_id) for each in theirs for kind in (DETAILS, RECOVERY, DANGER, THREAD)]
    taking_part = [ref for each in theirs for ref in (gate(each.call_id), *departure_refs(each))]
    return [PERSON(person_id), *(APPLICATION(each.application_id) for each in theirs), *linked, *taking_part]


def _erasure(
    person_id: str, theirs: Sequence[Application], left: Sequence[str], rows: Sequence[Row], asked: Asked
) -> Decide[ErasedPerson]:
    now = asked.now

    def decide(found: Found) -> Decision[ErasedPerson]:
        for each in theirs:
            if asked.by == applicant(each.application_id):
                recovery.may_erase(found[RECOVERY(each.application_id)], now)
        parts = [_forgotten(found, each, left, now) for each in theirs]
        participants = [found[PARTICIPANT(participant_id_of(each.application_id))] for each in theirs]
        erased, events = person.erase(
            found[PERSON(person_id)],
            person_id,
            [each.application_id for each in theirs],
            [each.participant_id for each in participants if each],
            now,
        )
        return Decision(
            [*(new for part in parts for new in part.states), New(PERSON(person_id), erased)],
            [*(event for part in parts for event in part.events), *events],
            [*rows, *(row for part in parts for row in part.rows)],
            ErasedPerson(person_id, erased.erased_at),
            [Decided("person_erased", PERSON(person_id), _under(theirs))] if staff_of(asked) and events else (),
        )

    return decide


def _under(theirs: Sequence[Application]) -> list[str]:
    return [id for each in theirs for id in (each.call_id, each.application_id)]


def _forgotten(found: Found, known: Application, left: Sequence[str], now: datetime) -> Decision:
    """One application of an erased person, with its contact and its seat."""
    ref = APPLICATION(known.application_id)
    present = found[ref]
    if present is None or present.state == "erased":
        return Decision()
    erased, events = application.erase(present, now)
    states = [New(ref, erased), *moved(found, gate(present.call_id), "departures")]
    now_named = [present.contact_id] if present.contact_id == known.contact_id else []
    for contact_id in sorted({*now_named, *left}):
        if named := found[CONTACT(contact_id)]:
            states.append(New(CONTACT(contact_id), contact.forget(named, present.application_id)))
    if corrected := found[DETAILS(present.application_id)]:
        states.append(New(DETAILS(present.application_id), details.forget(corrected)))
    if recoverable := found[RECOVERY(present.application_id)]:
        states.append(New(RECOVERY(present.application_id), recovery.forget(recoverable)))
    if endangered := found[DANGER(present.application_id)]:
        states.append(New(DANGER(present.application_id), danger.forget(endangered)))
    states.extend(over_with(found, present.application_id, now))
    gone = departure(found, present, now) if _before_the_week(found, present, now) else Departure([], [], [])
    return Decision([*states, *gone.states], [*events, *gone.events], gone.rows)


def _before_the_week(found: Found, present: Application, now: datetime) -> bool:
    """Whether a seat can still be of use to somebody else; after that, who took part stays counted (rule 14)."""
    seating = found[SEATING(present.call_id)]
    return seating is not None and (seating.refill_until is None or now < seating.refill_until)


async def _rows_of(store: Store, person_id: str) -> list[Row]:
    sealed = [row["_id"] for row in await store.rows(SEALED, all_of(person_id))]
    letters = [row["_id"] for row in await letters_of_person(store, person_id)]
    weighed = await store.rows(OUTCOMES, {"person_id": person_id})
    return [
        *destroyed(person_id, RETENTIONS, FIELD_SETS),
        *(Row(SEALED, id, None) for id in sealed),
        *(Row(LETTERS, id, None) for id in letters),
        *(Row(OUTCOMES, row["_id"], {**row, "sealed": None}) for row in weighed),
    ]


async def erase_again(office: Office, erasures: Sequence[tuple[PersonErased, str]]) -> None:
    """Erase those whose erasure this store does not know, each at the instant and because of the cause it had.

    So the events that follow have the ids they had. Of somebody who had not applied yet when the backup was made,
    only what they had saved can be there.
    """
    known = await office.store.states(PERSON, [event.person_id for event, _ in erasures])
    for event, cause_id in erasures:
        if event.person_id not in known:
            with suppress(NoSuchPerson):
                await erase_person(office, ErasePerson(event.person_id), by_the_service(event.erased_at, cause_id))
    missing = [event.person_id for event, _ in erasures if event.person_id not in known]
    await destroy_again(office.store, missing, LETTERS)


async def _sweep(store: Store, person_id: str, contact_ids: Sequence[str]) -> None:
    """What a change that committed at the same moment may have left: unreadable already, removed here.

    A contact that nobody is linked to any more goes too; one that was linked anew meanwhile stays.
    """
    await store.remove_rows(SEALED, all_of(person_id))
    await store.remove_rows(LETTERS, {"person_id": person_id})
    await store.update_rows(OUTCOMES, {"person_id": person_id}, {"sealed": None})
    if contact_ids:
        await store.remove_rows(CONTACT.name, {"_id": {"$in": list(contact_ids)}, "state.linked": []})
