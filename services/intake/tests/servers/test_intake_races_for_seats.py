"""Thirty seats and never thirty-one, on a real MongoDB with several replicas at once (rule 3)."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Asked, Busy, Change, Commits, Decision, New, Refusal, unrepeated
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Batch, Document
from relevo_chassis.ids import new_id
from relevo_chassis.people.records import chain
from relevo_chassis.people.records.keeping import recorder_of
from relevo_chassis.people.vault import KEYS, SEALED, Vault, sealed_row
from relevo_chassis.service.memory import collect_rarely
from relevo_intake.commands.applications import WithdrawApplication, withdraw_application
from relevo_intake.commands.departures import departure, departure_refs
from relevo_intake.commands.index import SEXES, Wanted
from relevo_intake.commands.offers import (
    AcceptOffer,
    DeclineOffer,
    SetSeats,
    accept_offer,
    decline_offer,
    set_seats,
)
from relevo_intake.commands.office import Office, applicant
from relevo_intake.commands.readings import by_the_service
from relevo_intake.commands.refilling import RefillSeats, refill_seats
from relevo_intake.commands.searching import SearchApplications, search_applications
from relevo_intake.commands.selections.applying import ApplySelection, apply_selection
from relevo_intake.commands.selections.computing import ProposeSelection, compute_selection
from relevo_intake.commands.selections.reproducing import ReproduceSelection, Reproduction, reproduce_selection
from relevo_intake.domain import application as applications
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call, Criteria, Quota
from relevo_intake.domain.contact import Contact, Linked
from relevo_intake.domain.gate import gate_of
from relevo_intake.domain.review import Review
from relevo_intake.domain.sealed import Group, Profile
from relevo_intake.domain.selection.proposal import Selection, SelectionIsOutdated
from relevo_intake.store import COLLECTIONS, INDEXES, KINDS
from relevo_intake.store.choosing import PARTICIPANT, SEATING, SELECTION
from relevo_intake.store.people import APPLICATION, CALL, CONTACT, gates_of
from relevo_testkit.stand import fake_vault, known_as

NOW = datetime(2019, 10, 10, tzinfo=UTC)
CALL_ID = "c" * 32
COUNTRIES = ("HN", "SV", "GT", "NI", "CO", "MX", "BR", "PE", "AR", "CL", "EC", "PY", "BO", "VE", "DO")
SEATS = 30
GROUPS: Sequence[tuple[Group, int]] = (("indigenous", 6), ("lgbti", 8), ("african_descent", 11))
QUOTAS = (
    Quota(attribute="priority_country", percent=55),
    Quota(attribute="women", percent=53),
    Quota(attribute="indigenous", percent=16),
    Quota(attribute="lgbti", percent=12),
)


@asynccontextmanager
async def prepared(store: Store) -> AsyncIterator[list[Office]]:
    """Three offices with one store, as three replicas have."""
    collections = [*(kind.name for kind in KINDS), *COLLECTIONS, *chain.INDEXES, KEYS, SEALED]
    await store.prepare(collections, INDEXES)
    vault = fake_vault(store)
    replicas = [Committer(store, recorder=recorder_of(vault.service_key)) for _ in range(3)]
    for each in replicas:
        each.start()
    yield [Office(each, store, vault) for each in replicas]
    for each in replicas:
        await each.close()


def a_call(**criteria: Any) -> Call:
    return Call(
        call_id=CALL_ID,
        edition_id="e" * 32,
        opens_at=NOW - timedelta(days=30),
        closes_at=NOW,
        closed_at=NOW,
        closed_by="plan",
        seats=SEATS,
        travel_grants=7,
        criteria=Criteria(reviews_per_application=1, **criteria),
    )


async def seed(office: Office, people: int, **criteria: Any) -> None:
    """A closed call with so many reviewed applications."""
    call, commits = a_call(**criteria), office.commits
    await commits.commit(Change([CALL(CALL_ID)], lambda _: Decision([New(CALL(CALL_ID), call)]), NOW, new_id()))
    for start in range(0, people, 250):
        chunk = [await _applicant(office.vault, at) for at in range(start, min(start + 250, people))]
        await asyncio.gather(*(commits.commit(each) for each in chunk))


async def _applicant(vault: Vault, number: int) -> Change:
    application_id, person_id, contact_id = new_id(), new_id(), new_id()
    key, rows = await vault.new_person(person_id, Profile)
    profile = Profile(
        country=COUNTRIES[number % 7 if number % 9 < 5 else number % 15],
        sex="female" if number % 2 else "male",
        groups=tuple(group for group, every in GROUPS if not number % every),
    )
    scores = {"experience": number * 7 % 11, "motivation": number * 5 % 11, "multiplier_idea": number * 3 % 11}
    application = Application(
        application_id=application_id,
        person_id=person_id,
        call_id=CALL_ID,
        edition_id="e" * 32,
        contact_id=contact_id,
        receipt_hash=new_id(),
        confirmation_hash=new_id(),
        submitted_at=NOW,
        consent_version="1",
        reviews=(Review(review_id=new_id(), reviewer_id="r", scores=scores, reviewed_at=NOW),),
    )
    contact = Contact(
        contact_id=contact_id,
        call_id=CALL_ID,
        linked=(Linked(application_id=application_id, submitted_at=NOW),),
    )
    states = [New(APPLICATION(application_id), application), New(CONTACT(contact_id), contact)]
    rows.append(sealed_row(key, Profile.field_set, profile))
    return Change([each.ref for each in states], lambda _: Decision(states, rows=rows), NOW, new_id())


def asked(by: str = known_as("coordinator")) -> Asked:
    return Asked(by, NOW, new_id())


async def proposed_by(office: Office, **facts: Any) -> Selection:
    return unrepeated(await compute_selection(office, ProposeSelection(CALL_ID, **facts), asked()))


async def selected(office: Office, **facts: Any) -> Selection:
    proposed = await proposed_by(office, **facts)
    assert proposed.state == "proposed", proposed.concessions
    return unrepeated(await apply_selection(office, ApplySelection(proposed.selection_id, None), asked()))


async def reproduced(office: Office, selection: Selection) -> Reproduction:
    return await reproduce_selection(office, ReproduceSelection(selection.selection_id), asked())


async def withdraw(commits: Commits, application: Application) -> None:
    ref = APPLICATION(application.application_id)

    def decide(found: Any) -> Decision:
        present = found[ref]
        withdrawn, events = applications.withdraw(present, NOW)
        left = departure(found, present, NOW)
        return Decision([New(ref, withdrawn), *left.states], [*events, *left.events], left.rows)

    await commits.commit(Change([ref, *departure_refs(application)], decide, NOW, new_id()))


async def test_rule_3_accepts_declines_withdrawals_growth_and_calls_of_the_waitlist_race_and_seats_hold(
    mongo_store: Store,
) -> None:
    async with prepared(mongo_store) as offices:
        await seed(offices[0], 90)
        await selected(offices[0], waitlist=50)
        for storm in range(4):
            seating = await mongo_store.state(SEATING(CALL_ID))
            assert seating is not None
            open_offers = [each for each in seating.offers if each.state == "offered"]
            people = await mongo_store.states(APPLICATION, [each.application_id for each in open_offers])
            at_once: list[Any] = []
            for at, each in enumerate(open_offers):
                one, office, other = people[each.application_id], offices[at % 3], offices[(at + 1) % 3]
                holder = asked(applicant(one.application_id))
                at_once.append(accept_offer(office, AcceptOffer(one, each.offer_id), holder))
                if at % 3 == 0:
                    at_once.append(decline_offer(other, DeclineOffer(one, each.offer_id), asked(holder.by)))
                if at % 4 == storm % 4:
                    at_once.append(withdraw(other.commits, one))
            at_once += [refill_seats(each, RefillSeats(CALL_ID), by_the_service(NOW)) for each in offices]
            at_once.append(set_seats(offices[storm % 3], SetSeats(CALL_ID, SEATS), asked()))
            broken = [each for each in await asyncio.gather(*at_once, return_exceptions=True) if _unexpected(each)]
            assert not broken
            await refill_seats(offices[0], RefillSeats(CALL_ID), by_the_service(NOW))
        await _is_sound(mongo_store)


async def _is_sound(store: Store) -> None:
    seating = await store.state(SEATING(CALL_ID))
    assert seating is not None
    assert len(seating.held) <= SEATS
    enrolled = await store.select(PARTICIPANT, {"call_id": CALL_ID, "state": "enrolled"})
    assert {each.application_id for each in enrolled} == {
        each.application_id for each in seating.offers if each.state == "accepted"
    }
    assert len(enrolled) > 0
    rows = [row async for row in store.every("outbox") if row["headers"]["ce-type"].startswith("relevo.intake.Seat")]
    balance = sum({"SeatOffered": 1, "SeatDeclined": -1}.get(_name(row), 0) for row in rows)
    assert balance == len(seating.held)
    sequences = sorted(int(row["headers"]["ce-sequence"]) for row in rows)
    assert sequences == list(range(2, len(rows) + 2))


class Interrupted:
    """The store, where something else is committed after a change was decided and before it is written."""

    def __init__(self, store: Store, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        self._store = store
        self._meanwhile: Callable[[], Awaitable[Any]] | None = meanwhile

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        return await self._store.fetch(wanted)

    async def write(self, batch: Batch) -> None:
        if SELECTION.name in batch and self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
        await self._store.write(batch)


async def test_rule_17_what_changes_between_the_decision_to_apply_and_its_commit_stops_it(mongo_store: Store) -> None:
    async with prepared(mongo_store) as offices:
        await seed(offices[0], 50)
        await open_gates(offices[0].commits)
        proposed = await proposed_by(offices[0])
        leaving = (await mongo_store.select(APPLICATION, {"call_id": CALL_ID}, limit=1))[0]
        holder = asked(applicant(leaving.application_id))
        other = Interrupted(mongo_store, lambda: withdraw_application(offices[1], WithdrawApplication(leaving), holder))
        applying = Committer(other, recorder=recorder_of(offices[0].vault.service_key))
        applying.start()
        office = Office(applying, mongo_store, offices[0].vault)
        with pytest.raises(SelectionIsOutdated) as outdated:
            await apply_selection(office, ApplySelection(proposed.selection_id, None), asked())
        await applying.close()
        assert outdated.value.facts["departures"] == 1
        assert "SeatOffered" not in [_name(row) async for row in mongo_store.every("outbox")]


async def open_gates(commits: Commits) -> None:
    """As opening the call does."""
    gates = [New(ref, gate_of(a_call())) for ref in gates_of(CALL_ID)]
    await commits.commit(Change([each.ref for each in gates], lambda _: Decision(gates), NOW, new_id()))


async def test_rule_3_two_who_apply_a_selection_at_once_offer_the_seats_once(mongo_store: Store) -> None:
    async with prepared(mongo_store) as offices:
        await seed(offices[0], 50)
        proposed = await proposed_by(offices[0])
        both = [apply_selection(each, ApplySelection(proposed.selection_id, None), asked()) for each in offices]
        outcomes = await asyncio.gather(*both, return_exceptions=True)
        assert sum(isinstance(each, Selection) for each in outcomes) == 1
        assert not [each for each in outcomes if isinstance(each, BaseException) and not isinstance(each, Refusal)]
        types = [_name(row) async for row in mongo_store.every("outbox")]
        assert (types.count("SelectionApplied"), types.count("SeatOffered")) == (1, SEATS)


async def test_rule_3_a_whole_edition_is_selected_and_reproduced_in_seconds_from_a_real_store(
    mongo_store: Store,
) -> None:
    async with prepared(mongo_store) as offices:
        await seed(offices[0], 841, quotas=QUOTAS, country_cap=4)
        async with asyncio.timeout(20):
            selection = await selected(offices[0])
            again = await reproduced(offices[0], selection)
        assert (selection.considered, selection.travel_grants, selection.offered) == (841, 7, SEATS)
        assert all(each.chosen >= each.asked for each in selection.shares)
        assert (again.inputs_match, again.outcomes_match) == (True, True)


async def test_nobody_waits_for_a_selection_of_many_while_it_is_computed_or_reproduced(
    mongo_store: Store, rarely_collected: None
) -> None:
    """The loop's own thread is never busy for 50 ms at a time, however long the machine lets it wait for others."""
    async with prepared(mongo_store) as offices:
        await seed(offices[0], 2_000, quotas=QUOTAS, country_cap=4)
        turns: list[float] = []
        watching = asyncio.create_task(_turns(turns))
        proposed = await proposed_by(offices[0])
        again = await reproduced(offices[0], proposed)
        watching.cancel()
        assert (again.inputs_match, again.outcomes_match, again.reproduced_objective) == (True, True, proposed.merit)
        assert len(turns) > 50
        assert max(turns) < 0.05


async def test_nobody_waits_for_a_search_over_what_is_sealed_of_many(
    mongo_store: Store, rarely_collected: None
) -> None:
    async with prepared(mongo_store) as offices:
        await seed(offices[0], 2_000)
        turns: list[float] = []
        watching = asyncio.create_task(_turns(turns))
        query = SearchApplications(CALL_ID, Wanted(sexes=frozenset({SEXES.index("female")})), None, 200)
        for _ in range(2):
            found = await search_applications(offices[0], query, asked())
            assert (found.total, len(found.hits)) == (1_000, 200)
        watching.cancel()
        assert max(turns) < 0.05


@pytest.fixture
def rarely_collected() -> Iterator[None]:
    """As in a service that runs: what a whole session of tests has made is not searched for garbage meanwhile."""
    thresholds = gc.get_threshold()
    collect_rarely()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


async def _turns(turns: list[float]) -> None:
    """Processor time of this thread from one turn of the loop to the next."""
    used = time.thread_time()
    while True:
        await asyncio.sleep(0.001)
        now = time.thread_time()
        turns.append(now - used)
        used = now


def _unexpected(outcome: object) -> bool:
    return isinstance(outcome, BaseException) and not isinstance(outcome, Refusal | Busy)


def _name(row: dict[str, Any]) -> str:
    return str(row["headers"]["ce-type"].split(".")[2])
