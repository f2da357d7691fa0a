"""Who decided and who read what is shown to who is responsible and to auditors, the newest first, sealed or not yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

import pytest
from fastapi import Depends
from pydantic import TypeAdapter

from relevo_chassis.delivery.change import Change, Decided, Decision, Found, Kind, New
from relevo_chassis.delivery.recorder import DECISIONS, UNSEALED
from relevo_chassis.http import records as pages
from relevo_chassis.http.paging import After, BadCursor, Limit, Page
from relevo_chassis.http.records import DecisionView, Kept, Reasons, Shelf, decisions_under
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import Caller, Who
from relevo_chassis.ids import new_id
from relevo_chassis.kept import Sealed
from relevo_chassis.people.vault import SEALED, reason_row
from relevo_contracts.model import Frozen
from relevo_testkit.callers import caller_with
from relevo_testkit.records import readings_of
from relevo_testkit.stand import PROVIDER, Stand, known_as, stand

NOW = datetime(2019, 9, 12, 15, tzinfo=UTC)
EDITION, ANA = "e" * 32, "a" * 32
ROUTER = Routes()


class Door(Frozen):
    opened: int = 0


class Why(Sealed):
    retention: ClassVar[str] = "why"

    reason: str
    note: str | None = None


DOOR = Kind("door", Door)


@ROUTER.get("/doors/{door_id}/decisions")
@refuses(BadCursor)
async def about(
    door_id: str,
    caller: Annotated[Caller, Depends(caller_with("coordinator"))],
    kept: Shelf,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    return await decisions_under(kept, caller, door_id, after=after, limit=limit, reasons=reasons)


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([ROUTER, pages.ROUTER], NOW) as made:
        yield made


async def open_door(at: Stand, number: int, by: str = "carla", why: Why | None = None, about: str = ANA) -> None:
    ref = DOOR(f"{number:032x}")
    kept: Kept = at.shell
    key = await kept.vault.key_of(ANA) if about == ANA and why else kept.vault.service_key
    reason = reason_row(key, f"reason/{number}", why) if why else None

    def decide(found: Found) -> Decision:
        door = Door(opened=(found[ref] or Door()).opened + 1)
        return Decision([New(ref, door)], on_record=[Decided("door_opened", ref, under=(EDITION,), reason=reason)])

    await at.shell.committer.commit(Change([ref], decide, at.clock.now(), new_id(), by=str(Who(PROVIDER, by))))
    at.clock.at += timedelta(minutes=1)


async def all_of(at: Stand, path: str, headers: dict[str, str], limit: int = 2) -> list[dict[str, Any]]:
    found, after = list[dict[str, Any]](), ""
    while True:
        page = await at.http.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{after}", headers=headers)
        assert page.status_code == 200, page.text
        assert len(page.json()["items"]) <= limit
        found += page.json()["items"]
        if page.json()["next"] is None:
            return found
        after = f"&after={page.json()['next']}"


async def test_rule_22_decisions_are_listed_the_newest_first_sealed_or_not_yet(at: Stand) -> None:
    for number in range(3):
        await open_door(at, number % 2, by=f"carla-{number}")
    await at.shell.records.sealer.seal()
    at.clock.at -= timedelta(minutes=1)
    for number in range(3, 6):
        await open_door(at, number % 2, by=f"carla-{number}")
        at.clock.at -= timedelta(minutes=1)
    staff = at.tokens.bearer("carla", "coordinator")
    found = await all_of(at, f"/doors/{EDITION}/decisions", staff)
    assert [each["by"] for each in found] == [known_as(f"carla-{number}") for number in (5, 4, 3, 2, 1, 0)]
    assert [each["version"] for each in found] == [2, 2, 1, 1, 0, 0]
    assert found[0] | {"id": "", "at": ""} == {
        "id": "", "at": "", "stands": True,
        "by": known_as("carla-5"), "code": "door_opened", "about": "door", "about_id": f"{1:032x}",
        "version": 2, "because": None, "has_reason": False, "reason": None, "reason_stands": None,
    }  # fmt: skip
    one = await all_of(at, f"/doors/{0:032x}/decisions", staff)
    assert [each["by"] for each in one] == [known_as(each) for each in ("carla-4", "carla-2", "carla-0")]
    assert await all_of(at, f"/doors/{'f' * 32}/decisions", staff) == []
    assert (await at.http.get(f"/doors/{EDITION}/decisions?after=x", headers=staff)).status_code == 400


async def test_sealed_reasons_are_opened_only_when_asked_for_and_on_record_before(at: Stand) -> None:
    _, [row] = await at.shell.vault.new_person(ANA, Why)
    await at.shell.committer.commit(Change((), lambda _: Decision(rows=[row]), NOW, new_id()))
    await open_door(at, 1, why=Why(reason="threat", note="CANARY"))
    await open_door(at, 2, why=Why(reason="our_mistake"), about="nobody")
    staff = at.tokens.bearer("olga", "coordinator")
    closed = await all_of(at, f"/doors/{EDITION}/decisions", staff)
    assert [(each["has_reason"], each["reason"], each["reason_stands"]) for each in closed] == [(True, None, None)] * 2
    assert readings_of(at.store) == []
    path = f"/doors/{EDITION}/decisions?reasons=true"
    both = await all_of(at, path, staff, limit=50)
    assert [each["reason"] for each in both] == [
        {"reason": "our_mistake", "note": None},
        {"reason": "threat", "note": "CANARY"},
    ]
    assert [each["reason_stands"] for each in both] == [True, True]
    [reading] = readings_of(at.store)
    assert (reading["by"], reading["purpose"], reading["person_ids"]) == (
        known_as("olga"),
        "decisions",
        [ANA, "service"],
    )
    assert reading["field_sets"] == ["reason/1", "reason/2"]
    assert "CANARY" not in repr(at.store.collections) + at.logged.getvalue()

    other = reason_row(at.shell.vault.service_key, "reason/2", Why(reason="another"))
    await at.shell.committer.commit(Change((), lambda _: Decision(rows=[other]), NOW, new_id()))
    del at.store.collections[SEALED][f"{ANA}/reason/1"]
    changed, gone = await all_of(at, path, staff, limit=50)
    assert (changed["reason"]["reason"], changed["reason_stands"]) == ("another", False)
    assert (gone["has_reason"], gone["reason"], gone["reason_stands"]) == (True, None, None)


async def test_nobody_reads_a_reason_who_cannot_be_put_on_record(at: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    await open_door(at, 2, why=Why(reason="our_mistake"), about="nobody")
    monkeypatch.setattr(at.shell.records.recorder, "entries", lambda *_: 1 / 0)
    staff = at.tokens.bearer("olga", "coordinator")
    answer = await at.http.get(f"/doors/{EDITION}/decisions?reasons=true", headers=staff)
    assert (answer.status_code, "our_mistake" in answer.text) == (500, False)


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        ("0001-01-01T00:00:00+23:59", datetime.min.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999-23:59", datetime.max.replace(tzinfo=UTC)),
        ("2019-09-12T10:00:00-05:00", datetime(2019, 9, 12, 15, tzinfo=UTC)),
    ],
)
async def test_an_instant_that_lies_beyond_all_years_is_asked_of_the_store_as_one_that_it_takes(
    at: Stand, asked: str, bound: datetime
) -> None:
    instant = TypeAdapter[datetime](pages.Bound).validate_python(asked)
    assert (instant, instant.utcoffset()) == (bound, timedelta(0))
    query = {"since": asked, "before": asked}
    answer = await at.http.get("/records/decisions", params=query, headers=at.tokens.bearer("aude", "auditor"))
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_auditors_alone_read_all_decisions_and_readings_and_choose_among_them(at: Stand) -> None:
    for number in range(4):
        await open_door(at, number, by=("carla", "olga")[number % 2])
    auditor, staff = at.tokens.bearer("aude", "auditor"), at.tokens.bearer("carla", "coordinator", "operator")
    for path in ("/records/decisions", "/records/readings"):
        assert (await at.http.get(path)).status_code == 401
        assert (await at.http.get(path, headers=staff)).status_code == 403
    assert len(await all_of(at, "/records/decisions", auditor)) == 4
    theirs = await all_of(at, "/records/decisions?by=olga", auditor)
    assert [each["about_id"] for each in theirs] == [f"{3:032x}", f"{1:032x}"]
    assert await all_of(at, "/records/decisions?code=door_closed", auditor) == []
    middle = "since=2019-09-12T15:01:00Z&before=2019-09-12T15:03:00Z"
    assert [each["by"] for each in await all_of(at, f"/records/decisions?{middle}", auditor)] == [
        known_as("carla"),
        known_as("olga"),
    ]
    await open_door(at, 9, why=Why(reason="our_mistake"), about="nobody")
    await all_of(at, "/records/decisions?reasons=true", auditor)
    [read] = await all_of(at, "/records/readings", auditor)
    assert (read["by"], read["purpose"], read["field_sets"]) == (known_as("aude"), "decisions", ["reason/9"])
    page = await at.http.get("/records/decisions?limit=1", headers=auditor)
    other = await at.http.get(f"/records/readings?after={page.json()['next']}", headers=auditor)
    assert other.status_code == 400


async def test_a_sealed_entry_that_somebody_changed_is_shown_as_such_and_leads_to_nothing_sealed(at: Stand) -> None:
    _, [row] = await at.shell.vault.new_person(ANA, Why)
    await at.shell.committer.commit(Change((), lambda _: Decision(rows=[row]), NOW, new_id()))
    await open_door(at, 1, why=Why(reason="threat", note="CANARY"))
    await open_door(at, 2)
    await at.shell.records.sealer.seal()
    kept = at.store.collections[DECISIONS]
    first, second = sorted(kept)
    kept[second] |= {"reason": kept[first]["reason"], "by": "nobody"}
    kept["x"] = {**kept[first], "_id": "x", "id": "0" * 32, "code": "forged"}
    kept["y"] = {"_id": "y", "id": "1" * 32, "under": [EDITION], "at": NOW}
    staff = at.tokens.bearer("olga", "coordinator")
    found = await all_of(at, f"/doors/{EDITION}/decisions?reasons=true", staff, limit=50)
    assert [(each["stands"], each["code"], each["has_reason"]) for each in found] == [
        (False, "door_opened", True),
        (True, "door_opened", True),
        (False, "forged", True),
    ]
    assert [each["reason"] is None for each in found] == [True, False, True]


async def test_what_somebody_put_beside_the_entries_that_wait_is_not_shown(at: Stand) -> None:
    await open_door(at, 1)
    [row] = at.store.collections[UNSEALED].values()
    at.store.collections[UNSEALED]["f" * 32] = {**row, "_id": "f" * 32, "id": "f" * 32, "by": "nobody"}
    found = await all_of(at, f"/doors/{EDITION}/decisions", at.tokens.bearer("carla", "coordinator"))
    assert [each["by"] for each in found] == [known_as("carla")]
