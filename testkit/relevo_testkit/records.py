"""What stands on the records of a service in memory, and a committer that puts it there."""

from __future__ import annotations

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.recorder import DECISIONS, READINGS, UNSEALED, Recorder
from relevo_chassis.delivery.writes import Backend, Document
from relevo_testkit.fakes import FakeStore


def on_record(store: FakeStore, record: str) -> list[Document]:
    """The entries of one record, sealed or not yet, in the order in which one process put them there."""
    kept = store.collections
    waiting = (row for row in kept.get(UNSEALED, {}).values() if row["record"] == record)
    return sorted([*kept.get(record, {}).values(), *waiting], key=lambda row: str(row["id"]))


def readings_of(store: FakeStore) -> list[Document]:
    return on_record(store, READINGS)


def decisions_of(store: FakeStore) -> list[Document]:
    return on_record(store, DECISIONS)


def recording(store: Backend) -> Committer:
    """A committer that can put on record, with a key of no service; to be started."""
    return Committer(store, recorder=Recorder(bytes(32)))
