"""What an alert is about, planted in a service on real servers, shows on its ``/metrics`` as the rules ask for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio
from tests.observability.planted import DURABLE, EARLY, POISON, STREAM, Planted, breaks, planted
from tests.observability.promtool import PROMTOOL, alerts, firing, planted_from

from relevo_chassis.delivery import lease, outbox
from relevo_chassis.measures import EVERY_SERVICE
from relevo_testkit.measured import figure, misfits

ELSEWHERE = {"RelevoServiceAbsent", "RelevoNightlyNotRun", "RelevoBackupOld"}
"""Alerts that something is absent, which this service cannot be."""


def has_fire(folder: Path, page: str, *names: str) -> None:
    """These alerts fire of a page that stays so; what else is asserted beside it holds without promtool as well."""
    if PROMTOOL:
        assert firing(folder, planted_from(page), names) == set(names)


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[Planted]:
    async with planted(tmp_path) as made:
        await made.at.until_ready()
        yield made


async def test_all_that_stands_there_is_listed_and_nothing_is_wrong_at_first(service: Planted, tmp_path: Path) -> None:
    await service.move(5)
    page = await service.until("relevo_events_handled_total", lambda value: value == 1, durable=DURABLE)
    assert misfits(page, EVERY_SERVICE) == []
    assert figure(page, "relevo_build_info", service="intake", version="1") == 1
    assert figure(page, "relevo_parked_events", durable=DURABLE) == 0
    assert figure(page, "relevo_durable_exists", durable=DURABLE) == 1
    assert figure(page, "relevo_ready", check="mongodb", needed="yes") == 1
    assert figure(page, "relevo_lease_owned", lease="relay") == 1
    assert figure(page, "relevo_commit_changes_count") == figure(page, "relevo_commit_changes_sum")
    assert (figure(page, "relevo_relay_publish_seconds_count") or 0) >= 1
    assert abs(figure(page, "relevo_clock_ahead_seconds") or 0) < 1
    if PROMTOOL:
        assert firing(tmp_path, planted_from(page), {each.name for each in alerts()} - ELSEWHERE) == set()


async def test_every_measure_of_the_list_stands_there(service: Planted) -> None:
    await service.at.http.get("/nowhere")
    await service.move(5)
    page = await service.until("relevo_events_handled_total", lambda value: value == 1, durable=DURABLE)
    families = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}
    missing = {each.name for each in EVERY_SERVICE} - families
    only_where_sockets_are = {"relevo_http_connections", "relevo_http_connections_ended_total"}
    assert missing == only_where_sockets_are


async def test_an_event_that_was_set_aside(service: Planted, tmp_path: Path) -> None:
    await service.move(POISON)
    page = await service.until("relevo_parked_events", lambda value: value == 1, durable=DURABLE)
    assert figure(page, "relevo_events_parked_total", durable=DURABLE) == 1
    has_fire(tmp_path, page, "RelevoEventsParked")


async def test_an_event_that_waits_for_one_before_it(service: Planted, tmp_path: Path) -> None:
    await service.move(EARLY)
    await service.until("relevo_events_held_seconds", lambda value: value > 1, durable=DURABLE)
    service.long_ago()
    page = await service.until("relevo_events_held_seconds", lambda value: value > 60, durable=DURABLE)
    assert figure(page, "relevo_events_early", durable=DURABLE) == 1
    assert figure(page, "relevo_durable_ack_pending", durable=DURABLE) == 1
    has_fire(tmp_path, page, "RelevoEventHeld", "RelevoDegraded")


async def test_a_bus_that_is_away_while_something_must_be_published(service: Planted, tmp_path: Path) -> None:
    await service.nats.stop()
    await service.move(5)
    long_ago = datetime.now(UTC) - timedelta(seconds=120)
    await service.store.update_rows(outbox.COLLECTION, {"sent": False}, {"committed_at": long_ago})
    page = await service.until("relevo_outbox_oldest_seconds", lambda value: value > 60)
    assert figure(page, "relevo_outbox_unsent") == 1
    page = await service.until("relevo_ready", lambda value: value == 0, check="nats", needed="no")
    assert figure(page, "relevo_ready", check="outbox", needed="yes") == 0
    has_fire(tmp_path, page, "RelevoOutboxOld", "RelevoBusAway", "RelevoNotReady")


async def test_a_relay_that_another_keeps_from_working(service: Planted, tmp_path: Path) -> None:
    await service.until("relevo_lease_owned", lambda value: value == 1, lease="relay")
    far = datetime.now(UTC) + timedelta(hours=1)
    await service.store.update_rows(lease.COLLECTION, {"_id": "relay"}, {"holder": "nobody", "until": far})
    page = await service.until("relevo_lease_owned", lambda value: value == 0, lease="relay")
    has_fire(tmp_path, page, "RelevoNobodyLeads")


async def test_a_mongod_that_is_away(service: Planted, tmp_path: Path) -> None:
    await service.page()
    await service.mongo.stop()
    await service.until("relevo_ready", lambda value: value == 0, check="mongodb", needed="yes")
    page = await service.until("relevo_sample_age_seconds", lambda value: value > 3, sample="deadlines")
    assert figure(page, "relevo_deadlines_overdue") == 0
    has_fire(tmp_path, page, "RelevoMongoAway")


async def test_a_durable_that_was_deleted(service: Planted, tmp_path: Path) -> None:
    await service.streams.jetstream.delete_consumer(STREAM, DURABLE)
    page = await service.until("relevo_durable_exists", lambda value: value == 0, durable=DURABLE)
    assert figure(page, "relevo_ready", check="bus", needed="yes") == 0
    has_fire(tmp_path, page, "RelevoDurableMissing", "RelevoNotReady")


async def test_a_deadline_whose_rule_has_a_mistake(service: Planted, tmp_path: Path) -> None:
    await service.set_deadline()
    page = await service.until("relevo_deadlines_failing", lambda value: value == 1)
    assert figure(page, "relevo_deadlines_overdue") == 1
    assert (figure(page, "relevo_deadlines_oldest_seconds") or 0) > 600
    has_fire(tmp_path, page, "RelevoDeadlinesFailing")


async def test_a_background_task_that_fails(tmp_path: Path) -> None:
    async with planted(tmp_path, background=(breaks,)) as made:
        await made.until("relevo_task_failures_total", lambda value: value >= 1, task="breaks")
