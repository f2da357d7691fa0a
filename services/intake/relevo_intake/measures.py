"""What intake measures of itself beside what every service does: letters, and calls under attack."""

from __future__ import annotations

from collections.abc import Mapping

from relevo_chassis.given.shell import Shell
from relevo_chassis.measures import Measure
from relevo_chassis.service.made_of import Measured
from relevo_intake.letters.queue import LETTERS
from relevo_intake.store.guarding import attacked_calls

NOT_PUT_OFF = {"state": "queued", "attempts": 0}
PUT_OFF = {"state": "queued", "attempts": {"$gt": 0}}
FAILED = {"state": "failed"}


async def queued(shell: Shell) -> float:
    return await shell.store.count_rows(LETTERS, NOT_PUT_OFF)


async def oldest_seconds(shell: Shell) -> float:
    """By the time at which they were queued, which is domain time."""
    oldest = await shell.store.rows(LETTERS, NOT_PUT_OFF, sort=[("queued_at", 1)], limit=1)
    return max(0.0, (shell.clock.now() - oldest[0]["queued_at"]).total_seconds()) if oldest else 0.0


async def put_off(shell: Shell) -> float:
    return await shell.store.count_rows(LETTERS, PUT_OFF)


async def failed(shell: Shell) -> float:
    return await shell.store.count_rows(LETTERS, FAILED)


async def attacked(shell: Shell) -> float:
    return len(await attacked_calls(shell.store))


MEASURES: Mapping[Measure, Measured] = {
    Measure("relevo_letters_queued", "gauge", "Letters that wait for their turn, or for a mail server"): queued,
    Measure("relevo_letters_oldest_seconds", "gauge", "How long the first of them has waited"): oldest_seconds,
    Measure("relevo_letters_put_off", "gauge", "Letters that the mail server wants later"): put_off,
    Measure("relevo_letters_failed", "gauge", "Letters that could not be delivered, and are set aside"): failed,
    Measure("relevo_intake_calls_under_attack", "gauge", "Calls that are under attack"): attacked,
}
