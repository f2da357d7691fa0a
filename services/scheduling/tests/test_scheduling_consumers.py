"""What intake tells, twice and in any order, ends in the same state."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from relevo_chassis.delivery.change import A, Asked, Busy, Change, Commits, Decision, New, Repeat, Source, unrepeated
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_chassis.delivery.group import Ahead
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.store import Store
from relevo_contracts import Envelope, Event, Requirements, derived_id
from relevo_contracts.intake import ParticipantEnrolled, ParticipantWithdrawn, PersonErased
from relevo_scheduling import store as queries
from relevo_scheduling.commands.closing import CloseWeek, close_week
from relevo_scheduling.commands.groups import AssignGroups, assign_groups
from relevo_scheduling.commands.office import Office
from relevo_scheduling.consumers import SUBSCRIPTIONS
from relevo_scheduling.deadlines import ON_DUE
from relevo_scheduling.main import SERVICE
from relevo_scheduling.store import ATTENDANCE, INDEXES, LINKS, PROGRAMME, ROSTER
from relevo_testkit.fakes import FakeStore
from relevo_testkit.records import recording
from relevo_testkit.stand import fake_vault
from relevo_testkit.waiting import until

AT = datetime(2019, 11, 20, tzinfo=UTC)
EDITION = derived_id("edition", "2019-2")
HANDLERS = SUBSCRIPTIONS[0].handlers


def enrolled(name: str, sequence: int = 1) -> Envelope:
    return enveloped(
        ParticipantEnrolled(
            participant_id=derived_id(name),
            application_id=derived_id("application", name),
            call_id=derived_id("call"),
            edition_id=EDITION,
            enrolled_at=AT,
            requirements=Requirements(attendance_percent=75),
        ),
        sequence,
    )


def withdrawn(name: str, sequence: int = 2) -> Envelope:
    return enveloped(
        ParticipantWithdrawn(
            participant_id=derived_id(name),
            application_id=derived_id("application", name),
            call_id=derived_id("call"),
            edition_id=EDITION,
            withdrawn_at=AT,
        ),
        sequence,
    )


def erased(name: str) -> Envelope:
    return enveloped(
        PersonErased(
            person_id=derived_id("person", name),
            application_ids=(derived_id("application", name),),
            participant_ids=(derived_id(name),),
            erased_at=AT,
        ),
        1,
    )


def enveloped(event: Event, sequence: int) -> Envelope:
    id = derived_id(type(event).__name__, event.aggregate_id, sequence)
    return Envelope(id=id, sequence=sequence, time=AT, cause_id=id, chain_id=id, event=event)


async def deliver(committer: Committer, envelopes: Sequence[Envelope]) -> None:
    """Deliver as the bus does: whoever came before its predecessor is delivered again later."""
    waiting = list(envelopes)
    while waiting:
        early = []
        for envelope in waiting:
            event = envelope.event
            change = HANDLERS[type(event)](event, envelope)
            assert change is not None
            source = Source("scheduling_intake", event.aggregate, event.aggregate_id, envelope.sequence)
            try:
                await committer.commit(_from(change, source))
            except Ahead:
                early.append(envelope)
        assert len(early) < len(waiting)
        waiting = early


def _from(change: Any, source: Source) -> Any:
    return replace(change, source=source)


async def handled(envelopes: Sequence[Envelope], fake: FakeStore | None = None) -> FakeStore:
    fake = fake or FakeStore()
    await fake.prepare((), INDEXES)
    committer = recording(fake)
    committer.start()
    await deliver(committer, envelopes)
    kept = cast(Store, fake)
    sweeper = Sweeper(kept, committer, Lease(kept, "sweeper", "one"), lambda: AT, SERVICE.on_due)
    while await sweeper.sweep():
        pass
    await committer.close()
    return fake


def states(fake: FakeStore) -> dict[str, Any]:
    return {
        name: {id: (each["state"], each["sequence"]) for id, each in fake.collections[name].items()}
        for name in (ATTENDANCE.name, ROSTER.name)
    }


ALL = (
    *(enrolled(name) for name in "abcdefgh"),
    withdrawn("b"),
    withdrawn("c"),
    enrolled("c", 3),
    erased("d"),
    withdrawn("e"),
    erased("e"),
)


@pytest.mark.parametrize("seed", range(12))
async def test_every_event_twice_and_shuffled_ends_in_the_same_state(seed: int) -> None:
    twice = [*ALL, *ALL]
    Random(seed).shuffle(twice)
    assert states(await handled(twice)) == states(await handled(ALL))


async def test_those_enrolled_are_expected_under_the_requirements_of_their_enrolment() -> None:
    fake = await handled(ALL)
    roster = await fake.state(ROSTER(EDITION))
    assert roster is not None
    assert {*roster.participant_ids} == {derived_id(name) for name in "acfgh"}
    attendance = await fake.state(ATTENDANCE(derived_id("a")))
    assert attendance is not None
    assert attendance.requirements.attendance_percent == 75
    assert attendance.takes_part


async def test_rule_14_an_erasure_that_overtakes_the_enrolment_stands() -> None:
    fake = await handled([erased("a"), enrolled("a")])
    attendance = await fake.state(ATTENDANCE(derived_id("a")))
    assert attendance is not None
    assert attendance.erased_at == AT
    assert not attendance.takes_part
    assert await fake.state(ROSTER(EDITION)) is None


@pytest.mark.parametrize("order", [("enrolled", "erased"), ("erased", "enrolled")])
async def test_rule_14_whoever_was_erased_does_not_keep_the_week_from_being_closed(make: Any, order: Any) -> None:
    """Every session is for one group, and nobody puts somebody who was erased into it."""
    events = {"enrolled": enrolled("gone"), "erased": erased("gone")}
    fake = await handled([enrolled("a"), *(events[each] for each in order)])
    programme = make.published(make.session("a", groups=("red",)), groups=("red",))
    ref = PROGRAMME(programme.programme_id)
    committer = recording(fake)
    committer.start()
    await committer.commit(Change([ref], lambda _: Decision([New(ref, programme)]), make.before, derived_id("publish")))
    office = office_of(committer, fake)
    groups = AssignGroups(programme.programme_id, {derived_id("a"): ("red",)}, make.before)
    await assign_groups(office, groups, Asked("carla", make.before, derived_id("assign")))
    closed = unrepeated(await close_week(office, CloseWeek(programme.programme_id), closing_asked(make)))
    await committer.close()
    closing = closed.closing
    assert closing is not None
    assert (closing.completed, closing.not_completed) == (0, 1)


async def test_rule_14_once_the_week_is_closed_the_roster_stays_as_it_was_judged(make: Any) -> None:
    fake = await with_closed_week(make, "a", "b")
    await handled([erased("a")], fake)
    roster = await fake.state(ROSTER(EDITION))
    assert roster is not None
    assert {*roster.participant_ids} == {derived_id("a"), derived_id("b")}
    attendance = await queries.attendance_of(cast(Store, fake), derived_id("a"))
    assert attendance.outcome is not None
    assert not attendance.takes_part


async def test_rule_14_a_store_restored_from_before_an_erasure_drops_link_and_place_again() -> None:
    fake = await handled([enrolled("a"), enrolled("b")])
    fake.collections[LINKS]["hash"] = {"_id": "hash", "participant_id": derived_id("a")}
    fake.collections[ATTENDANCE.name][derived_id("a")]["state"]["link_hash"] = "hash"
    committer = recording(fake)
    committer.start()
    shell: Any = SimpleNamespace(committer=committer)
    assert SERVICE.erase_again is not None
    await SERVICE.erase_again(shell, [erased("a")])
    after = states(await handled([], fake))
    assert fake.collections[LINKS] == {}
    assert [each["participant_id"] for each in after["roster"][EDITION][0]["entries"]] == [derived_id("b")]
    await SERVICE.erase_again(shell, [erased("a")])
    await committer.close()
    assert states(await handled([erased("a")], fake)) == after


@pytest.mark.parametrize("leaving", [withdrawn, erased])
async def test_rule_14_who_leaves_has_no_calendar_link_any_more(leaving: Any) -> None:
    fake = await handled([enrolled("a")])
    fake.collections[LINKS]["hash"] = {"_id": "hash", "participant_id": derived_id("a")}
    fake.collections[ATTENDANCE.name][derived_id("a")]["state"]["link_hash"] = "hash"
    await handled([leaving("a")], fake)
    assert fake.collections[LINKS] == {}
    attendance = await fake.state(ATTENDANCE(derived_id("a")))
    assert attendance is not None
    assert attendance.link_hash is None


def office_of(commits: Commits, fake: FakeStore) -> Office:
    return Office(commits, cast(Store, fake), fake_vault(fake))


def closing_asked(make: Any, *of: int) -> Asked:
    """The week is closed by its coordinator after its end."""
    return Asked("carla", make.after, derived_id("close", *of))


async def with_programme(make: Any, *names: str) -> tuple[FakeStore, CloseWeek]:
    """Some who are enrolled, a week that is published, and the command to close it."""
    fake = await handled([enrolled(name) for name in names])
    programme = make.published(make.session("a"))
    ref = PROGRAMME(programme.programme_id)
    committer = recording(fake)
    committer.start()
    await committer.commit(Change([ref], lambda _: Decision([New(ref, programme)]), make.before, derived_id("publish")))
    await committer.close()
    return fake, CloseWeek(programme.programme_id)


async def with_closed_week(make: Any, *names: str) -> FakeStore:
    fake, command = await with_programme(make, *names)
    committer = recording(fake)
    committer.start()
    await close_week(office_of(committer, fake), command, closing_asked(make))
    await committer.close()
    return fake


async def test_an_enrolment_that_arrives_after_the_closing_gets_its_outcome_at_once(make: Any) -> None:
    fake = await with_closed_week(make, "a")
    await handled([enrolled("late")], fake)
    late = await queries.attendance_of(cast(Store, fake), derived_id("late"))
    assert late.outcome is not None
    assert not late.outcome.completed
    subjects = [each["subject"] for each in fake.collections["outbox"].values()]
    assert subjects.count("events.scheduling.attendance.not_completed.v1") == 2


async def test_an_enrolment_racing_the_closing_is_judged_in_every_order(make: Any) -> None:
    for seed in range(10):
        fake, command = await with_programme(make, "a", "b")
        one, other = recording(fake), recording(fake)
        one.start()
        other.start()
        tasks = [
            close_week(office_of(one, fake), command, closing_asked(make, seed)),
            *(deliver(other, [enrolled(name)]) for name in "cdef"),
        ]
        Random(seed).shuffle(tasks)
        await asyncio.gather(*tasks)
        await one.close()
        await other.close()
        attendances = await fake.select(ATTENDANCE, {"edition_id": EDITION})
        assert len(attendances) == 6
        assert all(each.outcome is not None for each in attendances)


class DiesAfterOne:
    """A committer whose process ends after its first commit."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._commits = 0

    async def commit(self, change: Change[A]) -> A | Repeat:
        self._commits += 1
        if self._commits > 1:
            raise Busy("the process has ended")
        return await self._committer.commit(change)


async def test_what_a_dying_process_left_to_settle_is_settled_by_the_sweeper_and_the_week_ends_once(make: Any) -> None:
    fake, command = await with_programme(make, *(f"p{number}" for number in range(450)))
    committer = recording(fake)
    committer.start()
    kept = cast(Store, fake)
    with pytest.raises(Busy):
        await close_week(office_of(DiesAfterOne(committer), fake), command, closing_asked(make))
    half = await fake.state(PROGRAMME(command.programme_id))
    assert half is not None
    assert half.closing is not None
    assert half.closing.portions_left == (1, 2)
    sweeper = Sweeper(kept, committer, Lease(kept, "sweeper", "one"), lambda: make.after, ON_DUE)
    sweeper.start()
    await until(lambda: not fake.collections["deadlines"])
    await sweeper.close()
    await committer.close()
    whole = await fake.state(PROGRAMME(command.programme_id))
    assert whole is not None
    assert whole.closing is not None
    assert (whole.closing.portions_left, whole.closing.not_completed) == ((), 450)
    subjects = [each["subject"] for each in fake.collections["outbox"].values()]
    assert subjects.count("events.scheduling.programme.week_ended.v1") == 1
    assert subjects.count("events.scheduling.attendance.not_completed.v1") == 450
