"""What this tree stores, the last release reads, and the other way round: from the models and files of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.upgrade.growth import Stored, broken, fields, newly_handled
from tests.upgrade.release import RELEASES, ROOT, Release

from relevo_deploy.topology.files import Topology, read_topology

RIGHTS = ("append", "passing", "change")


def printed(services: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.upgrade.stored", *services]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def before(release: Release) -> Mapping[str, Stored]:
    found = printed(release.services, release.environment(os.environ))
    assert all(Path(each["package"]).is_relative_to(release.folder) for each in found.values())
    return found


@pytest.fixture(scope="module")
def now(release: Release) -> Mapping[str, Stored]:
    found = printed(release.services, os.environ)
    assert all(Path(each["package"]).is_relative_to(ROOT) for each in found.values())
    return found


def upcoming() -> Mapping[str, Any]:
    found: Mapping[str, Any] = tomllib.loads(RELEASES.read_text("utf-8"))["next"]
    return found


def test_each_of_two_releases_reads_what_the_other_stores(
    before: Mapping[str, Stored], now: Mapping[str, Stored]
) -> None:
    found = {name: list(broken(before[name], now[name])) for name in before}
    assert {name: each for name, each in found.items() if each} == {}, "deploy/docs/upgrade.md says how to change it"


def test_fields_that_are_new_or_gone_are_named_for_whoever_upgrades(
    before: Mapping[str, Stored], now: Mapping[str, Stored]
) -> None:
    """The release before drops a new field when it writes; that this does no harm has to be thought of."""
    old, new = fields(before, of=now), fields(now, of=before)
    assert (new - old, old - new) == ({*upcoming()["new"]}, {*upcoming()["gone"]})
    assert all([*upcoming()["new"].values(), *upcoming()["gone"].values()])


def test_who_has_to_be_upgraded_first_is_named(before: Mapping[str, Stored], now: Mapping[str, Stored]) -> None:
    assert newly_handled(before, now) == upcoming()["before"]


def test_the_databases_of_this_tree_give_the_release_before_all_that_it_uses(release: Release) -> None:
    """``relevo mongo-init`` of this tree comes first, so whoever still runs needs its rights then."""
    for service in ("every_service", *release.services):
        old, new = (
            json.loads((tree / f"deploy/databases/{service}.json").read_text("utf-8"))
            for tree in (release.folder, ROOT)
        )
        for right in RIGHTS:
            assert {*old.get(right, ())} <= {*new.get(right, ())}, (service, right)


def test_the_topology_of_this_tree_keeps_what_the_release_before_runs_on(release: Release) -> None:
    """``relevo topology apply`` of this tree comes first. What a release before brought along for others may go."""
    old, new = (of_services(read_topology(each / "deploy/topology"), release) for each in (release.folder, ROOT))
    assert {each["name"] for each in old.streams} <= {each["name"] for each in new.streams}
    durables = {each.name: each for each in new.consumers}
    for consumer in old.consumers:
        kept = durables[consumer.name]
        assert kept.stream == consumer.stream
        assert {*consumer.config["filter_subjects"]} <= {*kept.config["filter_subjects"]}, consumer.name
    identities = {each.name: each for each in new.identities}
    for identity in old.identities:
        found = identities[identity.name]
        for may in ("publish", "take", "hear", "read"):
            assert {*getattr(identity, may)} <= {*getattr(found, may)}, (identity.name, may)


def of_services(topology: Topology, release: Release) -> Topology:
    return Topology(
        topology.streams,
        [each for each in topology.consumers if each.name.startswith(tuple(f"{one}_" for one in release.services))],
        [each for each in topology.identities if each.name in release.services],
    )
