"""What a service measures is listed, looked at every few seconds and not at each scrape, and for operators alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.measures import CLOCK_AHEAD, EVERY_SERVICE, LABELS, PARKED, READY, Measure
from relevo_chassis.operations.health import FORWARDED, health_router
from relevo_chassis.operations.sampling import NotSeen, Overdue, Samples, overdue_at
from relevo_testkit.measured import figure, misfits

NOW = datetime(2019, 9, 12, tzinfo=UTC)


class Time:
    """A process clock in the hand of the test."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


class Looked:
    """Something that can be looked at, or cannot."""

    def __init__(self) -> None:
        self.value, self.failure = 1.0, None  # type: tuple[float, Exception | None]
        self.times = 0

    async def __call__(self) -> Sequence[Metric]:
        self.times += 1
        if self.failure:
            raise self.failure
        return [CLOCK_AHEAD.of(self.value)]


def scraped(samples: Samples) -> str:
    registry = CollectorRegistry()
    registry.register(samples)
    return generate_latest(registry).decode()


async def test_a_scrape_asks_nobody_and_says_how_long_ago_it_was_looked() -> None:
    time, looked = Time(), Looked()
    samples = Samples({"clock": looked}, time)
    await samples.look()
    time.at += 7
    scraped(samples)
    page = scraped(samples)
    assert (figure(page, "relevo_clock_ahead_seconds"), looked.times) == (1.0, 1)
    assert figure(page, "relevo_sample_age_seconds", sample="clock") == 7.0


@pytest.mark.parametrize("failure", [Busy("away"), NotSeen("away"), TimeoutError()])
async def test_what_cannot_be_looked_at_stands_as_it_was_and_grows_old(failure: Exception) -> None:
    time, looked, other = Time(), Looked(), Looked()
    samples = Samples({"clock": looked, "own": other}, time)
    await samples.look()
    looked.failure, looked.value = failure, 5.0
    time.at += 30
    await samples.look()
    page = scraped(samples)
    assert figure(page, "relevo_clock_ahead_seconds") == 1.0
    assert figure(page, "relevo_sample_age_seconds", sample="clock") == 30.0
    assert figure(page, "relevo_sample_age_seconds", sample="own") == 0.0


async def test_what_was_never_seen_is_not_there_and_grows_old_from_the_start() -> None:
    time, looked = Time(), Looked()
    looked.failure = Busy("away")
    samples = Samples({"clock": looked}, time)
    await samples.look()
    time.at += 60
    page = scraped(samples)
    assert figure(page, "relevo_clock_ahead_seconds") is None
    assert figure(page, "relevo_sample_age_seconds", sample="clock") == 60.0


async def test_a_look_that_breaks_is_raised_and_keeps_nothing_else_from_being_looked_at() -> None:
    time, looked, other = Time(), Looked(), Looked()
    looked.failure = KeyError("a mistake")
    samples = Samples({"clock": looked, "own": other}, time)
    time.at += 5
    with pytest.raises(KeyError):
        await samples.look()
    assert figure(scraped(samples), "relevo_sample_age_seconds", sample="own") == 0.0


async def test_what_is_overdue_is_counted_with_how_long_the_first_has_been_due(mongo_store: Store) -> None:
    assert await overdue_at(mongo_store, NOW) == Overdue()
    for number, days in enumerate((-1, 2, 5)):
        row = deadlines.put(Deadline(f"d{number}", "due", "0" * 32, NOW - timedelta(days=days)))
        await mongo_store.insert(row.collection, {"_id": row.id, **(row.document or {})})
    assert await overdue_at(mongo_store, NOW) == Overdue(2, timedelta(days=5).total_seconds())


async def test_the_clock_of_mongodb_is_read(mongo_store: Store) -> None:
    assert abs(datetime.now(UTC) - await mongo_store.now()) < timedelta(seconds=5)


async def test_what_a_proxy_hands_on_is_not_told_and_whoever_asks_the_service_itself_is() -> None:
    app = FastAPI()
    app.include_router(health_router({}, {}, Metrics()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service.local") as http:
        assert (await http.get("/metrics")).status_code == 200
        for header in FORWARDED:
            answer = await http.get("/metrics", headers={header.title(): "192.0.2.1"})
            assert (header, answer.status_code, "relevo_" in answer.text) == (header, 404, False)


def test_every_measure_is_named_as_prometheus_names_things_and_has_closed_labels() -> None:
    wrong = []
    for each in EVERY_SERVICE:
        if not re.fullmatch(r"(relevo|process|python)_[a-z_]+", each.name):
            wrong.append(f"{each.name}: its name")
        if (each.kind == "counter") != each.name.endswith("_total"):
            wrong.append(f"{each.name}: a counter ends in _total, and nothing else does")
        if re.search(r"_(ms|milliseconds|minutes|kb|mb|percent)(_|$)", each.name):
            wrong.append(f"{each.name}: not in base units")
        if not each.about or each.about.endswith("."):
            wrong.append(f"{each.name}: what it is")
        if set(each.labels) - LABELS.keys():
            wrong.append(f"{each.name}: a label that is on no list")
    assert wrong == []
    names = [each.name.removesuffix("_total") for each in EVERY_SERVICE]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (Measure("relevo_people", "gauge", "People"), "is on no list"),
        (PARKED._replace(about="Something else"), "Something else"),
        (PARKED._replace(labels=("person",)), "has the labels person"),
    ],
)
def test_a_planted_metric_that_is_not_as_listed_is_found(planted: Measure, found: str) -> None:
    family = planted.by({"x": 1.0}) if planted.labels else planted.of(1.0)
    registry = CollectorRegistry()
    registry.register(_Fixed(family))
    assert found in " ".join(misfits(generate_latest(registry).decode(), EVERY_SERVICE))


@pytest.mark.parametrize("value", ["0" * 32, "Ana María", "ana@mail.invalid"])
def test_a_planted_label_with_an_id_or_words_is_found(value: str) -> None:
    registry = CollectorRegistry()
    registry.register(_Fixed(READY.by({(value, "yes"): 1.0})))
    assert misfits(generate_latest(registry).decode(), EVERY_SERVICE) == [f"relevo_ready has check={value!r}"]


class _Fixed:
    """A collector of one family."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> list[Metric]:
        return [self._family]
