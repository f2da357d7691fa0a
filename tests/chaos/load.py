"""A steady mixed load, bounded in rate and number: people who apply, people who go through the whole course.

A participant's way crosses every service: enrolled by the witness, expected by scheduling, absent and then corrected,
a commitment that opens, is planned for, reported on and verified, a certificate that becomes ready.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from tests.chaos.clients import Answer, Clients
from tests.chaos.history import Effect
from tests.chaos.stand import DOMAIN_TIME, WITNESS, Stand
from tests.chaos.visitors import WITHDRAWN, Front, GaveUp

from relevo_chassis.ids import new_id
from relevo_contracts import derived_id
from relevo_deploy.deployed import PORTAL

SESSION_MINUTES = 120
_FIRST_ON = "2019-12-09"
FRAME = {
    "first_on": _FIRST_ON,
    "last_on": "2019-12-13",
    "time_zone": "America/New_York",
    "venue": "IACHR headquarters",
    "city": "Washington, DC",
}
SESSION = {
    "kind": "lecture",
    "topic": {"es": "Peticiones", "en": "Petitions", "pt": "Petições", "fr": "Pétitions"},
    "language": "es",
    "starts_at": "2019-12-10T09:00:00-05:00",
    "ends_at": "2019-12-10T11:00:00-05:00",
}
PERSON = {
    "name": "Ana Ejemplo",
    "language": "es",
    "country": "HN",
    "organisation": "Red de Agua Limpia",
    "sex": "female",
    "themes": ["environment"],
    "motivation": "Quiero llevar lo aprendido a mi comunidad.",
    "consent": True,
}


@dataclass(frozen=True)
class Edition:
    """Where a load takes place: an edition whose week is over, and a call that is open."""

    edition_id: str
    call_id: str
    programme_id: str
    session_id: str


@dataclass
class Load:
    """Starts people on their way at a steady rate until it is stopped; each goes to the end of it."""

    stand: Stand
    clients: Clients
    chance: random.Random
    participants_per_second: float = 5.0
    applicants_per_second: float = 5.0
    most: int = 3_000
    staying_open: float = 0.0
    """The share of participants who plan a multiplier session and never hold it."""
    on_pages: float = 0.5
    """The share of applicants who go through the portal's pages, where there is a portal."""
    begun: int = 0
    stuck: list[str] = field(default_factory=list)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _on_their_way: set[asyncio.Task[None]] = field(default_factory=set)

    @cached_property
    def front(self) -> Front:
        """Whoever goes through the portal's pages."""
        return Front(self.clients)

    async def prepared(self) -> Edition:
        """A fresh edition, with its week published and closed before anybody enrols; and a call."""
        edition_id, call_id, staff = new_id(), new_id(), self.staff("scheduling")
        made = await self._must("create programme", "scheduling", f"/editions/{edition_id}/programme", FRAME, (), staff)
        path = f"/programmes/{made['programme_id']}"
        added = await self._must("add session", "scheduling", f"{path}/draft/sessions", SESSION, (), staff)
        draft = await self.clients.http.get(f"{self.stand.one('scheduling').url}{path}/draft", headers=staff)
        published = (Effect(type="ProgrammePublished", where={"edition_id": edition_id}),)
        tagged = {**staff, "If-Match": draft.headers["etag"]}
        await self._must("publish", "scheduling", f"{path}/publish", None, published, tagged)
        effects = (Effect(type="OnsiteWeekEnded", where={"edition_id": edition_id}),)
        await self._must("close the week", "scheduling", f"{path}/close", None, effects, staff)
        if "intake" in self.stand.services:
            form = {
                "call_id": call_id,
                "edition_id": edition_id,
                "opens_at": (DOMAIN_TIME - timedelta(days=1)).isoformat(),
                "closes_at": (DOMAIN_TIME + timedelta(days=300)).isoformat(),
                "seats": 30,
            }
            opened = (Effect(type="CallOpened", where={"call_id": call_id}),)
            await self._must("open call", "intake", "/calls", form, opened, self.staff("intake"))
        return Edition(edition_id, call_id, made["programme_id"], added["sessions"][0]["session_id"])

    async def run(self, edition: Edition) -> None:
        """Start people until stopped or until there are enough; then wait for them all."""
        ways: list[tuple[float, Callable[[Edition], Awaitable[None]]]] = []
        if "multiplier_tracking" in self.stand.services:
            ways.append((self.participants_per_second, self._participant))
        if "intake" in self.stand.services:
            ways.append((self.applicants_per_second, self._applicant))
        try:
            await asyncio.gather(*(self._started(rate, way, edition) for rate, way in ways))
            await asyncio.gather(*self._on_their_way)
        except asyncio.CancelledError:
            for task in self._on_their_way:
                task.cancel()
            raise

    def stop(self) -> None:
        """Start nobody any more."""
        self._stopping.set()

    async def passes(self, edition: Edition, seconds: float = 30) -> float:
        """Seconds until an enrolment made now has reached scheduling; raises ``TimeoutError``."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            participant_id = await self._enrolled(edition)
            staff = self.staff("scheduling")
            path = f"/participants/{participant_id}/attendance"
            while not (await self.clients.read("scheduling", path, staff)).ok:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def _started(self, rate: float, way: Callable[[Edition], Awaitable[None]], edition: Edition) -> None:
        next_at = time.monotonic()
        while not self._stopping.is_set() and self.begun < self.most:
            self.begun += 1
            task = asyncio.ensure_future(way(edition))
            self._on_their_way.add(task)
            task.add_done_callback(self._on_their_way.discard)
            next_at += self.chance.expovariate(rate)
            await asyncio.sleep(max(next_at - time.monotonic(), 0))

    async def _applicant(self, edition: Edition) -> None:
        """Applies; one in three takes it back."""
        if PORTAL in self.stand.services and self.chance.random() < self.on_pages:
            return await self._visitor(edition)
        form = {**PERSON, "contact": f"{new_id()}@correo.org"}
        submitted = await self.clients.command(
            "submit",
            "intake",
            f"/calls/{edition.call_id}/applications",
            form,
            (Effect(type="ApplicationSubmitted", where={"call_id": edition.call_id}),),
            promised=lambda found: (_of("ApplicationSubmitted", application_id=found["application_id"]),),
        )
        if not submitted.ok or self.chance.random() > 0.33:
            return
        application_id = submitted.body["application_id"]
        await self.clients.command(
            "withdraw application",
            "intake",
            f"/applications/{application_id}/withdraw",
            None,
            (_of("ApplicationWithdrawn", application_id=application_id),),
            headers={"Relevo-Receipt": submitted.body["receipt_code"]},
        )

    async def _visitor(self, edition: Edition) -> None:
        """The same on the portal's pages."""
        try:
            visitor, application_id = await self.front.applies(edition.call_id)
            if self.chance.random() < 0.33:
                withdrawn = _of("ApplicationWithdrawn", application_id=application_id)
                await self.front.does("withdraw on the pages", visitor, "out", WITHDRAWN, withdrawn)
        except GaveUp as page:
            self.stuck.append(f"somebody before {page} of the portal")

    async def _participant(self, edition: Edition) -> None:
        """Enrols, and leaves again (one in ten) or goes all the way to a certificate."""
        participant_id = await self._enrolled(edition)
        if self.chance.random() < 0.1:
            path = f"/participants/{participant_id}/withdraw"
            effects = (_of("ParticipantWithdrawn", participant_id=participant_id),)
            await self.clients.command("withdraw", WITNESS, path, None, effects)
            return
        for minutes in (60, 110):
            if not (await self.attended(edition, participant_id, minutes)).ok:
                return
        commitment = await self._planned_and_reported(participant_id)
        if commitment is None:
            return
        session_id = commitment["sessions"][0]["session_id"]
        verified = (
            _of("MultiplierSessionVerified", participant_id=participant_id),
            _of("CommitmentFulfilled", participant_id=participant_id),
        )
        path = f"/commitments/{derived_id('commitment', participant_id)}/sessions/{session_id}/verify"
        staff = self.staff("multiplier_tracking")
        await self.clients.command("verify", "multiplier_tracking", path, {"revision": 1}, verified, headers=staff)

    async def _enrolled(self, edition: Edition) -> str:
        participant_id = new_id()
        form = {"participant_id": participant_id, "edition_id": edition.edition_id}
        effects = (_of("ParticipantEnrolled", participant_id=participant_id),)
        await self.clients.command("enrol", WITNESS, "/participants", form, effects, firmly=True)
        return participant_id

    async def expected(self, edition: Edition, participant_id: str) -> Answer:
        """Somebody who accepted after the week owes all of it, because a coordinator says so."""
        return await self._once_known(
            "expect from the first day on",
            "scheduling",
            f"/programmes/{edition.programme_id}/participants/{participant_id}/expected",
            {"from_at": f"{_FIRST_ON}T00:00:00-05:00"},
            (_of("OnsiteNotCompleted", participant_id=participant_id),),
            self.staff("scheduling"),
            method="PUT",
        )

    async def attended(self, edition: Edition, participant_id: str, minutes: int) -> Answer:
        """Attendance of the session is put down, or corrected."""
        path = f"/programmes/{edition.programme_id}/sessions/{edition.session_id}/attendance"
        effects = (_of("AttendanceRecorded", participant_id=participant_id, minutes=minutes),)
        return await self._once_known(
            "record attendance",
            "scheduling",
            path,
            {"minutes": {participant_id: minutes}},
            effects,
            self.staff("scheduling"),
        )

    async def _planned_and_reported(self, participant_id: str) -> Any:
        service, path = "multiplier_tracking", "/me/commitment/sessions"
        own = self._bearer(participant_id, "participant", service, participant_id)
        form = {"planned_on": "2019-12-18", "format": "online"}
        effects = (_of("MultiplierSessionPlanned", participant_id=participant_id),)
        planned = await self._once_known("plan", service, path, form, effects, own, firmly=True)
        if not planned.ok or self.chance.random() < self.staying_open:
            return None
        session_id = planned.body["sessions"][0]["session_id"]
        report = {"held_on": "2019-12-18", "minutes": 250, "people": self.chance.randint(10, 30), "format": "online"}
        effects = (_of("MultiplierSessionReported", participant_id=participant_id),)
        path = f"{path}/{session_id}/report"
        reported = await self.clients.command("report", service, path, report, effects, headers=own, firmly=True)
        return reported.body if reported.ok else None

    async def _once_known(
        self,
        name: str,
        service: str,
        path: str,
        body: Any,
        effects: tuple[Effect, ...],
        headers: Mapping[str, str],
        *,
        firmly: bool = False,
        method: str = "POST",
    ) -> Answer:
        """Try until the service has heard of whom it is about: what it waits for comes as an event."""
        answer = await self.clients.command(
            name, service, path, body, effects, headers=headers, firmly=firmly, early=(404, 409), method=method
        )
        if answer.status in (404, 409):
            self.stuck.append(f"{name}: {answer.status} {answer.body}")
        return answer

    async def _must(
        self, name: str, service: str, path: str, body: Any, effects: tuple[Effect, ...], headers: Mapping[str, str]
    ) -> Any:
        answer = await self.clients.command(name, service, path, body, effects, headers=headers, firmly=True)
        if not answer.ok:
            raise RuntimeError(f"{name}: {answer.status} {answer.body}")
        return answer.body

    def staff(self, service: str) -> dict[str, str]:
        """The headers of a coordinator."""
        return self._bearer("coordinator", "coordinator", service)

    def _bearer(self, subject: str, role: str, service: str, participant_id: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stand.token(subject, [role], service, participant_id)}"}


def _of(type: str, **where: Any) -> Effect:
    return Effect(type=type, where=where)
