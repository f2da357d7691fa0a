"""A week of a few sessions, and the HTTP door, at a test's hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import httpx
import pytest

from relevo_chassis.delivery.change import Source
from relevo_contracts import Envelope, Requirements, derived_id
from relevo_contracts.intake import ParticipantEnrolled
from relevo_scheduling.cleaning.cleaner import Cleaner
from relevo_scheduling.consumers import on_participant_enrolled
from relevo_scheduling.domain import attendance as attendance_rules
from relevo_scheduling.domain import publication
from relevo_scheduling.domain import roster as roster_rules
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.programme import Draft, Frame, Programme, programme_id_of
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.domain.session import Group, Session, Texts
from relevo_scheduling.http import ROUTERS
from relevo_scheduling.main import SERVICE
from relevo_testkit.stand import Stand, stand


class Making:
    """Makes what the tests talk about: the second edition's week in Washington, DC."""

    zone = ZoneInfo("America/New_York")
    edition_id = derived_id("edition", "2019-2")
    before = datetime(2019, 12, 1, tzinfo=UTC)
    after = datetime(2019, 12, 14, tzinfo=UTC)

    def id(self, *name: str | int) -> str:
        return derived_id(*name)

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """A time of December 2019 at the venue."""
        return datetime(2019, 12, day, hour, minute, tzinfo=self.zone).astimezone(UTC)

    def texts(self, text: str) -> Texts:
        return Texts(es=text, en=text, pt=text, fr=text)

    def session(self, name: str, day: int = 9, hour: int = 9, minutes: int = 90, **values: Any) -> Session:
        start = self.at(day, hour)
        fields: dict[str, Any] = {
            "session_id": self.id("session", name),
            "kind": "lecture",
            "topic": self.texts(name),
            "language": "es",
            "interpretation": ("en",),
            "starts_at": start,
            "ends_at": start + timedelta(minutes=minutes),
            **values,
        }
        return Session(**fields)

    def frame(self, *groups: str) -> Frame:
        return Frame(
            first_on=date(2019, 12, 9),
            last_on=date(2019, 12, 13),
            time_zone="America/New_York",
            venue="IACHR headquarters",
            city="Washington, DC",
            groups=tuple(Group(code=each, label=self.texts(each)) for each in groups),
        )

    def programme(self, *sessions: Session, groups: Iterable[str] = ()) -> Programme:
        return Programme(
            programme_id=programme_id_of(self.edition_id),
            edition_id=self.edition_id,
            draft=Draft(frame=self.frame(*groups), sessions=sessions),
        )

    def published(self, *sessions: Session, groups: Iterable[str] = ()) -> Programme:
        return publication.publish(self.programme(*sessions, groups=groups), self.roster(), {}, self.before)[0]

    def attendance(self, name: str = "somebody", percent: int = 80) -> Attendance:
        return attendance_rules.enrol(
            None, self.id(name), self.edition_id, Requirements(attendance_percent=percent), self.before
        )

    def roster(self, *names: str) -> Roster:
        roster = Roster(edition_id=self.edition_id)
        for name in names:
            roster = roster_rules.join(roster, self.id(name), self.before)
        return roster


class Door:
    """Scheduling's routes with a coordinator in front of them."""

    def __init__(self, stand: Stand, make: Making) -> None:
        self.stand, self.make = stand, make
        self.coordinator = stand.tokens.bearer("coordinator-1", "coordinator")
        self.edition = f"/editions/{make.edition_id}"

    frame: ClassVar[dict[str, Any]] = {
        "first_on": "2019-12-09",
        "last_on": "2019-12-13",
        "time_zone": "America/New_York",
        "venue": "IACHR headquarters",
        "city": "Washington, DC",
    }
    topic: ClassVar[dict[str, str]] = {
        "es": "Peticiones y casos",
        "en": "Petitions and cases",
        "pt": "Petições e casos",
        "fr": "Pétitions et cas",
    }

    @staticmethod
    def group(code: str) -> dict[str, Any]:
        return {"code": code, "label": dict.fromkeys(("es", "en", "pt", "fr"), code.title())}

    def session(self, day: int = 9, hour: int = 9, minutes: int = 100, **values: Any) -> dict[str, Any]:
        until = hour * 60 + minutes
        return {
            "kind": "lecture",
            "topic": self.topic,
            "language": "es",
            "interpretation": ["en", "pt"],
            "starts_at": f"2019-12-{day:02d}T{hour:02d}:00:00-05:00",
            "ends_at": f"2019-12-{day:02d}T{until // 60:02d}:{until % 60:02d}:00-05:00",
            **values,
        }

    async def post(self, path: str, content: Any = None, **options: Any) -> httpx.Response:
        headers = {**self.coordinator, **options.pop("headers", {})}
        return await self.stand.post(path, content, headers=headers, **options)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.stand.http.get(path, headers=self.coordinator if headers is None else headers)

    async def put(self, path: str, content: Any, tag: str | None = None) -> httpx.Response:
        headers = {**self.coordinator, **({"If-Match": tag} if tag else {})}
        return await self.stand.http.put(path, json=content, headers=headers)

    async def programme(self, *sessions: dict[str, Any], groups: Iterable[str] = ()) -> str:
        """Make and publish a programme; returns its path."""
        made = await self.post(
            f"{self.edition}/programme", {**self.frame, "groups": [self.group(each) for each in groups]}
        )
        assert made.status_code == 201, made.text
        path = f"/programmes/{made.json()['programme_id']}"
        put = await self.put(f"{path}/draft/sessions", {"sessions": list(sessions)}, made.headers["etag"])
        assert put.status_code == 200, put.text
        published = await self.post(f"{path}/publish", headers={"If-Match": put.headers["etag"]})
        assert published.status_code == 201, published.text
        return path

    async def session_ids(self) -> list[str]:
        return [each["session_id"] for each in (await self.get(f"{self.edition}/programme", {})).json()["sessions"]]

    async def enrol(self, *names: str, at: datetime | None = None) -> None:
        for name in names:
            await self.receive(
                on_participant_enrolled,
                ParticipantEnrolled(
                    participant_id=derived_id(name),
                    application_id=derived_id("application", name),
                    call_id=derived_id("call"),
                    edition_id=self.make.edition_id,
                    enrolled_at=at or self.make.before,
                    requirements=Requirements(),
                ),
            )

    async def receive(self, handler: Any, event: Any, sequence: int = 1) -> None:
        id = derived_id(type(event).__name__, event.aggregate_id, sequence)
        envelope = Envelope(id=id, sequence=sequence, time=self.make.before, cause_id=id, chain_id=id, event=event)
        change = handler(event, envelope)
        source = Source("scheduling_intake", event.aggregate, event.aggregate_id, sequence)
        await self.stand.shell.committer.commit(replace(change, source=source))

    def events(self) -> list[str]:
        rows = sorted(self.stand.store.collections["outbox"].values(), key=lambda each: each["order"])
        return [each["subject"].removeprefix("events.scheduling.").removesuffix(".v1") for each in rows]


@pytest.fixture
async def door(make: Making) -> AsyncIterator[Door]:
    async with stand(ROUTERS, make.before, texts="relevo_scheduling", equipment=Cleaner()) as standing:
        await standing.store.prepare(SERVICE.collections, SERVICE.indexes)
        yield Door(standing, make)


@pytest.fixture
async def week(door: Door) -> Door:
    """Two who take part in a week of two sessions."""
    await door.enrol("one", "two")
    await door.programme(door.session(day=9), door.session(day=10, topic={**door.topic, "es": "Otra"}))
    return door


@pytest.fixture(scope="session")
def make() -> Making:
    return Making()
