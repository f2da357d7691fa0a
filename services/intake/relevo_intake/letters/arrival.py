"""Whether letters arrive, as far as mail servers tell: for staff to see, and never with the address (rule 20)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from relevo_chassis.delivery.change import Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.remarks import Remark
from relevo_intake.domain.application import Application
from relevo_intake.letters.queue import AT_ONCE, LETTERS, TO_ANOTHER, StoredLetter

Arrival = Literal["arriving", "delayed", "failing", "none"]
"""Nothing is known against it; the mail server wants some later; the last one could not be delivered; the person
gave no contact and is written no letters (rule 24)."""


async def arrival_of(store: Store, applications: Sequence[Application]) -> dict[str, Arrival]:
    """Whether letters to these applicants arrive, by application."""
    with_contact = [each for each in applications if each.has_contact]
    known = await arrivals(store, [each.person_id for each in with_contact])
    states = {each.application_id: known.get(each.person_id, "arriving") for each in with_contact}
    return {each.application_id: states.get(each.application_id, "none") for each in applications}


async def arrivals(store: Store, person_ids: Iterable[str]) -> dict[str, Arrival]:
    """Of those whose letters do not simply arrive. One round trip, and another when some were set aside."""
    people = sorted(set(person_ids))
    waiting_or_failed = {
        "person_id": {"$in": people},
        "state": {"$in": ["queued", "failed"]},
        "kind": {"$nin": sorted(TO_ANOTHER)},
    }
    found = await store.rows(LETTERS, waiting_or_failed) if people else []
    known: dict[str, Arrival] = {row["person_id"]: "delayed" for row in found if row["attempts"]}
    failed = _latest([row for row in found if row["state"] == "failed"], "failed_at")
    to_them = {"person_id": {"$in": sorted(failed)}, "state": "sent", "kind": {"$nin": sorted(TO_ANOTHER)}}
    sent = await store.rows(LETTERS, to_them) if failed else []
    arrived = _latest(sent, "sent_at")
    lost: list[str] = [each for each, at in failed.items() if each not in arrived or arrived[each] < at]
    return {**{each: at for each, at in known.items() if each not in failed}, **dict.fromkeys(lost, "failing")}


async def failed_letters(store: Store, *, after: str | None, limit: int) -> list[StoredLetter]:
    """Letters that were set aside, by id."""
    where: dict[str, Any] = {"state": "failed", **({"_id": {"$gt": after}} if after else {})}
    return list(await store.rows(LETTERS, where, sort=[("_id", 1)], limit=limit))


async def failed_letters_of(store: Store, person_id: str) -> list[StoredLetter]:
    """Those that went to the person's contact and can go to it again."""
    where = {"person_id": person_id, "state": "failed", "kind": {"$nin": sorted(TO_ANOTHER)}}
    return list(await store.rows(LETTERS, where))


def again(letters: Sequence[StoredLetter]) -> list[Row]:
    """The rows that put letters back into the queue."""
    return [Row(LETTERS, each["_id"], {**_kept(each), "state": "queued"}) for each in letters]


async def remarks(store: Store) -> list[Remark]:
    """What operators are told of letters."""
    return [
        Remark(
            count=await store.count_rows(LETTERS, {"state": "failed"}),
            what="letters could not be delivered and were set aside",
            do="coordinators find them under /calls/{call_id}/undelivered-letters; of many, see the mail server",
        ),
        Remark(
            count=await store.count_rows(LETTERS, {"state": "queued", "attempts": {"$gt": 0}}),
            what="letters are put off by the mail server",
            do="nothing for a day; then see its log",
        ),
        Remark(
            count=await store.count_rows(LETTERS, {"state": "dropped", "because": "not_true_any_more"}),
            what="letters were not sent, because what they said was not true any more when their turn came",
            do="nothing; if they are many, see why letters wait so long",
        ),
    ]


def _kept(letter: StoredLetter) -> dict[str, Any]:
    names = ("person_id", "kind", "facts", "queued_at", "of", "traceparent")
    kept = {name: letter[name] for name in names if name in letter}
    return {**kept, "attempts": 0, "next_at": AT_ONCE}


def _latest(letters: Sequence[StoredLetter], when: str) -> dict[str, datetime]:
    latest: dict[str, datetime] = {}
    for each in letters:
        latest[each["person_id"]] = max(latest.get(each["person_id"], each[when]), each[when])
    return latest
