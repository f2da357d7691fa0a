"""Whoever is expected at another time or place is told of as such: once, and nobody else (rule 20)."""

from __future__ import annotations

import json
from typing import Any, cast

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_contracts import derived_id
from relevo_scheduling.deadlines import ON_DUE
from relevo_testkit.fakes import FreeLease

Door = Any
ONE, TWO = derived_id("one"), derived_id("two")


async def swept(door: Door) -> None:
    shell = door.stand.shell
    committer = cast(Committer, shell.committer)
    await Sweeper(shell.store, committer, FreeLease(), door.stand.clock.now, ON_DUE).sweep()


def changes(door: Door) -> list[dict[str, Any]]:
    """What participants were told of their own sessions, in the order in which it was."""
    rows = sorted(door.stand.store.collections["outbox"].values(), key=lambda each: each["order"])
    return [json.loads(each["body"]) for each in rows if each["subject"].endswith(".attendance.sessions_changed.v1")]


async def republished(door: Door, path: str, *sessions: dict[str, Any]) -> None:
    tag = (await door.get(f"{path}/draft")).headers["etag"]
    put = await door.put(f"{path}/draft/sessions", {"sessions": list(sessions)}, tag)
    assert put.status_code == 200, put.text
    published = await door.post(f"{path}/publish", headers={"If-Match": put.headers["etag"]})
    assert published.status_code == 201, published.text


async def test_rule_20_when_a_programme_is_first_published_each_participant_is_told_once(door: Door) -> None:
    await door.enrol("one", "two")
    await door.programme(door.session(day=9), door.session(day=10))
    assert changes(door) == [], "with what is due, right after the version"
    await swept(door)
    await swept(door)
    assert sorted(each["participant_id"] for each in changes(door)) == sorted([ONE, TWO])
    found = {(each["because"], each["programme_version"], each["added"], each["next_on"]) for each in changes(door)}
    assert found == {("first_published", 1, 2, "2019-12-09")}


async def test_rule_20_whose_own_session_is_moved_is_told_and_nobody_else(door: Door) -> None:
    await door.enrol("one", "two")
    blue, red = (door.session(day=9, groups=[each]) for each in ("blue", "red"))
    path = await door.programme(door.session(day=12), blue, red, groups=["blue", "red"])
    await swept(door)
    await door.put(f"{path}/participants/groups", {"groups": {ONE: ["blue"], TWO: ["red"]}})
    before = len(changes(door))
    ids = {
        tuple(each["groups"]): each["session_id"]
        for each in (await door.get(f"{door.edition}/programme", {})).json()["sessions"]
    }
    moved = {**door.session(day=11, groups=["blue"]), "session_id": ids["blue",]}
    await republished(
        door, path, {**door.session(day=12), "session_id": ids[()]}, moved, {**red, "session_id": ids["red",]}
    )
    await swept(door)
    [change] = changes(door)[before:]
    assert (change["participant_id"], change["because"], change["programme_version"]) == (ONE, "published", 2)
    assert (change["added"], change["moved"], change["removed"]) == (0, 1, 0)
    assert (change["next_on"], change["edition_id"]) == ("2019-12-09", door.make.edition_id)


async def test_rule_20_who_is_given_a_group_is_told_at_once(door: Door) -> None:
    await door.enrol("one")
    path = await door.programme(door.session(day=9, groups=["blue"]), door.session(day=12), groups=["blue"])
    await swept(door)
    await door.put(f"{path}/participants/groups", {"groups": {ONE: ["blue"]}})
    await door.put(f"{path}/participants/groups", {"groups": {ONE: ["blue"]}})
    [_, change] = changes(door)
    assert (change["because"], change["added"], change["next_on"]) == ("expected", 1, "2019-12-09")


async def test_who_has_left_is_told_nothing_of_a_version_that_came_before(door: Door) -> None:
    await door.enrol("one", "two")
    await door.programme(door.session(day=9))
    row = door.stand.store.collections["attendance"][TWO]
    row["state"]["withdrawn_at"] = door.make.before
    await swept(door)
    assert [each["participant_id"] for each in changes(door)] == [ONE]


async def test_more_participants_than_one_portion_are_told_by_as_many_deadlines(door: Door) -> None:
    names = [f"n{at}" for at in range(201)]
    await door.enrol(*names)
    await door.programme(door.session(day=9))
    waiting = [
        each for each in door.stand.store.collections["deadlines"].values() if each["kind"] == "own_sessions_changed"
    ]
    assert [len(each["facts"]["changes"]) for each in waiting] == [200, 1]
    await swept(door)
    assert len({each["participant_id"] for each in changes(door)}) == len(changes(door)) == 201
