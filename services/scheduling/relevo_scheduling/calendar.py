"""The programme as iCalendar (RFC 5545; NAME and REFRESH-INTERVAL of RFC 7986): published sessions, no participant.

A session keeps its UID for ever; SEQUENCE grows with every version that changed it, and one that was taken out of the
programme stays in the feed as cancelled, so that every calendar notices.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.programme import Programme, Published, PublishedSession
from relevo_scheduling.domain.roster import Entry
from relevo_scheduling.domain.session import Language
from relevo_scheduling.wording import WORDS, tongues

MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=1)


def feed(
    programme: Programme,
    language: Language,
    rooms: Mapping[str, Room],
    faculty: Mapping[str, Faculty],
    whose: Entry | None = None,
) -> bytes:
    """The feed of an edition, or of somebody alone who is on the roster. The same bytes for the same state."""
    published, words = programme.published, WORDS[language]
    calendar = Calendar()
    calendar.add("prodid", "-//Relevo//scheduling//" + language.upper())
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", words.calendar)
    calendar.add("x-wr-calname", words.calendar)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    if published is None:
        return bytes(calendar.to_ical())
    calendar.add("x-wr-timezone", published.frame.time_zone)
    for each in (*published.sessions, *published.cancelled):
        if whose is None or whose.is_expected_in(each.session):
            calendar.add_component(_event(each, published, language, rooms, faculty))
    days = timedelta(days=366)
    calendar.add_missing_timezones(published.frame.first_on - days, published.frame.last_on + days)
    return bytes(calendar.to_ical())


def _event(
    published_session: PublishedSession,
    published: Published,
    language: Language,
    rooms: Mapping[str, Room],
    faculty: Mapping[str, Faculty],
) -> Event:
    session, frame, words = published_session.session, published.frame, WORDS[language]
    zone = ZoneInfo(frame.time_zone)
    cancelled = published_session in published.cancelled
    room = rooms.get(session.room_id or "")
    names = ", ".join(faculty[id].name for id in session.faculty_ids if id in faculty)
    labels = ", ".join(each.label.in_(language) for each in frame.groups if each.code in session.groups)
    told = (tongues(language, session.language, session.interpretation), names, labels)
    event = Event()
    event.add("uid", str(uuid.UUID(session.session_id)))
    event.add("sequence", published_session.revision)
    event.add("dtstamp", published_session.changed_at)
    event.add("last-modified", published_session.changed_at)
    event.add("dtstart", session.starts_at.astimezone(zone))
    event.add("dtend", session.ends_at.astimezone(zone))
    event.add("summary", session.topic.in_(language), parameters={"language": language})
    event.add("location", ", ".join(part for part in (room.name if room else "", frame.venue, frame.city) if part))
    event.add("description", "\n".join(part for part in (_kind(published_session, language), *told) if part))
    event.add("categories", [words.kinds[session.kind]])
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled or not session.required else "OPAQUE")
    return event


def _kind(published_session: PublishedSession, language: Language) -> str:
    words, session = WORDS[language], published_session.session
    kind = words.kinds[session.kind]
    return kind if session.required else f"{kind} ({words.optional.lower()})"
