"""Draft, versions and what changed between them."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_contracts.scheduling import ProgrammePublished
from relevo_scheduling.domain import programme as rules
from relevo_scheduling.domain import publication
from relevo_scheduling.domain import roster as roster_rules
from relevo_scheduling.domain.programme import (
    Closing,
    DraftHasClashes,
    GroupIsInUse,
    GroupIsUnknown,
    NoSuchSession,
    NothingIsRequired,
    SessionOutsideTheWeek,
    WeekIsClosed,
)
from relevo_scheduling.domain.publication import NothingToPublish
from relevo_scheduling.domain.roster import Entry, NoSuchParticipant, Roster


def in_groups(make: Any, *groups: str, name: str = "somebody") -> Entry:
    return Entry(participant_id=make.id(name), groups=groups)


def checked(
    make: Any, programme: Any, *entries: Entry, from_at: Any = None, seats: Any = None, now: Any = None
) -> None:
    roster = Roster(edition_id=make.edition_id, entries=entries)
    ids = [each.participant_id for each in entries]
    rules.check_groups(programme, roster, ids, from_at or make.before, seats or {}, now or make.before)


def test_the_first_version_adds_every_session_and_tells_the_required_minutes(make: Any) -> None:
    a, b = make.session("a"), make.session("b", day=10, minutes=60, required=False)
    programme, (event,) = publication.publish(make.programme(a, b), make.roster(), {}, make.before)
    assert isinstance(event, ProgrammePublished)
    assert (event.programme_version, event.sessions, event.required_minutes) == (1, 2, 90)
    assert event.added_session_ids == tuple(sorted([a.session_id, b.session_id]))
    assert programme.in_force().session(a.session_id) == a


def test_a_version_tells_what_was_added_changed_and_removed_and_keeps_the_revision_of_the_rest(make: Any) -> None:
    a, b, c, d = (make.session(name, day=9 + number) for number, name in enumerate("abcd"))
    moved = b.model_copy(update={"starts_at": make.at(10, 11), "ends_at": make.at(10, 12)})
    programme = rules.replace_sessions(make.published(a, b, c), [a, moved, d], make.zone)
    programme, (event,) = publication.publish(programme, make.roster(), {}, make.after)
    assert isinstance(event, ProgrammePublished)
    assert event.added_session_ids == (d.session_id,)
    assert event.changed_session_ids == (b.session_id,)
    assert event.removed_session_ids == (c.session_id,)
    revisions = {each.session.session_id: each.revision for each in programme.in_force().sessions}
    assert revisions == {a.session_id: 0, b.session_id: 1, d.session_id: 0}
    assert [(each.session.session_id, each.revision) for each in programme.in_force().cancelled] == [(c.session_id, 1)]


def test_a_session_that_comes_back_goes_on_counting_its_revisions(make: Any) -> None:
    a, b = make.session("a"), make.session("b", day=10)
    programme = publication.publish(
        rules.remove_session(make.published(a, b), b.session_id, make.zone), make.roster(), {}, make.after
    )[0]
    programme = publication.publish(rules.add_session(programme, b, make.zone), make.roster(), {}, make.after)[0]
    published = programme.in_force()
    assert [each.revision for each in published.sessions if each.session == b] == [2]
    assert published.cancelled == ()


def test_the_same_draft_is_not_published_twice(make: Any) -> None:
    with pytest.raises(NothingToPublish):
        publication.publish(make.published(make.session("a")), make.roster(), {}, make.after)


def test_a_draft_with_clashes_is_not_published(make: Any) -> None:
    room = make.id("room")
    with pytest.raises(DraftHasClashes) as refused:
        publication.publish(
            make.programme(make.session("a", room_id=room), make.session("b", room_id=room)),
            make.roster(),
            {},
            make.before,
        )
    assert refused.value.facts["clashes"] == 2


def test_rule_6_a_programme_that_requires_nothing_is_not_published(make: Any) -> None:
    with pytest.raises(NothingIsRequired):
        publication.publish(make.programme(make.session("a", required=False)), make.roster(), {}, make.before)


@pytest.mark.parametrize(("day", "hour", "minutes"), [(8, 9, 60), (14, 9, 60), (13, 23, 120)])
def test_a_session_lies_within_the_days_of_the_week_at_the_venue(make: Any, day: int, hour: int, minutes: int) -> None:
    with pytest.raises(SessionOutsideTheWeek):
        rules.add_session(make.programme(), make.session("a", day=day, hour=hour, minutes=minutes), make.zone)


def test_an_evening_at_the_venue_belongs_to_its_own_day_although_it_is_the_next_in_utc(make: Any) -> None:
    assert rules.add_session(make.programme(), make.session("a", day=13, hour=21), make.zone).draft.sessions


def test_a_session_is_for_groups_that_the_programme_has(make: Any) -> None:
    with pytest.raises(GroupIsUnknown):
        rules.add_session(make.programme(), make.session("a", groups=("blue",)), make.zone)


def test_a_group_stays_while_a_session_or_a_participant_needs_it(make: Any) -> None:
    programme = make.programme(make.session("a", groups=("blue",)), groups=("blue", "red"))
    in_red, in_blue = (Roster(edition_id=make.edition_id, entries=(in_groups(make, each),)) for each in ("red", "blue"))
    with pytest.raises(GroupIsInUse):
        rules.reframe(programme, make.frame("red"), make.zone, make.roster())
    with pytest.raises(GroupIsInUse):
        rules.reframe(programme, make.frame("blue"), make.zone, in_red)
    assert rules.reframe(programme, make.frame("blue"), make.zone, in_blue).draft.frame.group_codes == ("blue",)


def test_what_is_not_in_the_draft_can_be_neither_changed_nor_removed(make: Any) -> None:
    with pytest.raises(NoSuchSession):
        rules.change_session(make.programme(), make.session("a"), make.zone)
    with pytest.raises(NoSuchSession):
        rules.remove_session(make.programme(), make.id("a"), make.zone)


def test_required_minutes_are_the_most_that_any_group_has_to_attend(make: Any) -> None:
    long = make.session("long", groups=("blue",), minutes=120)
    short = make.session("short", groups=("red",), minutes=60)
    _, (event,) = publication.publish(
        make.programme(long, short, groups=("blue", "red")), make.roster(), {}, make.before
    )
    assert isinstance(event, ProgrammePublished)
    assert event.required_minutes == 120


def test_after_the_closing_neither_draft_nor_groups_change(make: Any) -> None:
    closing = Closing(began_at=make.after, version=1, portions_left=())
    programme = make.published(make.session("a")).model_copy(update={"closing": closing})
    for change in (
        lambda: rules.add_session(programme, make.session("b", day=10), make.zone),
        lambda: rules.reframe(programme, make.frame(), make.zone, make.roster()),
        lambda: publication.publish(programme, make.roster(), {}, make.after),
        lambda: checked(make, programme, in_groups(make), from_at=make.after),
    ):
        with pytest.raises(WeekIsClosed):
            change()


def test_nobody_is_put_into_groups_whose_published_sessions_overlap(make: Any) -> None:
    sessions = make.session("a", groups=("blue",)), make.session("b", groups=("red",))
    programme = make.published(*sessions, groups=("blue", "red"))
    checked(make, programme, in_groups(make, "blue"))
    with pytest.raises(DraftHasClashes):
        checked(make, programme, in_groups(make, "blue", "red"))
    with pytest.raises(GroupIsUnknown):
        checked(make, programme, in_groups(make, "green"))


def test_groups_are_given_to_all_who_are_named_or_to_nobody(make: Any) -> None:
    roster = make.roster("one", "two")
    with pytest.raises(NoSuchParticipant):
        roster_rules.assign(roster, {make.id("one"): ("blue",), make.id("stranger"): ("blue",)}, make.before)
    assigned = roster_rules.assign(roster, {make.id("one"): ("blue",)}, make.before)
    assert [assigned.entry_of(make.id(name)).groups for name in ("one", "two")] == [("blue",), ()]
