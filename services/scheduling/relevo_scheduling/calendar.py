"""The programme as iCalendar (RFC 5545; NAME and REFRESH-INTERVAL of RFC 7986): published sessions, no participant.

A session keeps its UID for ever. Whatever changes its event, a room's name or the venue's included, makes a version in
which SEQUENCE, LAST-MODIFIED and DTSTAMP move (RFC 5545, 3.8.7). One that was taken out of the programme stays in the
feed as cancelled, so that every calendar notices.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.programme import Programme, Published, PublishedSession
from relevo_scheduling.domain.roster import Entry
from relevo_scheduling.domain.session import Language, Session
from relevo_scheduling.words import TEXTS, tongues

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
    published, name = programme.published, TEXTS[language].calendar.name
    calendar = Calendar()
    calendar.add("prodid", "-//Relevo//scheduling//" + language.upper())
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    if published is None:
        return bytes(calendar.to_ical())
    calendar.add("x-wr-timezone", published.frame.time_zone)
    for each in published.sessions:
        if whose is None or whose.is_expected_in(each.session):
            calendar.add_component(_event(each, published, language, rooms, faculty))
    for each in published.cancelled:
        if whose is None or whose.is_expected_in(each.session):
            calendar.add_component(_cancelled(each, language))
    days = timedelta(days=366)
    calendar.add_missing_timezones(published.frame.first_on - days, published.frame.last_on + days)
    return bytes(calendar.to_ical())


def _at_the_venue(session: Session, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a session begins and ends by the venue's clock, or by UTC in the hour that comes twice there.

    A time of that hour is the first of the two wherever it is written with its zone (RFC 5545, 3.3.5).
    """
    local = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    return (session.starts_at, session.ends_at) if any(each.fold for each in local) else local


def _cancelled(published_session: PublishedSession, language: Language) -> Event:
    """What is left of a session that no longer takes place: nothing that may change after it was cancelled."""
    session = published_session.session
    event = _begun(published_session, language)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.ends_at)
    event.add("status", "CANCELLED")
    event.add("transp", "TRANSPARENT")
    return event


def _begun(published_session: PublishedSession, language: Language) -> Event:
    session, event = published_session.session, Event()
    event.add("uid", str(uuid.UUID(session.session_id)))
    event.add("sequence", published_session.revision)
    event.add("dtstamp", published_session.changed_at)
    event.add("last-modified", published_session.changed_at)
    event.add("summary", session.topic.in_(language), parameters={"language": language})
    event.add("categories", [TEXTS[language].session.kinds[session.kind]])
    return event


def _event(
    published_session: PublishedSession,
    published: Published,
    language: Language,
    rooms: Mapping[str, Room],
    faculty: Mapping[str, Faculty],
) -> Event:
    session, frame = published_session.session, published.frame
    zone = ZoneInfo(frame.time_zone)
    room = rooms.get(session.room_id or "")
    names = ", ".join(faculty[id].name for id in session.faculty_ids if id in faculty)
    labels = ", ".join(each.label.in_(language) for each in frame.groups if each.code in session.groups)
    lines = (tongues(language, session.language, session.interpretation), names, labels)
    event = _begun(published_session, language)
    starts_at, ends_at = _at_the_venue(session, zone)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("location", ", ".join(part for part in (room.name if room else "", frame.venue, frame.city) if part))
    event.add("description", "\n".join(part for part in (_kind(published_session, language), *lines) if part))
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE" if session.required else "TRANSPARENT")
    return event


def _kind(published_session: PublishedSession, language: Language) -> str:
    words, session = TEXTS[language].session, published_session.session
    kind = words.kinds[session.kind]
    return kind if session.required else f"{kind} ({words.optional.lower()})"
