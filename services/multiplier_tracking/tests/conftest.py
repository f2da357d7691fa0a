"""The service's routes over fakes, with two participants whose commitments are open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest_asyncio

from relevo_chassis.delivery.change import Source
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_contracts import Envelope, Event, Requirements, derived_id
from relevo_contracts.intake import ParticipantEnrolled
from relevo_contracts.scheduling import OnsiteCompleted
from relevo_multiplier_tracking.consumers import SUBSCRIPTIONS
from relevo_multiplier_tracking.deadlines import ON_DUE
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.http import ROUTERS
from relevo_multiplier_tracking.pictures.encoder import Encoder
from relevo_testkit.fakes import FreeLease
from relevo_testkit.stand import Stand, stand

EDITION, ANA, BEA = "e" * 32, "a" * 32, "b" * 32
OPENED_AT = datetime(2019, 12, 14, 9, tzinfo=UTC)


class House:
    """The service with two participants whose commitments are open, and everybody's tokens."""

    report: ClassVar[dict[str, Any]] = {
        "held_on": "2020-01-18",
        "minutes": 260,
        "people": 14,
        "format": "in_person",
    }

    def __init__(self, at: Stand) -> None:
        self.stand = at
        tokens = at.tokens
        self.ana = tokens.bearer("ana", "participant", participant_id=ANA)
        self.bea = tokens.bearer("bea", "participant", participant_id=BEA)
        self.coordinator = tokens.bearer("carla", "coordinator")
        self.expert = tokens.bearer("edu", "expert")
        self.other_expert = tokens.bearer("eva", "expert")
        self.commitment = f"/commitments/{commitment_id_of(ANA)}"
        self._received = 0

    async def receive(self, event: Event, sequence: int = 1) -> None:
        self._received += 1
        id = derived_id("event", self._received)
        now = self.stand.clock.now()
        envelope = Envelope(id=id, sequence=sequence, time=now, cause_id=id, chain_id=id, event=event)
        for subscription in SUBSCRIPTIONS:
            if handler := subscription.handlers.get(type(event)):
                change = handler(event, envelope)
                assert change is not None
                source = Source(subscription.durable, event.aggregate, event.aggregate_id, sequence)
                await self.stand.shell.committer.commit(replace(change, source=source))

    async def time(self, now: datetime) -> None:
        """Move to an instant and do everything that is due by then."""
        self.stand.clock.at = now
        sweeper = Sweeper(
            self.stand.shell.store,
            self.stand.shell.committer,
            FreeLease(),
            self.stand.clock.now,
            ON_DUE,
        )
        while await sweeper.sweep():
            pass
        assert sweeper.figures.failures == {}

    async def get(self, path: str, who: dict[str, str], **query: Any) -> Any:
        answer = await self.stand.http.get(path, headers=who, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, who: dict[str, str], body: Any = None, status: int = 200) -> Any:
        answer = await self.stand.post(path, body, headers=who)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def reported(self, **more: Any) -> str:
        """Ana's session, another than those reported before, reported on the day after it was held."""
        self.stand.clock.at = datetime(2020, 1, 19, 15, tzinfo=UTC)
        own = await self.post("/me/commitment/reports", self.ana, {**self.report, "another_session": True, **more}, 201)
        return str(own["sessions"][-1]["session_id"])

    def events(self) -> list[str]:
        rows = sorted(self.stand.store.collections["outbox"].values(), key=lambda row: int(row["order"]))
        return [str(row["headers"]["ce-type"]).split(".")[2] for row in rows]

    async def enrolled(self, participant_id: str, edition_id: str = EDITION, **requirements: Any) -> None:
        await self.receive(
            ParticipantEnrolled(
                participant_id=participant_id,
                application_id="1" * 32,
                call_id="c" * 32,
                edition_id=edition_id,
                enrolled_at=OPENED_AT,
                requirements=Requirements(**requirements),
            )
        )

    async def opened(self, participant_id: str, **requirements: Any) -> None:
        """A participant is enrolled and completes the on-site week."""
        await self.enrolled(participant_id, **requirements)
        await self.receive(self.onsite(OnsiteCompleted, participant_id, completed_at=OPENED_AT))

    @staticmethod
    def onsite(kind: Any, participant_id: str, **more: Any) -> Event:
        """An event of the on-site week."""
        event: Event = kind(
            participant_id=participant_id,
            edition_id=EDITION,
            first_on=date(2019, 12, 9),
            last_on=date(2019, 12, 13),
            minutes_required=1800,
            minutes_attended=1500,
            percent_required=80,
            **more,
        )
        return event


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    async with stand(ROUTERS, OPENED_AT, texts="relevo_multiplier_tracking", equipment=Encoder()) as at:
        made = House(at)
        for participant_id in (ANA, BEA):
            await made.opened(participant_id)
        yield made
