"""What was needed for the week is gone 14 days after it, with its key, whoever dies in between; none was in clear."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from relevo_chassis.people.vault import KEYS, SEALED
from relevo_contracts.intake import PersonDataDestroyed
from relevo_intake.commands.readings import by_the_service
from relevo_intake.store import ENDING

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.seated import CANARY, FORM, GOES_AT, Seated, name_of
else:
    from services.intake.tests.seated import CANARY, FORM, GOES_AT, Seated, name_of


async def test_fourteen_days_after_the_week_the_key_is_destroyed_and_an_old_dump_opens_nothing(seated: Seated) -> None:
    await seated.publish()
    (ana_id, ana), (bea_id, _) = seated.people
    await seated.states(ana, **FORM)
    store = seated.call.on.store.collections
    person_id = store["participant"][ana_id]["state"]["person_id"]
    dump = copy.deepcopy(store[SEALED][f"{person_id}/needs"])
    await seated.pass_to(GOES_AT - timedelta(milliseconds=1))
    assert (await seated.asks("GET", "/me/needs", ana)).json()["needs"] == FORM
    for _ in range(2):
        await seated.pass_to(GOES_AT)
    assert "wrapped" not in store[KEYS][f"{person_id}/needs"]
    assert f"{person_id}/needs" not in store[SEALED]
    [event] = seated.call.events(PersonDataDestroyed)
    assert (event["person_id"], event["retention_class"]) == (person_id, "needs")
    store[SEALED][f"{person_id}/needs"] = dump
    assert (await seated.call.on.shell.vault.key_of(person_id)).under("needs") is None
    for each in (ana_id, bea_id):
        assert name_of(await seated.asks("GET", f"/participants/{each}/needs", seated.travel)) == (
            410,
            "needs-are-gone",
        )
    assert name_of(await seated.asks("GET", "/me/needs", ana)) == (410, "needs-are-gone")
    assert name_of(await seated.states(ana, **FORM)) == (410, "needs-are-gone")
    count = await seated.asks("GET", f"/editions/{seated.edition_id}/needs/count", seated.travel)
    assert name_of(count) == (410, "needs-are-gone")
    mine = await seated.call.ask("/me", **ana)
    assert (mine["needs"], mine["participation"]) == (None, "enrolled"), "the person goes on"


async def test_a_week_that_is_moved_moves_the_end_and_one_that_is_moved_too_late_brings_nothing_back(
    seated: Seated,
) -> None:
    await seated.publish()
    (_, ana), _ = seated.people
    await seated.states(ana, **FORM)
    await seated.publish(date(2020, 1, 6), date(2020, 1, 10))
    await seated.pass_to(GOES_AT + timedelta(days=1))
    assert (await seated.asks("GET", "/me/needs", ana)).json()["kept_until_on"] == "2020-01-24"
    await seated.pass_to(datetime(2020, 1, 25, 12, tzinfo=UTC))
    await seated.publish(date(2020, 3, 2), date(2020, 3, 6))
    await seated.pass_to(datetime(2020, 1, 26, 12, tzinfo=UTC))
    assert name_of(await seated.asks("GET", "/me/needs", ana)) == (410, "needs-are-gone")
    assert len(seated.call.events(PersonDataDestroyed)) == 1


async def test_whoever_dies_while_destroying_leaves_the_rest_to_the_next_and_nobody_is_told_of_twice(
    seated: Seated,
) -> None:
    await seated.publish()
    for _, who in seated.people:
        await seated.states(who, **FORM)
    seated.call.on.clock.at = GOES_AT
    await seated.call.sweep()
    at = seated.call.on.shell
    first = seated.call.on.store.collections["needs"][seated.people[0][0]]["state"]["person_id"]
    await ENDING.destroy(at.store, at.committer, first, "needs", by_the_service(GOES_AT))
    await seated.pass_to(GOES_AT + timedelta(minutes=1))
    assert len(seated.call.events(PersonDataDestroyed)) == 2
    assert seated.call.on.store.collections["week"][seated.edition_id]["state"]["needs"] == "gone"


async def test_rule_14_it_is_erased_with_the_person(seated: Seated) -> None:
    (ana_id, ana), _ = seated.people
    await seated.states(ana, **FORM)
    store = seated.call.on.store.collections
    application_id = store["participant"][ana_id]["state"]["application_id"]
    person_id = store["participant"][ana_id]["state"]["person_id"]
    await seated.call.post(f"/applications/{application_id}/erase", None, ana)
    assert [id for name in (KEYS, SEALED) for id in store[name] if id.startswith(person_id)] == []
    assert (await seated.asks("GET", "/me/needs", ana)).status_code == 410
    await seated.publish()
    await seated.pass_to(GOES_AT)
    assert seated.call.events(PersonDataDestroyed) == []


async def test_nothing_of_it_is_in_clear_anywhere(seated: Seated) -> None:
    await seated.publish()
    (ana_id, ana), _ = seated.people
    await seated.states(ana, **FORM)
    await seated.asks("GET", f"/participants/{ana_id}/needs", seated.travel)
    await seated.asks("GET", f"/editions/{seated.edition_id}/needs/count", seated.travel)
    await seated.pass_to(GOES_AT)
    kept = json.dumps(seated.call.on.store.collections, default=lambda each: repr(each))
    assert CANARY not in kept
    assert "LESHO" not in kept
    assert CANARY not in seated.call.on.logged.getvalue()
