"""The calendar feeds."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from relevo_scheduling import calendar
from relevo_scheduling.domain import programme as rules
from relevo_scheduling.domain import publication
from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.roster import Entry


def parsed(feed: bytes) -> Calendar:
    return Calendar.from_ical(feed)


def events(feed: bytes) -> dict[str, Any]:
    return {str(each["UID"]): each for each in parsed(feed).walk("VEVENT")}


def test_a_feed_names_its_method_its_zone_and_every_session_in_local_time(make: Any) -> None:
    room = Room(room_id=make.id("room"), edition_id=make.edition_id, name="Rubén Darío", seats=60)
    teacher = Faculty(faculty_id=make.id("teacher"), edition_id=make.edition_id, name="A. Teacher")
    session = make.session("Peticiones", room_id=room.room_id, faculty_ids=(teacher.faculty_id,))
    feed = calendar.feed(make.published(session), "es", {room.room_id: room}, {teacher.faculty_id: teacher})
    whole = parsed(feed)
    assert (whole["VERSION"], whole["METHOD"]) == ("2.0", "PUBLISH")
    assert [str(each["TZID"]) for each in whole.walk("VTIMEZONE")] == ["America/New_York"]
    event = events(feed)[str(uuid.UUID(session.session_id))]
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert event["DTSTART"].dt.astimezone(UTC) == session.starts_at
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=90)
    assert str(event["SUMMARY"]) == "Peticiones"
    assert str(event["LOCATION"]) == "Rubén Darío, IACHR headquarters, Washington, DC"
    assert "A. Teacher" in str(event["DESCRIPTION"])
    assert "con interpretación al inglés" in str(event["DESCRIPTION"])


def test_a_feed_has_the_lines_and_line_ends_that_rfc_5545_asks_for(make: Any) -> None:
    feed = calendar.feed(make.published(make.session("Ñandú " * 30)), "pt", {}, {})
    lines = feed.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in b"".join(lines)
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]


def test_uids_stay_and_the_sequence_grows_only_for_what_a_version_changed(make: Any) -> None:
    a, b = make.session("a"), make.session("b", day=10)
    first = make.published(a, b)
    moved = b.model_copy(update={"ends_at": b.ends_at + timedelta(minutes=15)})
    second = publication.publish(rules.change_session(first, moved, make.zone), make.roster(), {}, make.after)[0]
    before, after = (events(calendar.feed(each, "en", {}, {})) for each in (first, second))
    assert before.keys() == after.keys()
    assert sorted((int(before[uid]["SEQUENCE"]), int(after[uid]["SEQUENCE"])) for uid in before) == [(0, 0), (0, 1)]


def test_a_session_taken_out_of_the_programme_stays_in_the_feed_as_cancelled(make: Any) -> None:
    a, b = make.session("a"), make.session("b", day=10)
    programme = publication.publish(
        rules.remove_session(make.published(a, b), b.session_id, make.zone), make.roster(), {}, make.after
    )[0]
    found = events(calendar.feed(programme, "en", {}, {}))
    gone = found[str(uuid.UUID(b.session_id))]
    assert (str(gone["STATUS"]), int(gone["SEQUENCE"])) == ("CANCELLED", 1)
    assert str(found[str(uuid.UUID(a.session_id))]["STATUS"]) == "CONFIRMED"


def test_a_participants_feed_holds_what_is_for_everybody_and_for_their_groups(make: Any) -> None:
    everybody, blue, red = (
        make.session("a"),
        make.session("b", 10, groups=("blue",)),
        make.session("c", 10, groups=("red",)),
    )
    programme = make.published(everybody, blue, red, groups=("blue", "red"))
    found = events(calendar.feed(programme, "fr", {}, {}, Entry(participant_id=make.id("one"), groups=("blue",))))
    assert found.keys() == {str(uuid.UUID(each.session_id)) for each in (everybody, blue)}


def test_the_same_state_gives_the_same_bytes_and_a_feed_may_be_had_before_the_first_version(make: Any) -> None:
    programme = make.published(make.session("a"))
    assert calendar.feed(programme, "es", {}, {}) == calendar.feed(programme, "es", {}, {})
    assert events(calendar.feed(make.programme(), "es", {}, {})) == {}


def test_a_summer_week_in_lima_has_lima_time(make: Any) -> None:
    frame = make.frame().model_copy(update={"time_zone": "America/Lima", "city": "Lima"})
    programme = make.programme(make.session("a"))
    draft = programme.draft.model_copy(update={"frame": frame})
    programme = publication.publish(programme.model_copy(update={"draft": draft}), make.roster(), {}, make.before)[0]
    (event,) = events(calendar.feed(programme, "es", {}, {})).values()
    assert event["DTSTART"].dt.utcoffset() == timedelta(hours=-5)


@pytest.mark.parametrize(("start", "minutes"), [(0, 60), (30, 60), (60, 45), (90, 30), (-60, 240)])
def test_a_session_in_the_hour_that_comes_twice_has_its_right_length(make: Any, start: int, minutes: int) -> None:
    """On 3 November 2019 at six in the morning UTC the clocks of Washington went back from two to one."""
    begins = datetime(2019, 11, 3, 5, tzinfo=UTC) + timedelta(minutes=start)
    session = make.session("a").model_copy(update={"starts_at": begins, "ends_at": begins + timedelta(minutes=minutes)})
    (event,) = events(calendar.feed(make.published(session), "es", {}, {})).values()
    read = [event[name].dt.astimezone(UTC) for name in ("DTSTART", "DTEND")]
    assert read == [session.starts_at, session.ends_at]
    assert all(event[name].dt.fold == 0 for name in ("DTSTART", "DTEND"))
