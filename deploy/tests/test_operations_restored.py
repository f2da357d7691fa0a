"""What a restore leaves behind is named by its receipt, and excuses nothing else: planted evidence, no server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from relevo_deploy.reconcile.evidence import Durable, Evidence, OutboxRow, Position, Restored, Stored, Stream
from relevo_deploy.reconcile.judgement import judge, together

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ONE, TWO = "person/1", "person/2"
SINCE = {"intake": [Restored("restored at X to Y", "made", 1, 3)]}


def evidence(restores: Mapping[str, Sequence[Restored]], *more: Stored) -> Evidence:
    """Two events came after the backup; person 1 goes on since from the number that one of them had."""
    rows = tuple(OutboxRow(id, number, True, False, NOW, b"d") for number, id in ((1, "a"), (2, "new")))
    messages = (
        Stored(1, "a", ONE, 1, b"d"), Stored(2, "b", ONE, 2, b"d"), Stored(3, "c", TWO, 1, b"d"),
        Stored(4, "new", ONE, 2, b"d"), *more,
    )  # fmt: skip
    stream = Stream("EVENTS_INTAKE", True, 0, messages, "made")
    durable = Durable("scheduling_intake", "scheduling", "intake", frozenset({"person"}), True, 4)
    positions = {ONE: Position(2, False, b"x"), TWO: Position(1, False, b"y")}
    return Evidence(
        NOW, ("intake",), {"intake": {ONE: rows}}, {"intake": {ONE: 2}}, {"intake": stream}, (durable,),
        {durable.name: positions}, {}, restores,
    )  # fmt: skip


def wrong(found: Evidence) -> dict[str, int]:
    return {each.name: len(each.offences) for each in judge(found) if not each.ok}


def test_what_was_published_between_a_backup_and_its_restore_is_expected_and_counted() -> None:
    assert wrong(evidence(SINCE)) == {}
    [expected] = [each.expected for each in together([judge(evidence(SINCE))]) if each.expected]
    assert expected == (("restored at X to Y", 2),)


def test_without_a_receipt_and_with_one_of_another_stream_it_is_somebody_s_deed() -> None:
    accused = {
        "stream against outbox": 2, "order in the stream": 1, "positions against stream": 1, "words that were taken": 1,
    }  # fmt: skip
    assert wrong(evidence({})) == accused
    assert wrong(evidence({"intake": [Restored("restored", "another", 1, 3)]})) == accused


def test_what_came_after_the_restore_is_not_excused_by_it() -> None:
    assert wrong(evidence(SINCE, Stored(5, "z", "person/9", 1, b"d"))) == {"stream against outbox": 1}
