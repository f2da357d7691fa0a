"""Issuing many at once: in portions, each for itself, whoever is killed, changed or cannot be issued in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from relevo_certification.background import IssuanceWorker, SelfIssuer
from relevo_certification.commands.issuing import PORTION, AskToIssue, ask_to_issue
from relevo_certification.commands.office import Office
from relevo_certification.commands.status_places import free_places
from relevo_certification.domain.certificate import Certificate
from relevo_certification.domain.edition import Edition
from relevo_certification.domain.issuance import Issuance
from relevo_certification.domain.sealed import Identity
from relevo_certification.domain.status_entry import StatusEntry, status_entry_id
from relevo_certification.store import (
    CERTIFICATE,
    COLLECTIONS,
    EDITION,
    IDENTITY_SET,
    INDEXES,
    KINDS,
    STATUS_ENTRY,
    issuance_of,
)
from relevo_chassis.delivery.change import Asked, Change, CommitsMany, Decision, New, Ref, Row, unrepeated
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.people.records import chain
from relevo_chassis.people.records.keeping import recorder_of
from relevo_chassis.people.vault import KEYS, SEALED, Vault, sealed_row
from relevo_testkit.fakes import FakeStore
from relevo_testkit.stand import fake_vault, known_as

MANY = 2 * PORTION + 3
EDITION_PATH = f"/editions/{'e' * 32}"


class Meddling:
    """Commits as ever; something else happens right before the first portion is committed."""

    def __init__(self, house: Any, meddle: Callable[[Change], Awaitable[None]]) -> None:
        self._commits, self._meddle, self.meddled = house.office.commits, meddle, False
        house.office = replace(house.office, commits=self)

    async def commit(self, change: Change) -> Any:
        if not self.meddled and any(ref.kind is STATUS_ENTRY for ref in change.refs):
            self.meddled = True
            await self._meddle(change)
        return await self._commits.commit(change)


async def put(house: Any, ref: Any, state: Any) -> None:
    change = Change([ref], lambda _: Decision([New(ref, state)]), house.stand.clock.now(), new_id())
    await house.stand.shell.committer.commit(change)


async def asked(house: Any) -> str:
    """The path of an issuing that was asked for and not begun."""
    answer = await house.stand.post(f"{EDITION_PATH}/issue", headers=house.coordinator)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


async def seen(house: Any, path: str) -> dict[str, Any]:
    return dict((await house.stand.http.get(path, headers=house.coordinator)).json())


async def places(house: Any) -> list[str]:
    return sorted(house.stand.store.collections["status_entry"])


async def test_rule_12_a_large_edition_is_issued_in_portions_of_which_each_takes_effect_and_progress_is_told(
    house: Any,
) -> None:
    for number in range(MANY):
        await house.ready(number, f"Persona {number}")
    path = await asked(house)
    work = await seen(house, path)
    assert (work["state"], work["ready"], work["issued"], work["asked_by"]) == ("running", MANY, 0, known_as("carla"))
    issuer = IssuanceWorker(house.office, house.stand.clock.now)
    for done in (PORTION, 2 * PORTION, MANY):
        await issuer.issue()
        assert (await seen(house, path))["issued"] == done
        assert house.event_types().count("CertificateIssued") == done
    await issuer.issue()
    assert (await seen(house, path))["state"] == "finished"
    rows = await house.every(f"{path}/rows", limit="20")
    assert [row["outcome"] for row in rows] == ["issued"] * MANY
    assert len(await places(house)) == MANY


async def test_an_issuing_that_was_killed_goes_on_where_it_stopped_and_repeats_nothing(house: Any) -> None:
    for number in range(MANY):
        await house.ready(number, f"Persona {number}")
    path = await asked(house)
    await IssuanceWorker(house.office, house.stand.clock.now).issue()
    first = {row["participant_id"]: row["certificate_id"] for row in await house.every(f"{path}/rows")}
    await house.work()
    rows = {row["participant_id"]: row["certificate_id"] for row in await house.every(f"{path}/rows")}
    assert (len(first), len(rows), first.items() <= rows.items()) == (PORTION, MANY, True)
    assert house.event_types().count("CertificateIssued") == MANY


async def test_two_replicas_at_the_same_portion_issue_each_certificate_once(house: Any) -> None:
    for number in range(5):
        await house.ready(number, f"Persona {number}")
    path = await asked(house)
    await asyncio.gather(*(IssuanceWorker(house.office, house.stand.clock.now).issue() for _ in range(3)))
    await house.work()
    assert (await seen(house, path))["issued"] == 5
    assert house.event_types().count("CertificateIssued") == len(await places(house)) == 5


async def test_certificates_of_one_action_bear_one_instant_and_one_set_of_facts(house: Any, making: Any) -> None:
    for number in range(PORTION + 1):
        await house.ready(number, f"Persona {number}")
    path = await asked(house)
    await IssuanceWorker(house.office, house.stand.clock.now).issue()
    tag = (await house.stand.http.get(EDITION_PATH, headers=house.coordinator)).headers["etag"]
    body = making.facts(hours=40).model_dump(mode="json")
    headers = {**house.coordinator, "If-Match": tag}
    assert (await house.stand.http.put(EDITION_PATH, json=body, headers=headers)).status_code == 200
    house.stand.clock.at += timedelta(minutes=3)
    await house.work()
    assert (await seen(house, path))["issued"] == PORTION + 1
    issued = [(await house.certificate(number)).current for number in range(PORTION + 1)]
    assert {(each.issued_at, each.facts.hours) for each in issued} == {(making.issued_at, 35)}


async def test_who_becomes_ready_after_it_was_asked_for_is_not_issued_unseen(house: Any, making: Any) -> None:
    await house.ready(0, "Persona")
    house.stand.clock.at = making.fulfilled_at - timedelta(days=1)
    path = await asked(house)
    await house.work()
    assert (await seen(house, path))["issued"] == 0
    assert (await house.certificate(0)).standing == "ready"


async def test_one_that_changed_meanwhile_is_made_again_and_the_others_are_issued_as_they_were_made(
    house: Any, making: Any
) -> None:
    for number in range(4):
        await house.ready(number, f"Persona {number}")
    made: list[str] = []

    async def meddle(change: Change) -> None:
        made.extend(ref.id for ref in change.refs if ref.kind is STATUS_ENTRY)
        await put(
            house,
            CERTIFICATE(making.participant(1)),
            (await house.certificate(1)).model_copy(update={"onsite_at": None}),
        )

    Meddling(house, meddle)
    rows = await house.issue()
    assert [rows[making.participant(number)]["outcome"] for number in range(4)] == ["issued"] * 4
    assert len(set(made) & set(await places(house))) == 3
    assert len(await places(house)) == 4


async def test_a_place_that_was_taken_meanwhile_is_drawn_again_for_that_one_alone(house: Any, making: Any) -> None:
    for number in range(4):
        await house.ready(number, f"Persona {number}")
    made: list[str] = []

    async def meddle(change: Change) -> None:
        made.extend(ref.id for ref in change.refs if ref.kind is STATUS_ENTRY)
        number, position = map(int, made[2].split("-"))
        entry = StatusEntry(participant_id="9" * 32, list_number=number, position=position)
        await put(house, STATUS_ENTRY(made[2]), entry)

    Meddling(house, meddle)
    rows = await house.issue()
    assert [rows[making.participant(number)]["outcome"] for number in range(4)] == ["issued"] * 4
    assert set(made) < set(await places(house))
    assert len(await places(house)) == 5
    current = (await house.certificate(2)).current
    assert status_entry_id(current.list_number, current.position) not in made


async def test_places_are_drawn_without_repetition_and_never_one_that_is_taken() -> None:
    store = FakeStore()
    for position in range(0, 126, 2):
        id = status_entry_id(1, position)
        entry = StatusEntry(participant_id="9" * 32, list_number=1, position=position)
        await store.insert("status_entry", {"_id": id, "version": 1, "state": entry.model_dump()})
    drawn = [await free_places(cast(Store, store), 60, bits=128) for _ in range(20)]
    for each in drawn:
        assert len({place.position for place in each}) == 60
        assert {place.list_number for place in each} == {1}
        assert not {place.position for place in each} & set(range(0, 126, 2))
        assert [place.position for place in each] != sorted(place.position for place in each)


@pytest.mark.parametrize("harm", ["broken seal", "failing press"])
async def test_one_that_cannot_be_made_keeps_nobody_else_from_theirs(house: Any, making: Any, harm: str) -> None:
    people = [await house.ready(number, f"Persona {number}") for number in range(3)]
    if harm == "broken seal":
        house.stand.store.collections[SEALED][f"{people[1]}/identity"]["sealed"] = b"\x01" + bytes(40)
        expected = "identity_unreadable"
    else:
        house.office = replace(house.office, press=Failing(house.office.press, "Persona 1"))
        expected = "cannot_be_made"
    rows = await house.issue()
    assert [rows[each]["outcome"] for each in people] == ["issued", "problem", "issued"]
    assert rows[people[1]]["problem"] == expected
    assert (await house.certificate(1)).standing == "ready"


class Failing:
    """A press that fails with one name, in a way that nobody foresaw."""

    def __init__(self, press: Any, name: str) -> None:
        self._press, self._name = press, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._press, name)

    def papers(self, edition_id: str, made: Any, identity: Identity) -> Any:
        if identity.name == self._name:
            raise ZeroDivisionError
        return self._press.papers(edition_id, made, identity)


async def test_those_who_cannot_be_issued_by_themselves_hold_up_nobody_behind_them(house: Any, making: Any) -> None:
    for number in range(PORTION + 2):
        bad = number < PORTION
        await house.receive(
            making.enrolled(number, by_the_service=True), making.completed(number), making.fulfilled(number)
        )
        identity = Identity(name="\U0001f98b" if bad else "Persona", language="es", named=True)
        house.identities.known[making.participant(number)] = identity
    await house.ask()
    issuer = SelfIssuer(house.office, house.stand.clock.now)
    while not await issuer.issue():
        pass
    assert house.event_types().count("CertificateIssued") == 2


async def test_every_issuing_of_an_edition_is_listed_with_who_and_when(house: Any) -> None:
    await house.ready(0, "Persona")
    paths = [await asked(house) for _ in range(3)]
    await house.work()
    listed = await house.every(f"{EDITION_PATH}/issuances", limit="2")
    assert sorted(each["issuance_id"] for each in listed) == sorted(path.rpartition("/")[2] for path in paths)
    assert {(each["asked_by"], each["state"]) for each in listed} == {(known_as("carla"), "finished")}
    assert sum(each["issued"] for each in listed) == 1
    foreign = await house.stand.http.get(
        f"/editions/{'d' * 32}/issuances/{listed[0]['issuance_id']}", headers=house.coordinator
    )
    assert (foreign.status_code, foreign.json()["type"]) == (404, "urn:relevo:problem:no-such-issuance")


async def ready_at_once(making: Any, commits: CommitsMany, vault: Vault, count: int) -> None:
    """Put the edition's facts and so many certificates that are ready, with their names, into a store."""
    edition = EDITION(making.edition_id)
    changes = [putting(edition, Edition(edition_id=edition.id, facts=making.facts()), [])]
    for number in range(count):
        certificate = Certificate(
            participant_id=making.participant(number),
            edition_id=edition.id,
            onsite="completed",
            onsite_at=making.completed_at,
            commitment="fulfilled",
            fulfilled_at=making.fulfilled_at,
            standing="ready",
            ready_at=making.fulfilled_at,
            identity="held",
        )
        key, rows = await vault.new_person(certificate.participant_id, Identity)
        identity = Identity(name=f"Persona {number}", language="es", named=True)
        rows.append(sealed_row(key, IDENTITY_SET, identity))
        changes.append(putting(CERTIFICATE(certificate.participant_id), certificate, rows))
    failed = [each for each in await commits.commit_all(changes) if isinstance(each, Exception)]
    assert not failed, failed[0]


def putting(ref: Ref[Any], state: Any, rows: Sequence[Row]) -> Change:
    return Change([ref], lambda _: Decision([New(ref, state)], rows=rows), datetime.now(UTC), new_id())


async def issue_all(office: Office, making: Any) -> Issuance:
    asked = Asked("carla", making.issued_at, new_id())
    issuance = unrepeated(await ask_to_issue(office, AskToIssue(making.edition_id), asked))
    issuer = IssuanceWorker(office, lambda: making.issued_at)
    while not await issuer.issue():
        pass
    return await issuance_of(office.store, making.edition_id, issuance.issuance_id)


class Ticking:
    """How long the loop was held: the processor time that its thread took between two ticks."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> Ticking:
        self._task = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _tick(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.002)
            self.longest = max(self.longest, time.thread_time() - before)


async def test_on_a_real_store_many_are_issued_at_once_while_the_loop_is_never_held(
    mongo_store: Store, press: Any, making: Any, house: Any
) -> None:
    await mongo_store.prepare(
        [*(kind.name for kind in KINDS), *COLLECTIONS, KEYS, SEALED], {**chain.INDEXES, **INDEXES}
    )
    vault = fake_vault(mongo_store)
    committer = Committer(mongo_store, recorder=recorder_of(vault.service_key))
    committer.start()
    office = replace(house.office, store=mongo_store, commits=committer, vault=vault)
    issued = 8 * PORTION
    await ready_at_once(making, committer, office.vault, issued)
    async with Ticking() as ticking:
        done = await issue_all(office, making)
    await committer.close()
    assert done.finished_at is not None
    assert await mongo_store.count(CERTIFICATE, {"standing": "issued"}) == issued
    assert await mongo_store.count(STATUS_ENTRY, {}) == issued
    assert ticking.longest < 0.05
