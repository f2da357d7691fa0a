"""Taking an application back, and erasing a person (rule 14)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import (
    Change,
    Commits,
    Decide,
    Decided,
    Decision,
    Found,
    New,
    Once,
    Ref,
    Refusal,
    Row,
)
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.erasures import destroy_again
from relevo_chassis.edge.vault import SEALED, Vault, all_sealed_of, destroyed
from relevo_contracts.intake import PersonErased
from relevo_intake.commands.gates import gate, moved
from relevo_intake.commands.participants import Departure, departure, departure_refs
from relevo_intake.domain import application as applications
from relevo_intake.domain import contact as contacts
from relevo_intake.domain import details
from relevo_intake.domain import person as persons
from relevo_intake.domain.application import Application, NoSuchApplication
from relevo_intake.domain.dossier import FIELD_SETS
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.store.choosing import OUTCOMES, PARTICIPANT, SEATING
from relevo_intake.store.people import (
    APPLICATION,
    CONTACT,
    DETAILS,
    LETTERS,
    PERSON,
    applications_of_person,
    letters_of_person,
)


class NoSuchPerson(Refusal):
    """There is nobody with this id."""

    status = 404


async def withdraw_application(
    commits: Commits, application: Application, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """The applicant takes it back; the other applications of the contact stand as if it had never been.

    A seat or place on the waitlist goes in the same transaction. Answers the application.
    """
    ref, contact_ref = APPLICATION(application.application_id), CONTACT(application.contact_id)
    gate_ref = gate(application.call_id)

    def decide(found: Found) -> Decision[Application]:
        one, contact = found[ref], found[contact_ref]
        if one is None:
            raise NoSuchApplication()
        withdrawn, events = applications.withdraw(one, now)
        left = departure(found, one, now)
        states = [New(ref, withdrawn), *left.states]
        if contact:
            states.append(New(contact_ref, contacts.withdraw(contact, one.application_id)))
        states += moved(found, gate_ref, "departures") if events else []
        return Decision(states, [*events, *left.events], left.rows, withdrawn)

    return await commits.commit(
        Change([ref, contact_ref, gate_ref, *departure_refs(application)], decide, now, cause_id, once=once)
    )


async def erase_person(
    commits: Commits, store: Store, vault: Vault, person_id: str, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Destroy the person's key with all that was sealed under it, drop their letters, tell every service.

    In one transaction: key, sealed rows, queued letters, the link to the contact, ``PersonErased``. Answers the
    instant of the erasure. Again is no-op. Raises ``NoSuchPerson``.
    """
    theirs = await applications_of_person(store, person_id)
    if not theirs:
        raise NoSuchPerson(person_id=person_id)
    rows = await _rows_of(store, person_id)
    corrected = await store.states(DETAILS, [each.application_id for each in theirs])
    left = sorted({contact_id for each in corrected.values() for contact_id in each.left})
    refs = _refs(person_id, theirs, left)
    change = Change(refs, _erasure(person_id, theirs, left, rows, now), now, cause_id, once=once)
    answer = await commits.commit(change)
    await _sweep(store, person_id, [*left, *(each.contact_id for each in theirs if each.contact_id)])
    return answer


def _refs(person_id: str, theirs: Sequence[Application], left: Sequence[str]) -> list[Ref[Any]]:
    """``left`` are contacts that their applications named before."""
    named = {*left, *(each.contact_id for each in theirs if each.contact_id)}
    linked: list[Ref[Any]] = [CONTACT(each) for each in sorted(named)]
    linked += [DETAILS(each.application_id) for each in theirs]
    taking_part = [ref for each in theirs for ref in (gate(each.call_id), *departure_refs(each))]
    return [PERSON(person_id), *(APPLICATION(each.application_id) for each in theirs), *linked, *taking_part]


def _erasure(
    person_id: str, theirs: Sequence[Application], left: Sequence[str], rows: Sequence[Row], now: datetime
) -> Decide[datetime | None]:
    def decide(found: Found) -> Decision[datetime | None]:
        parts = [_forgotten(found, each, left, now) for each in theirs]
        participants = [found[PARTICIPANT(participant_id_of(each.application_id))] for each in theirs]
        person, told = persons.erase(
            found[PERSON(person_id)],
            person_id,
            [each.application_id for each in theirs],
            [each.participant_id for each in participants if each],
            now,
        )
        return Decision(
            [*(new for part in parts for new in part.states), New(PERSON(person_id), person)],
            [*(event for part in parts for event in part.events), *told],
            [*rows, *(row for part in parts for row in part.rows)],
            person.erased_at,
            [Decided("person_erased", PERSON(person_id), _under(theirs))] if found.by and told else (),
        )

    return decide


def _under(theirs: Sequence[Application]) -> list[str]:
    return [id for each in theirs for id in (each.call_id, each.application_id)]


def _forgotten(found: Found, application: Application, left: Sequence[str], now: datetime) -> Decision:
    """One application of an erased person, with its contact and its seat."""
    ref = APPLICATION(application.application_id)
    present = found[ref]
    if present is None or present.state == "erased":
        return Decision()
    erased, events = applications.erase(present, now)
    states = [New(ref, erased), *moved(found, gate(present.call_id), "departures")]
    now_named = [present.contact_id] if present.contact_id == application.contact_id else []
    for contact_id in sorted({*now_named, *left}):
        if contact := found[CONTACT(contact_id)]:
            states.append(New(CONTACT(contact_id), contacts.forget(contact, present.application_id)))
    if known := found[DETAILS(present.application_id)]:
        states.append(New(DETAILS(present.application_id), details.forget(known)))
    gone = departure(found, present, now) if _before_the_week(found, present, now) else Departure([], [], [])
    return Decision([*states, *gone.states], [*events, *gone.events], gone.rows)


def _before_the_week(found: Found, application: Application, now: datetime) -> bool:
    """Whether a seat can still be of use to somebody else; after that, who took part stays counted (rule 14)."""
    seating = found[SEATING(application.call_id)]
    return seating is not None and (seating.refill_until is None or now < seating.refill_until)


async def _rows_of(store: Store, person_id: str) -> list[Row]:
    sealed = [row["_id"] for row in await store.rows(SEALED, all_sealed_of(person_id))]
    letters = [row["_id"] for row in await letters_of_person(store, person_id)]
    weighed = await store.rows(OUTCOMES, {"person_id": person_id})
    return [
        *destroyed(person_id, FIELD_SETS),
        *(Row(SEALED, id, None) for id in sealed),
        *(Row(LETTERS, id, None) for id in letters),
        *(Row(OUTCOMES, row["_id"], {**row, "sealed": None}) for row in weighed),
    ]


async def erase_again(
    commits: Commits, store: Store, vault: Vault, erasures: Sequence[tuple[PersonErased, str]]
) -> None:
    """Erase those whose erasure this store does not know, each at the instant and because of the cause it had.

    So the events that follow have the ids they had. Of somebody who had not applied yet when the backup was made,
    only what they had saved can be there.
    """
    known = await store.states(PERSON, [event.person_id for event, _ in erasures])
    for event, cause_id in erasures:
        if event.person_id not in known:
            with suppress(NoSuchPerson):
                await erase_person(commits, store, vault, event.person_id, None, event.erased_at, cause_id)
    await destroy_again(store, [event.person_id for event, _ in erasures if event.person_id not in known], LETTERS)


async def _sweep(store: Store, person_id: str, contact_ids: Sequence[str]) -> None:
    """What a change that committed at the same moment may have left: unreadable already, removed here.

    A contact that nobody is linked to any more goes too; one that was linked anew meanwhile stays.
    """
    await store.remove_rows(SEALED, all_sealed_of(person_id))
    await store.remove_rows(LETTERS, {"person_id": person_id})
    await store.update_rows(OUTCOMES, {"person_id": person_id}, {"sealed": None})
    if contact_ids:
        await store.remove_rows("contact", {"_id": {"$in": list(contact_ids)}, "state.linked": []})
