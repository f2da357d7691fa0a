"""What counts as recovered, and what is said of what does not."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import pytest
from tests.composed import recovery
from tests.composed.applicants import Applicants, Applied
from tests.composed.recovery import DidNotRecover, recovered


def test_an_application_counts_when_it_was_sent_afterwards_acknowledged_and_heard() -> None:
    before, waits, unheard = Applied(1.0, "before", 6.0), Applied(5.0), Applied(5.0, "unheard", 5.5)
    late, later = Applied(5.1, "late", 7.0), Applied(5.2, "later", 8.0)
    applicants = Applicants("call", [before, waits, unheard, late, later], {"before": 6.0, "late": 7.5, "later": 7.9})
    assert applicants.acknowledged == {"before", "unheard", "late", "later"}
    assert applicants.whole(since=2.0) == 7.5
    assert applicants.whole(since=5.1) == 8.0
    assert applicants.whole(since=6.0) is None


@dataclass
class FakeEngine:
    """A container that is there again after so many questions; never, if there are none."""

    asked_for: int | None
    asked: int = 0

    async def kill(self, service: str) -> int:
        return 7

    async def process(self, service: str) -> int:
        self.asked += 1
        return 8 if self.asked_for and self.asked > self.asked_for else 0


@dataclass
class FakePlace:
    """Who is not ready, one answer after the other; the last stands."""

    answers: list[set[str]] = field(default_factory=list)

    async def not_ready(self) -> set[str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "CALM_SECONDS", 0.2)
    monkeypatch.setattr(recovery, "LONGEST_SECONDS", 1.0)


async def kill(engine: FakeEngine, place: FakePlace, *, answered: bool = True) -> recovery.Recovery:
    applicants = Applicants("call")

    async def apply() -> None:
        await asyncio.sleep(0.1)
        now = time.monotonic()
        applicants.applied.append(Applied(now, "one", now))
        applicants.heard["one"] = now

    task = asyncio.create_task(apply() if answered else asyncio.sleep(0))
    try:
        return await recovered(engine, place, "nats", applicants)  # type: ignore[arg-type]
    finally:
        await task


async def test_who_is_not_ready_a_little_later_is_waited_for() -> None:
    found = await kill(FakeEngine(1), FakePlace([set(), {"intake"}, {"intake"}, set()]))
    assert found.noticed == ["intake", "nats"]
    assert 0.2 <= found.ready_seconds < 0.9
    assert 0.1 <= found.whole_seconds < 0.3


async def test_what_is_not_started_again_is_said() -> None:
    with pytest.raises(DidNotRecover, match="nats was not started again"):
        await kill(FakeEngine(None), FakePlace([set()]))


async def test_who_stays_unready_is_named() -> None:
    with pytest.raises(DidNotRecover, match="not ready: intake, portal"):
        await kill(FakeEngine(1), FakePlace([{"portal", "intake"}]))


async def test_a_stack_that_is_ready_and_takes_nothing_has_not_recovered() -> None:
    with pytest.raises(DidNotRecover, match="no application came through"):
        await kill(FakeEngine(1), FakePlace([set()]), answered=False)
