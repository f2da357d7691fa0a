"""Once, whatever comes again: what positions promise, by each place in which they may be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_contracts import Envelope, Event, derived_id
from relevo_contracts.asyncapi import example
from relevo_contracts.certification import CertificatesCounted
from relevo_contracts.intake import CallOpened
from relevo_contracts.multiplier_tracking import MultiplierReachCounted
from relevo_contracts.once import MemoryPositions, Positions, SqlitePositions, aggregate_of, once

AGGREGATE = "intake/call/0123"


@pytest.fixture(params=["memory", "sqlite"])
def positions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Positions[Any]]:
    if request.param == "memory":
        yield MemoryPositions()
    else:
        kept = SqlitePositions(tmp_path / "positions.db")
        yield kept
        kept.close()


def envelope(sequence: int, model: type[Event] = CallOpened) -> Envelope:
    return Envelope(
        id=derived_id("once", sequence),
        sequence=sequence,
        time=datetime(2019, 9, 12, 14, tzinfo=UTC),
        cause_id=derived_id("cause"),
        chain_id=derived_id("chain"),
        event=example(model),
    )


async def advanced(positions: Positions[Any], sequence: int, aggregate: str = AGGREGATE) -> bool:
    async with positions.transaction() as transaction:
        return await positions.advance(transaction, aggregate, sequence)


async def test_a_position_moves_on_and_never_back(positions: Positions[Any]) -> None:
    assert [await advanced(positions, each) for each in (1, 1, 4, 2, 4, 5)] == [True, False, True, False, False, True]


async def test_each_aggregate_has_a_position_of_its_own(positions: Positions[Any]) -> None:
    assert await advanced(positions, 3)
    assert await advanced(positions, 1, "intake/call/4567")


async def test_what_raises_leaves_no_position(positions: Positions[Any]) -> None:
    async def fail() -> None:
        async with positions.transaction() as transaction:
            assert await positions.advance(transaction, AGGREGATE, 1)
            raise OSError("the store is away")

    with pytest.raises(OSError, match="away"):
        await fail()
    assert await advanced(positions, 1)


async def test_of_two_that_try_the_same_at_once_one_alone_moves(positions: Positions[Any]) -> None:
    assert sorted(await asyncio.gather(*(advanced(positions, 1) for _ in range(5)))) == [*[False] * 4, True]


async def test_a_handler_has_its_effect_with_the_transaction_and_only_when_the_event_is_new(
    positions: Positions[Any],
) -> None:
    effects: list[int] = []

    async def effect(received: Envelope, transaction: Any) -> None:
        assert not await positions.advance(transaction, aggregate_of(received), received.sequence)
        effects.append(received.sequence)

    handle = once(effect, positions)
    for sequence in (2, 2, 3, 1, 7):
        await handle(envelope(sequence))
    assert effects == [2, 3, 7]


def test_counts_of_one_edition_by_two_services_are_two_aggregates() -> None:
    reach, certificates = envelope(1, MultiplierReachCounted), envelope(1, CertificatesCounted)
    assert aggregate_of(reach).rpartition("/")[2] == reach.event.aggregate_id
    assert aggregate_of(reach) != aggregate_of(certificates)


async def test_positions_in_a_file_are_there_when_it_is_opened_again_and_shared_by_whoever_opens_it(
    tmp_path: Path,
) -> None:
    first, second = SqlitePositions(tmp_path / "positions.db"), SqlitePositions(tmp_path / "positions.db")
    assert await advanced(first, 1)
    assert not await advanced(second, 1)
    assert await advanced(second, 2)
    first.close()
    again = SqlitePositions(tmp_path / "positions.db")
    assert not await advanced(again, 2)
    again.close()
    second.close()


async def test_an_effect_in_the_same_file_is_kept_with_its_position_or_not_at_all(tmp_path: Path) -> None:
    positions = SqlitePositions(tmp_path / "effects.db")
    positions.connection.execute("CREATE TABLE effects (sequence INTEGER)")
    failures = [OSError("the disk is full")]

    async def effect(received: Envelope, store: Any) -> None:
        store.execute("INSERT INTO effects VALUES (?)", (received.sequence,))
        if failures and received.sequence == 2:
            raise failures.pop()

    handle = once(effect, positions)
    await handle(envelope(1))
    with pytest.raises(OSError, match="full"):
        await handle(envelope(2))
    await handle(envelope(2))
    await handle(envelope(2))
    assert positions.connection.execute("SELECT sequence FROM effects").fetchall() == [(1,), (2,)]
    positions.close()


@settings(deadline=None, max_examples=25)
@given(deliveries=st.lists(st.integers(1, 9), max_size=30))
def test_whatever_comes_and_comes_again_effects_go_forward_and_none_is_had_twice(deliveries: list[int]) -> None:
    effects: list[int] = []

    async def effect(received: Envelope, transaction: dict[str, int]) -> None:
        effects.append(received.sequence)

    async def deliver() -> None:
        handle = once(effect, MemoryPositions())
        for sequence in deliveries:
            await handle(envelope(sequence))

    asyncio.run(deliver())
    assert effects == [each for at, each in enumerate(deliveries) if each > max(deliveries[:at], default=0)]
