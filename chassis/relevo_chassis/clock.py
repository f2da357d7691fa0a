"""Domain time: asked once at the edge, passed in, and only ever moving forward."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """A source of domain time."""

    def now(self) -> datetime:
        """The instant, in UTC, to the millisecond (what MongoDB can keep)."""
        ...


class SystemClock:
    """The machine's time, never going back within the process."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        self._last = max(self._last, _in_milliseconds(datetime.now(UTC)))
        return self._last


class StackClock:
    """The embedded stack's clock: the machine's time plus an offset that one file holds for every service.

    The file is looked at on each call and read again when it was replaced. Time never goes back within the process,
    whatever the file says. Raises ``ClockUnreadable`` when there is no offset to be had from the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _identity(path)
        self._offset = read_offset(path)
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        self._look()
        self._last = max(self._last, _in_milliseconds(datetime.now(UTC) + self._offset))
        return self._last

    def _look(self) -> None:
        try:
            identity = _identity(self._path)
            if identity != self._seen:
                self._offset, self._seen = read_offset(self._path), identity
        except ClockUnreadable:
            return


class ClockUnreadable(Exception):
    """The clock file is missing or holds no offset; start the stack's clock anew."""


class ClockGoesBack(Exception):
    """Domain time only moves forward."""


def move(path: Path, to: datetime) -> datetime:
    """Set the stack's clock to ``to``, from where it goes on; the first call may name any instant.

    The file is replaced in one step. Raises ``ClockGoesBack`` when ``to`` is before the clock's present time.
    """
    if to.tzinfo is None:
        raise ValueError("the clock moves to an instant with a time zone, not to a naive time")
    machine = datetime.now(UTC)
    if path.exists() and to < machine + read_offset(path):
        raise ClockGoesBack(f"{to.isoformat()} is before {(machine + read_offset(path)).isoformat()}")
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with new.open("w", encoding="ascii") as file:
        json.dump({"offset_seconds": (to - machine).total_seconds()}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return _in_milliseconds(to)


def read_offset(path: Path) -> timedelta:
    """What the clock file says; raises ``ClockUnreadable``."""
    try:
        return timedelta(seconds=float(json.loads(path.read_bytes())["offset_seconds"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ClockUnreadable(f"{path} holds no offset; move the stack's clock to make it") from error


def _identity(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise ClockUnreadable(f"{path} cannot be looked at") from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def _in_milliseconds(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=instant.microsecond // 1000 * 1000)
