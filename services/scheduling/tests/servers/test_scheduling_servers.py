"""The whole service on a real nats-server and a real mongod."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from relevo_chassis.clock import move
from relevo_chassis.ids import new_id
from relevo_contracts import Envelope, Requirements, decode, derived_id, encode, subjects_of
from relevo_contracts.intake import ParticipantEnrolled, PersonErased
from relevo_contracts.scheduling import OnsiteWeekEnded
from relevo_scheduling.cleaning.cleaner import MOST_BYTES
from relevo_scheduling.main import SERVICE
from relevo_scheduling.settings import SchedulingSettings
from relevo_scheduling.store import ATTENDANCE, PIECE_BYTES, PIECES
from relevo_testkit.serving import Served, serving
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

EDITION = derived_id("edition", "2019-2")
PEOPLE = [derived_id("participant", number) for number in range(30)]
AT = datetime(2019, 11, 20, tzinfo=UTC)
TOPIC = {"es": "Medidas cautelares", "en": "Precautionary measures", "pt": "Medidas cautelares", "fr": "Mesures"}
FRAME = {
    "first_on": "2019-12-09",
    "last_on": "2019-12-13",
    "time_zone": "America/New_York",
    "venue": "IACHR headquarters",
    "city": "Washington, DC",
}


class Scheduling:
    """The running service, with a coordinator's token and a clock to move."""

    def __init__(self, at: Served, clock: Path) -> None:
        self.http, self.store, self.clock = at.http, at.shell.store, clock
        self.coordinator = at.tokens.bearer("coordinator-1", "coordinator")

    async def send(self, method: str, path: str, content: Any = None, **headers: str) -> httpx.Response:
        keys = {"Idempotency-Key": new_id(), **self.coordinator, **headers}
        answer = await self.http.request(method, path, json=content, headers=keys)
        assert answer.is_success, answer.text
        return answer

    async def programme(self) -> tuple[str, list[str]]:
        made = await self.send("POST", f"/editions/{EDITION}/programme", FRAME)
        path = f"/programmes/{made.json()['programme_id']}"
        days = [
            {
                "kind": "lecture",
                "topic": TOPIC,
                "language": "es",
                "starts_at": f"2019-12-{day:02d}T09:00:00-05:00",
                "ends_at": f"2019-12-{day:02d}T11:00:00-05:00",
            }
            for day in range(9, 14)
        ]
        body = {"sessions": days}
        put = await self.send("PUT", f"{path}/draft/sessions", body, **{"If-Match": made.headers["etag"]})
        await self.send("POST", f"{path}/publish", **{"If-Match": put.headers["etag"]})
        return path, [each["session_id"] for each in put.json()["sessions"]]


@pytest.fixture
async def scheduling(surroundings: Surroundings, streams: Streams) -> AsyncIterator[Scheduling]:
    await streams.of("intake", "scheduling")
    await streams.make("DEAD_LETTERS", ["dlq.>"])
    await streams.erasures("intake")
    await streams.durable("EVENTS_INTAKE", "scheduling_intake", subjects_of("intake", "participant", "person"))
    settings = surroundings.settings(SchedulingSettings, clock_file=surroundings.clock_at(AT))
    async with serving(settings, SERVICE) as at:
        yield Scheduling(at, surroundings.clock_file)


def from_intake() -> list[Envelope]:
    """What intake publishes: thirty enrolments, and the erasure of one of them."""
    enrolments = [
        ParticipantEnrolled(
            participant_id=id,
            application_id=derived_id("application", id),
            call_id=derived_id("call"),
            edition_id=EDITION,
            enrolled_at=AT,
            requirements=Requirements(),
        )
        for id in PEOPLE
    ]
    erasure = PersonErased(
        person_id=derived_id("person"), application_ids=(), participant_ids=(PEOPLE[29],), erased_at=AT
    )
    ids = [derived_id("event", each.aggregate_id) for each in (*enrolments, erasure)]
    return [
        Envelope(id=id, sequence=1, time=AT, cause_id=id, chain_id=id, event=event)
        for id, event in zip(ids, (*enrolments, erasure), strict=True)
    ]


async def test_the_week_of_thirty_from_enrolment_to_outcome(scheduling: Scheduling, streams: Streams) -> None:
    wires = [encode(each) for each in from_intake()] * 2
    Random(7).shuffle(wires)
    for wire in wires:
        headers = {name: value for name, value in wire.headers.items() if name != "Nats-Msg-Id"}
        await streams.publish(wire._replace(headers=headers))
    path, sessions = await scheduling.programme()

    async def all_are_expected() -> bool:
        whole = await scheduling.store.select(ATTENDANCE, {"edition_id": EDITION})
        return len(whole) == 30 and sum(not each.takes_part for each in whole) == 1

    await until(all_are_expected)
    move(scheduling.clock, datetime(2019, 12, 13, 23, tzinfo=UTC))
    sheets = [{"minutes": {id: 120 if number or day < 3 else 0 for number, id in enumerate(PEOPLE[:29])}}
              for day in range(5)]  # fmt: skip
    await asyncio.gather(
        *(
            scheduling.send("POST", f"{path}/sessions/{session}/attendance", sheet)
            for session, sheet in zip(sessions, sheets, strict=True)
        )
    )
    closed = (await scheduling.send("POST", f"{path}/close")).json()
    assert (closed["completed"], closed["not_completed"], closed["portions_left"]) == (28, 1, [])
    late = await scheduling.send("PUT", f"{path}/sessions/{sessions[4]}/attendance/{PEOPLE[0]}", {"minutes": 120})
    assert late.json()["outcomes_turned"] == 1

    async def everything_is_published() -> bool:
        stored = await streams.stored("EVENTS_SCHEDULING")
        return sum("OwnSessionsChanged" not in str(each.headers) for each in stored) == 1 + 5 * 29 + 29 + 1 + 2

    await until(everything_is_published)
    found = [decode(each.headers, each.body) for each in await streams.stored("EVENTS_SCHEDULING")]
    sequences = defaultdict(list)
    for each in found:
        sequences[each.event.aggregate, each.event.aggregate_id].append(each.sequence)
    assert all(each == list(range(1, len(each) + 1)) for each in sequences.values())
    (event,) = [each.event for each in found if isinstance(each.event, OnsiteWeekEnded)]
    assert (event.participants, event.completed, str(event.last_on)) == (30, 0, "2019-12-13")
    assert await streams.pending("EVENTS_INTAKE", "scheduling_intake") == 0
    assert (await streams.jetstream.stream_info("DEAD_LETTERS")).state.messages == 0


async def test_edits_and_sheets_that_race_leave_nothing_half_done(scheduling: Scheduling, streams: Streams) -> None:
    for each in from_intake()[:10]:
        await streams.publish(encode(each))
    path, sessions = await scheduling.programme()

    async def ten_are_expected() -> bool:
        return await scheduling.store.count(ATTENDANCE, {"edition_id": EDITION}) == 10

    await until(ten_are_expected)
    move(scheduling.clock, datetime(2019, 12, 13, 23, tzinfo=UTC))
    tag = (await scheduling.send("GET", f"{path}/draft")).headers["etag"]
    venues = await asyncio.gather(
        *(
            scheduling.http.put(
                f"{path}/draft",
                json={**FRAME, "venue": f"Venue {number}"},
                headers={**scheduling.coordinator, "If-Match": tag},
            )
            for number in range(8)
        ),
        *(
            scheduling.send("POST", f"{path}/sessions/{id}/attendance", {"minutes": dict.fromkeys(PEOPLE[:10], 60)})
            for id in sessions
        ),
    )
    assert sorted(each.status_code for each in venues[:8]) == [200, *[412] * 7]
    closes = await asyncio.gather(
        *(
            scheduling.http.post(f"{path}/close", headers={**scheduling.coordinator, "Idempotency-Key": new_id()})
            for _ in range(5)
        )
    )
    assert sorted(each.status_code for each in closes) == [200, *[409] * 4]
    page = (await scheduling.send("GET", f"{path}/participants")).json()
    assert {each["minutes_attended"] for each in page["items"]} == {300}
    assert {each["standing"] for each in page["items"]} == {"not_completed"}


async def test_the_largest_file_is_kept_in_the_commit_that_says_so_and_of_two_that_race_one_is(
    scheduling: Scheduling,
) -> None:
    await scheduling.programme()
    path = f"/editions/{EDITION}/materials"
    form = {"kind": "reading", "language": "any", "title": "Una lectura larga"}
    made = await scheduling.send("POST", path, form)
    one = f"{path}/{made.json()['material_id']}"

    async def put(content: bytes) -> httpx.Response:
        headers = {**scheduling.coordinator, "If-Match": made.headers["etag"], "Content-Type": "text/plain"}
        return await scheduling.http.put(f"{one}/file", content=content, headers=headers, timeout=60)

    large = [digit * (MOST_BYTES - 1) + b"\n" for digit in (b"1", b"2")]
    answers = await asyncio.gather(*map(put, large))
    assert sorted(each.status_code for each in answers) == [200, 412]
    kept = next(content for content, each in zip(large, answers, strict=True) if each.is_success)
    assert await scheduling.store.count_rows(PIECES, {}) == -(-MOST_BYTES // PIECE_BYTES), "the other left nothing"
    read = await scheduling.http.get(f"{one}/file", headers=scheduling.coordinator, timeout=60)
    assert read.content == kept
    await scheduling.send("POST", f"{one}/withdraw")
    move(scheduling.clock, AT + timedelta(hours=2))

    async def nothing_is_left() -> bool:
        return await scheduling.store.count_rows(PIECES, {}) == 0

    await until(nothing_is_left)
