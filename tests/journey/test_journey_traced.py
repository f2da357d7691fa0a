"""One trace over the portal and four services as real processes, as a collector gets it; nobody is in it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from tests.journey.collector import Collector, Sent, collecting
from tests.journey.conftest import Office
from tests.journey.staff import CALL, CANARY, Json, commitments, open_call, programme_published, reviewed
from tests.journey.visitor import Visitor, reported

from relevo_contracts import SERVICES
from relevo_deploy.deployed import DEPLOYED, PORTAL
from relevo_deploy.embedded.place import Place
from relevo_deploy.embedded.programs import PROGRAMS, Program, Settings
from relevo_deploy.embedded.stack import Stack
from relevo_testkit.waiting import until

START = datetime(2019, 9, 12, 13, tzinfo=UTC)
OPENED = "process events.multiplier_tracking.commitment.opened.v1"
CONTACT = "quetzal@correo.example.org"
APPLICATION = {
    "contact": CONTACT,
    "name": f"{CANARY} Uno",
    "display": "named",
    "language": "en",
    "country": "GT",
    "organisation": f"{CANARY} Unida",
    "sex": "female",
    "groups": ["indigenous"],
    "themes": ["environment"],
    "motivation": f"{CANARY}: quiero llevar lo aprendido a mi comunidad.",
    "consent": True,
}


def traced(program: Program, collector: Collector) -> Program:
    """The same, with every trace of its own kept."""

    def settings(place: Place) -> Settings:
        return {**program.settings(place), "TRACING_ENDPOINT": collector.url, "TRACING_SAMPLED": "1"}

    return replace(program, settings=settings)


@pytest_asyncio.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as made:
        yield made


@pytest_asyncio.fixture
async def office(tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """A fresh stack whose services send their spans to the collector, twice a second."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "500")
    programs = [traced(each, collector) for each in PROGRAMS]
    made = Stack(tmp_path / "stack", clock_start=START, services=DEPLOYED, programs=programs)
    async with made as stack, stack.desk() as desk:
        office = Office(stack, desk)
        yield office
        await office.close()


class Begun:
    """A trace that the test begins, as a gateway would."""

    def __init__(self) -> None:
        self.id, self.span_id = secrets.token_hex(16), secrets.token_hex(8)
        self.headers = {"traceparent": f"00-{self.id}-{self.span_id}-01", "tracestate": f"who={CANARY}"}


async def enrolled(office: Office, trace: Begun) -> Json:
    """Two apply and are selected; the first accepts."""
    await open_call(office)
    receipt: Json = await office.post("intake", f"/calls/{CALL}/applications", APPLICATION, trace.headers)
    other = {**APPLICATION, "contact": "colibri@correo.example.org"}
    await office.post("intake", f"/calls/{CALL}/applications", other, {})
    await office.desk.move_clock(datetime(2019, 9, 27, 5, tzinfo=UTC))
    figures = f"/calls/{CALL}/figures"
    await office.until(lambda: office.get("intake", figures), lambda seen: seen["closed_at"] is not None)
    assert await reviewed(office) == (2, 4)
    proposed = await office.post("intake", f"/calls/{CALL}/selections", {})
    refill = {"refill_until": "2019-12-08T00:00:00Z"}
    await office.post("intake", f"/selections/{proposed['selection_id']}/apply", refill)
    holder = {"Relevo-Receipt": receipt["receipt_code"]}
    offered = await office.get("intake", f"/applications/{receipt['application_id']}/offer", holder)
    accepted = await office.post("intake", f"/offers/{offered['offer']['offer_id']}/accept", None, holder)
    return {**receipt, **accepted}


async def week_closed(office: Office, person: Json, trace: Begun) -> None:
    path, sessions = await programme_published(office)
    await office.desk.move_clock(datetime(2019, 12, 14, tzinfo=UTC))
    await office.until(lambda: office.get("scheduling", path), lambda seen: seen["participants"] == 1)
    for each in sessions:
        minutes = {person["participant_id"]: 100}
        await office.post("scheduling", f"{path}/sessions/{each}/attendance", {"minutes": minutes})
    await office.post("scheduling", f"{path}/close", None, {**await office.coordinator(), **trace.headers})


async def multiplied(office: Office, person: Json, trace: Begun) -> None:
    await office.until(lambda: commitments(office), lambda seen: [each["state"] for each in seen] == ["open"])
    await office.desk.move_clock(datetime(2020, 1, 20, tzinfo=UTC))
    async with httpx.AsyncClient(base_url=f"http://localhost:{office.stack.ports[PORTAL]}") as http:
        await reported(Visitor(http), person["receipt_code"], f"{CANARY} en el taller")
    [own] = await commitments(office)
    path = f"/commitments/{own['commitment_id']}"
    [session] = (await office.get("multiplier_tracking", path))["sessions"]
    verify = f"{path}/sessions/{session['session_id']}/verify"
    headers = {**await office.coordinator(), **trace.headers}
    assert (await office.post("multiplier_tracking", verify, {"revision": 1}, headers))["state"] == "fulfilled"


def lineage(span: Sent, spans: list[Sent]) -> list[tuple[str, str]]:
    """A span and what it comes from, up to the first: whose, and which kind of step."""
    by_id = {each.id: each for each in spans}
    found = [span]
    while found[-1].parent_id in by_id:
        found.append(by_id[found[-1].parent_id])
    return [(each.service, each.name.partition(" ")[0]) for each in found]


async def reaches(collector: Collector, trace: Begun, *services: str, opened: str = "") -> list[Sent]:
    """The spans of a trace, as soon as these services have handled something in it and none lacks its parent.

    ``opened`` is a service that has handled an opened commitment in it.
    """

    async def there() -> bool:
        spans = collector.of(trace.id)
        whole = {each.parent_id for each in spans} <= {trace.span_id, *(each.id for each in spans)}
        handled = {each.service for each in spans if each.name.startswith("process")}
        has_opened = {each.service for each in spans if each.name == OPENED}
        return whole and handled >= {*services} and (not opened or opened in has_opened)

    await until(there, 30)
    return collector.of(trace.id)


@pytest.mark.timeout(240)
async def test_one_trace_goes_over_four_services_and_what_comes_later_is_linked_to_it(
    office: Office, collector: Collector
) -> None:
    applied, week, verified = Begun(), Begun(), Begun()
    person = await enrolled(office, applied)
    await week_closed(office, person, week)
    spans = await reaches(collector, week, "multiplier_tracking", "certification", "intake", opened="intake")
    assert {each.service for each in spans} >= {*SERVICES}
    requests = {(each.service, each.name) for each in spans if each.parent_id == week.span_id}
    assert requests == {("scheduling", "POST /programmes/{programme_id}/close")}
    begun = [("scheduling", "commit"), ("scheduling", "POST")]
    hop = next(each for each in spans if each.name == OPENED and each.service == "intake")
    passed = [("multiplier_tracking", "commit"), ("multiplier_tracking", "process")]
    assert lineage(hop, spans) == [("intake", "process"), *passed, *begun]
    assert [each for each in spans if each.links] == []

    await until(lambda: _linked(collector, "intake", "letter receipt", collector.of(applied.id)), 30)
    await multiplied(office, person, verified)
    spans = await reaches(collector, verified, "certification", "intake")
    await until(lambda: _asked(collector), 30)
    [client] = collector.named("certification", "GET intake")
    [answered] = [each for each in collector.of(client.trace_id) if each.parent_id == client.id]
    assert (answered.service, answered.name) == ("intake", "GET /participants/{participant_id}/identity")
    pages = [each for each in collector.named(PORTAL, "GET /days/session/{number}") if not each.parent_id]
    page = next(iter(pages))
    assert {each.service for each in collector.of(page.trace_id)} == {PORTAL, "multiplier_tracking"}

    exported = b"".join(collector.raw)
    for secret in (CANARY, CONTACT, person["receipt_code"], person["participant_id"], person["application_id"]):
        assert secret.encode() not in exported


async def _linked(collector: Collector, service: str, start: str, spans: list[Sent]) -> bool:
    steps = {(each.trace_id, each.id) for each in spans}
    return any({*each.links} & steps and not each.parent_id for each in collector.named(service, start))


async def _asked(collector: Collector) -> bool:
    asked = {each.id for each in collector.named("certification", "GET intake")}
    return any(each.parent_id in asked for each in collector.named("intake", "GET"))
