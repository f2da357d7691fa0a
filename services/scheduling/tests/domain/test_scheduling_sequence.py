"""Whatever changes a session's calendar event moves what tells calendars so, and makes a version (RFC 5545, 3.8.7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from relevo_chassis.delivery.change import Refusal
from relevo_scheduling import calendar
from relevo_scheduling.domain import programme as rules
from relevo_scheduling.domain import publication
from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.programme import Draft, Frame, Programme
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.domain.session import LANGUAGES, Group, Session, Texts

EDITION, START = "e" * 32, datetime(2019, 12, 9, 14, tzinfo=UTC)
IDS = [f"{number:032x}" for number in range(3)]
WORDS = st.sampled_from(["Uno", "Dos"])
STAMPS = {"SEQUENCE", "DTSTAMP", "LAST-MODIFIED"}
ROSTER = Roster(edition_id=EDITION)


def same(text: str) -> Texts:
    return Texts(es=text, en=text, pt=text, fr=text)


def frame(venue: str = "Uno", city: str = "Uno", zone: str = "America/Lima", label: str = "Uno") -> Frame:
    return Frame(
        first_on=date(2019, 12, 8),
        last_on=date(2019, 12, 12),
        time_zone=zone,
        venue=venue,
        city=city,
        groups=(Group(code="blue", label=same(label)), Group(code="red", label=same("Rojo"))),
    )


def session(number: int, topic: str = "Uno", language: Any = "es", required: bool = True) -> Session:
    start = START + timedelta(days=number)
    return Session(
        session_id=IDS[number],
        kind="talk",
        topic=same(topic),
        language=language,
        required=required or number == 0,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        room_id=IDS[number % 2],
        faculty_ids=(IDS[number],),
        groups=("blue",) if number == 1 else (),
    )


class Week:
    """A published week, its rooms and its faculty, changed at will, several times in one second perhaps."""

    def __init__(self) -> None:
        self.now = START - timedelta(days=9)
        self.rooms = {id: Room(room_id=id, edition_id=EDITION, name="Uno", seats=9) for id in IDS}
        self.faculty = {id: Faculty(faculty_id=id, edition_id=EDITION, name="Uno") for id in IDS}
        draft = Draft(frame=frame(), sessions=tuple(session(number) for number in range(3)))
        self.programme = Programme(programme_id="f" * 32, edition_id=EDITION, draft=draft)
        self.publish()

    def publish(self) -> None:
        try:
            self.programme, _ = publication.publish(self.programme, ROSTER, {}, self.now)
        except Refusal:
            return

    def change(self, what: str, number: int, word: str) -> None:
        self.now += timedelta(seconds=number)
        id = IDS[number]
        if what == "room":
            self.seen(lambda each: each.room_id == id, self.rooms[id].name != word)
            self.rooms[id] = self.rooms[id].model_copy(update={"name": word})
        elif what == "faculty":
            self.seen(lambda each: id in each.faculty_ids, self.faculty[id].name != word)
            self.faculty[id] = self.faculty[id].model_copy(update={"name": word})
        elif what in ("venue", "city", "label"):
            self.reframe(**{what: word})
        elif what == "zone":
            self.reframe(zone="America/Lima" if word == "Uno" else "America/New_York")
        else:
            self.edit(what, number, word)

    def seen(self, shows: Any, renamed: bool) -> None:
        if renamed:
            self.programme, _ = publication.publish_anew(self.programme, ROSTER, shows, self.now)

    def reframe(self, **changes: str) -> None:
        new = frame(**changes)
        self.programme = rules.reframe(self.programme, new, ZoneInfo(new.time_zone), ROSTER)

    def edit(self, what: str, number: int, word: str) -> None:
        values: dict[str, Any] = {"topic": word, "language": "es" if word == "Uno" else "pt", "required": word == "Uno"}
        others = [each for each in self.programme.draft.sessions if each.session_id != IDS[number]]
        kept = [] if what == "remove" else [session(number, **({what: values[what]} if what in values else {}))]
        self.programme = rules.replace_sessions(self.programme, [*others, *kept], ZoneInfo("America/Lima"))

    def events(self) -> dict[str, tuple[dict[str, str], dict[str, Any]]]:
        """By session: what its event shows in two languages, and the stamps that tell calendars of a change."""
        found: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        for language in LANGUAGES[:2]:
            feed = calendar.feed(self.programme, language, self.rooms, self.faculty)
            for event in Calendar.from_ical(feed).walk("VEVENT"):
                content, stamps = found.setdefault(str(event["UID"]).replace("-", ""), ({}, {}))
                lines = event.to_ical().decode().split("\r\n")
                content[language] = "\n".join(line for line in lines if line.partition(":")[0] not in STAMPS)
                stamps.update({name: event[name].to_ical() for name in STAMPS})
        return found


CHANGES = ["room", "faculty", "venue", "city", "label", "zone", "topic", "language", "required", "remove", "publish"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 2), WORDS), max_size=10))
def test_an_event_that_shows_something_else_has_moved_its_stamps_and_is_named_by_a_version_and_no_other_is(
    changes: list[tuple[str, int, str]],
) -> None:
    week = Week()
    after = week.events()
    for what, number, word in changes:
        before, versions = after, len(week.programme.history)
        if what == "publish":
            week.publish()
        else:
            week.change(what, number, word)
        after, new = week.events(), week.programme.history[versions:]
        named = {id for each in new for id in (*each.changed_session_ids, *each.removed_session_ids)}
        added = {id for each in new for id in each.added_session_ids}
        for id in before.keys() & after.keys():
            (content, stamps), (content_now, stamps_now) = before[id], after[id]
            moved = {name for name in STAMPS if stamps[name] != stamps_now[name]}
            assert moved == (STAMPS if content != content_now else set())
            assert (id in named | added) is (content != content_now)
            assert int(stamps_now["SEQUENCE"]) >= int(stamps["SEQUENCE"])
        assert after.keys() - before.keys() <= added
