"""The whole service on a real nats-server and a real mongod."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from relevo_chassis import clock
from relevo_chassis.ids import new_id
from relevo_contracts import Envelope, Event, Requirements, decode, derived_id, encode, stream_of
from relevo_contracts.intake import ParticipantEnrolled
from relevo_contracts.scheduling import OnsiteCompleted
from relevo_multiplier_tracking.consumers import SUBSCRIPTIONS
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.main import SERVICE
from relevo_multiplier_tracking.settings import MultiplierTrackingSettings
from relevo_multiplier_tracking.store import COMMITMENT
from relevo_testkit.serving import Served, serving
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

EDITION = "e" * 32
PUBLISHED = stream_of("multiplier_tracking")
COMPLETED_AT = datetime(2019, 12, 14, 9, tzinfo=UTC)
PEOPLE = [f"{number:032x}" for number in range(12)]


class Service:
    """The service in this process, with everything it stands on."""

    def __init__(self, at: Served, clock_file: Path) -> None:
        self.http, self.tokens, self.store, self.clock_file = at.http, at.tokens, at.shell.store, clock_file
        self.coordinator = at.tokens.bearer("carla", "coordinator")

    def participant(self, participant_id: str) -> dict[str, str]:
        return self.tokens.bearer("somebody", "participant", participant_id=participant_id)

    async def post(self, path: str, who: dict[str, str], body: Any = None) -> Any:
        sent = {"json": body} if body is not None else {}
        answer = await self.http.post(path, headers={**who, "Idempotency-Key": new_id()}, **sent)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def states(self) -> Counter[str]:
        return Counter(each.state for each in await self.store.select(COMMITMENT, {}))


@pytest_asyncio.fixture
async def service(surroundings: Surroundings, streams: Streams) -> AsyncIterator[Service]:
    await streams.of("intake", "scheduling", "multiplier_tracking")
    await streams.erasures("intake")
    await streams.durables(SUBSCRIPTIONS)
    settings = surroundings.settings(MultiplierTrackingSettings, clock_file=surroundings.clock_at(COMPLETED_AT))
    async with serving(settings, SERVICE) as at:
        yield Service(at, surroundings.clock_file)


def _enveloped(event: Event, number: int) -> Envelope:
    id = derived_id("event", number)
    return Envelope(id=id, sequence=1, time=COMPLETED_AT, cause_id=id, chain_id=id, event=event)


def _story() -> list[Envelope]:
    events: list[Event] = []
    for participant_id in PEOPLE:
        events.append(
            ParticipantEnrolled(
                participant_id=participant_id,
                application_id="b" * 32,
                call_id="c" * 32,
                edition_id=EDITION,
                enrolled_at=COMPLETED_AT,
                requirements=Requirements(),
            )
        )
        events.append(
            OnsiteCompleted(
                participant_id=participant_id,
                edition_id=EDITION,
                first_on=date(2019, 12, 9),
                last_on=date(2019, 12, 13),
                minutes_required=1800,
                minutes_attended=1500,
                percent_required=80,
                completed_at=COMPLETED_AT,
            )
        )
    return [_enveloped(event, number) for number, event in enumerate(events)]


async def test_an_edition_goes_from_enrolment_to_fulfilled_and_lapsed_commitments(
    service: Service, streams: Streams
) -> None:
    wires = [encode(envelope) for envelope in _story()] * 2
    random.Random(7).shuffle(wires)
    for wire in wires:
        await streams.publish(wire)

    async def all_are_open() -> bool:
        return await service.states() == Counter(open=len(PEOPLE))

    await until(all_are_open)
    clock.move(service.clock_file, datetime(2020, 1, 13, 13, tzinfo=UTC))
    report = {"held_on": "2020-01-11", "minutes": 250, "people": 12, "format": "in_person", "description": "Taller"}
    for participant_id in PEOPLE[:8]:
        own = await service.post("/me/commitment/reports", service.participant(participant_id), report)
        at = f"/commitments/{commitment_id_of(participant_id)}/sessions/{own['sessions'][0]['session_id']}"
        await service.post(f"{at}/verify", service.coordinator, {"revision": 1})
    clock.move(service.clock_file, days.ends_at(date(2020, 2, 25)) + timedelta(hours=1))

    async def all_are_over() -> bool:
        return await service.states() == Counter(fulfilled=8, lapsed=4)

    await until(all_are_over)
    await until(lambda: _is_published(streams, "CommitmentLapsed", 4))
    _in_order([decode(wire.headers, wire.body) for wire in await streams.stored(PUBLISHED)])
    figures = (await service.http.get(f"/editions/{EDITION}/reach", headers=service.coordinator)).json()["figures"]
    assert (figures["fulfilled"], figures["lapsed"], figures["people_reached"]) == (8, 4, 96)


async def _is_published(streams: Streams, name: str, times: int) -> bool:
    envelopes = [decode(wire.headers, wire.body) for wire in await streams.stored(PUBLISHED)]
    return [type(each.event).__name__ for each in envelopes].count(name) == times


def _in_order(envelopes: list[Envelope]) -> None:
    """Every aggregate's events stand in the stream once each, 1, 2, 3 and so on without a hole."""
    sequences: dict[str, list[int]] = defaultdict(list)
    for envelope in envelopes:
        sequences[envelope.event.aggregate_id].append(envelope.sequence)
    assert all(each == list(range(1, len(each) + 1)) for each in sequences.values())
    counted = Counter(type(each.event).__name__ for each in envelopes)
    assert counted["CommitmentOpened"] == len(PEOPLE)
    assert (counted["CommitmentFulfilled"], counted["MultiplierSessionReported"]) == (8, 8)


async def test_the_list_filters_in_the_real_store(service: Service, streams: Streams) -> None:
    for envelope in _story():
        await streams.publish(encode(envelope))

    async def all_are_open() -> bool:
        return await service.states() == Counter(open=len(PEOPLE))

    await until(all_are_open)
    clock.move(service.clock_file, datetime(2020, 1, 13, 13, tzinfo=UTC))
    report = {"held_on": "2020-01-11", "minutes": 250, "people": 12, "format": "online"}
    await service.post("/me/commitment/reports", service.participant(PEOPLE[3]), report)
    paused = commitment_id_of(PEOPLE[4])
    await service.post(f"/commitments/{paused}/pause", service.coordinator, {"reason": "emergency"})

    async def listed(**query: str) -> list[str]:
        answer = await service.http.get("/commitments", headers=service.coordinator, params=query)
        return [each["commitment_id"] for each in answer.json()["items"]]

    assert await listed(awaiting="true") == [commitment_id_of(PEOPLE[3])]
    assert await listed(paused="true") == [paused]
    assert len(await listed(edition_id=EDITION, state="open", due_before="2020-02-12")) == len(PEOPLE)
    assert await listed(due_before="2020-02-11") == []
    assert await listed(edition_id="0" * 32) == []
