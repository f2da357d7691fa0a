"""Which storms there are, in the long form and in the short one, and on which grounds each takes place."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.chaos import damage, ends, mishaps, portal, reminders, seats, servers, upgrading, webhooks
from tests.chaos.faults import NoSmallDisk, small_disk
from tests.chaos.home import Home, released
from tests.chaos.program import WITHIN_COMMIT
from tests.chaos.stand import WITNESS, Layout, Stand, a_stand
from tests.chaos.storm import Fault, Report, Storm, rage
from tests.upgrade.release import NoHistory

from relevo_contracts import SERVICES
from relevo_deploy.deployed import PORTAL, WEBHOOKS
from relevo_testkit.failpoints import POINTS

NATS_MEGABYTES = 128
MONGO_MEGABYTES = 1_200
_FEW = ("scheduling", "multiplier_tracking", WITNESS)


@dataclass(frozen=True, eq=False)
class Grounds:
    """Where storms take place: one stand for all of those that are to be there."""

    name: str
    layout: Layout
    rate: float = 1.8
    """Of each kind of people a second: with more, what runs on two cores leaves nothing for one that starts."""
    small_disks: bool = False
    released: bool = False
    """Whether services begin as replicas of the last release."""

    async def stage(
        self, scenarios: Sequence[Scenario], folder: Path, seed: int, short: bool, report: Callable[[Report], None]
    ) -> None:
        """Run these storms one after the other; what they cannot have here is said and skipped."""
        async with AsyncExitStack() as stack:
            layout = self.layout
            if self.small_disks:
                try:
                    nats = await stack.enter_async_context(small_disk(folder / "small-nats", NATS_MEGABYTES))
                    mongo = await stack.enter_async_context(small_disk(folder / "small-mongo", MONGO_MEGABYTES))
                except NoSmallDisk as none:
                    for each in scenarios:
                        report(_skipped(each.name, str(none)))
                    return
                layout = Layout(layout.services, layout.replicas, nats_folder=nats, mongo_folder=mongo)
            if self.released:
                try:
                    layout = replace(layout, home=await self._released(folder / f"{self.name}-release"))
                except NoHistory as none:
                    for each in scenarios:
                        report(_skipped(each.name, str(none)))
                    return
            stand = await stack.enter_async_context(a_stand(folder / self.name, layout))
            for each in scenarios:
                report(await self._one(stand, each, folder, seed, short))

    async def _released(self, folder: Path) -> Home:
        services = [each for each in self.layout.services if each != WITNESS]
        return await asyncio.to_thread(released, folder, services)

    async def _one(self, stand: Stand, each: Scenario, folder: Path, seed: int, short: bool) -> Report:
        try:
            return await rage(stand, each.name, each.fault, seed=seed, short=short, folder=folder, rate=self.rate)
        except Exception as broken:
            traceback.print_exc(limit=-3)
            return _broken(each.name, broken)


@dataclass(frozen=True)
class Scenario:
    """A storm by name."""

    name: str
    fault: Fault
    grounds: Grounds


def plan(*, short: bool) -> list[Scenario]:
    """All storms, in the order in which they rage."""
    return _short() if short else _long()


def upgrades(*, short: bool) -> list[Scenario]:
    """The storms of an upgrade. The short one has a test of its own, beside what else holds of two releases."""
    if short:
        few = Grounds("upgrade", Layout(_FEW), rate=0.8, released=True)
        return [Scenario("upgrade", upgrading.upgrade(producers_first=False, seconds=0), few)]
    return [
        Scenario(
            f"upgrade_{first}_first",
            upgrading.upgrade(producers_first=first == "producers", seconds=6),
            Grounds(f"upgrade-{first}", Layout(), rate=1.2, released=True),
        )
        for first in ("consumers", "producers")
    ]


def _short() -> list[Scenario]:
    plain = Grounds("plain", Layout(_FEW))
    named: list[tuple[str, Fault]] = [
        (
            "kill_each",
            _one_after_the_other(ends.kills_at_every_point, ends.kills_of_nats(1), ends.kills_of_mongod(1)),
        ),
        (
            "poison_stop_repeat",
            _one_after_the_other(mishaps.poisoned, ends.a_stopped_replica, mishaps.repeats),
        ),
    ]
    pages = Grounds("pages", Layout(("intake", "scheduling", PORTAL, WITNESS)), rate=1.0)
    of_the_portal = _one_after_the_other(portal.kills_of_the_portal(1), portal.a_lost_portal)
    return [
        *(Scenario(name, fault, plain) for name, fault in named),
        Scenario("portal", of_the_portal, pages),
        Scenario("webhooks", webhooks.kills_of_webhooks(1), _handing_on()),
    ]


def _handing_on() -> Grounds:
    """For one storm alone: what is told on it is replayed to an endpoint from the first event on."""
    return Grounds("handing_on", Layout(("intake", "scheduling", WEBHOOKS, WITNESS)), rate=1.0)


def _long() -> list[Scenario]:
    plain = Grounds("plain", Layout())
    pages = Grounds("pages", Layout((*SERVICES, PORTAL, WITNESS)), rate=1.2)
    disks = Grounds("disks", Layout(_FEW), small_disks=True)
    clusters = Grounds("clusters", Layout(_FEW, clustered=True), rate=1.5)

    on_plain: list[tuple[str, Fault]] = [
        *((f"kill_{point}", ends.kills_at(point, 3)) for point in (*POINTS, WITHIN_COMMIT)),
        ("kill_anywhere", ends.kills_anywhere(10)),
        ("kill_the_relay", ends.kills_of_the_relay(8)),
        ("kill_nats", ends.kills_of_nats(6)),
        ("kill_mongod", ends.kills_of_mongod(6)),
        ("stop_a_replica", ends.a_stopped_replica),
        ("stop_the_relay", ends.a_stopped_relay),
        ("cut_links", ends.bad_links("cut", 15)),
        ("silent_links", ends.bad_links("silent", 35)),
        ("slow_links", ends.bad_links("slow", 20)),
        ("poison", mishaps.poisoned),
        ("repeats", mishaps.repeats),
        ("deleted_durable", mishaps.a_deleted_durable),
        ("lost_stream", mishaps.a_lost_stream),
        ("flipped_bit", damage.a_flipped_bit),
        ("seats", seats.seats_under_kills),
        ("reminders", reminders.reminders_under_kills),  # the last one here: weeks go by in it
    ]
    return [
        *(Scenario(name, fault, plain) for name, fault in on_plain),
        Scenario("kill_the_portal", portal.kills_of_the_portal(3), pages),
        Scenario("lost_portal", portal.a_lost_portal, pages),
        Scenario("kill_webhooks", webhooks.kills_of_webhooks(4), _handing_on()),
        Scenario("full_disk_nats", servers.a_full_disk_under_nats, disks),
        Scenario("full_disk_mongod", servers.a_full_disk_under_mongod, disks),
        Scenario("cluster_kill_primary", servers.kills_of_a_primary(3), clusters),
        Scenario("cluster_kill_leader", servers.kills_of_a_leader(3), clusters),
        Scenario("cluster_stop_leader", servers.a_stopped_leader, clusters),
        Scenario("cluster_minority", servers.a_minority, clusters),
        Scenario("cluster_flipped_bit", damage.a_flipped_bit_in_a_cluster, clusters),
        *upgrades(short=False),
    ]


def _one_after_the_other(*faults: Fault) -> Fault:
    async def all_of_them(storm: Storm) -> None:
        for fault in faults:
            await fault(storm)

    return all_of_them


def _skipped(name: str, why: str) -> Report:
    return Report(name, 0, 0, 0, 0, 0, True, 0.0, skipped=why)


def _broken(name: str, why: Exception) -> Report:
    return Report(name, 0, 0, 0, 0, 0, False, 0.0, notes=(f"{type(why).__name__}: {why}",))
