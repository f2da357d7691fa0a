"""Two people with a seat, who state what they need for the week, and the staff around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from relevo_chassis.delivery.change import Source
from relevo_chassis.ids import new_id
from relevo_contracts import Envelope
from relevo_contracts.scheduling import ProgrammePublished
from relevo_intake.commands.needs import DestroyNeeds, destroy_needs
from relevo_intake.commands.readings import by_the_service
from relevo_intake.consumers import SUBSCRIPTIONS
from relevo_intake.store.needs import weeks_going
from relevo_testkit.records import readings_of

CANARY = "KANARIENVOGEL"
FORM: dict[str, Any] = {
    "from_languages": ["en", "fr"],
    "into": "sign",
    "into_named": f"LESHO {CANARY}",
    "access": f"Silla de ruedas. {CANARY}",
    "diet": f"Sin carne. {CANARY}",
    "arrival_on": "2019-12-08",
    "arrival_place": f"IAD {CANARY}",
    "arrival_number": f"CM 304 {CANARY}",
    "departure_on": "2019-12-14",
    "departure_place": f"IAD {CANARY}",
    "departure_number": f"CM 305 {CANARY}",
    "emergency_name": f"Berta {CANARY}",
    "emergency_reach": f"+504 5555 {CANARY}",
    "emergency_agreed": True,
    "passport_name": f"ANA MARIA {CANARY}",
}
GOES_AT = datetime(2019, 12, 28, 12, tzinfo=UTC)


class Seated:
    """Two who take part, one who applied and has no seat, and the staff around them."""

    def __init__(self, call: Any) -> None:
        self.call, self.people = call, list[tuple[str, dict[str, str]]]()
        self.edition_id = ""
        self.travel = call.on.tokens.bearer("tomas", "travel")
        self.sequence = 0

    async def begin(self) -> None:
        for number in range(3):
            await self.call.apply(number)
        await self.call.close()
        await self.call.review_all()
        await self.call.selected(seats=2)
        self.edition_id = (await self.call.ask(f"/calls/{self.call.call_id}"))["edition_id"]
        for application_id, offer_id in (await self.call.offered()).items():
            code = self.call.receipt(application_id)
            accepted = await self.call.post(f"/offers/{offer_id}/accept", None, code)
            self.people.append((accepted["participant_id"], code))
        [self.seatless] = self.call.receipts.keys() - {each["application_id"] for each in await self.listed()}

    async def listed(self, query: str = "", who: dict[str, str] | None = None) -> Any:
        return (await self.page(query, who))["items"]

    async def page(self, query: str = "", who: dict[str, str] | None = None) -> Any:
        return await self.call.ask(f"/editions/{self.edition_id}/needs{query}", **(who or self.travel))

    async def asks(self, method: str, path: str, who: dict[str, str], **more: Any) -> Any:
        return await self.call.on.http.request(method, path, headers={**who, **more.pop("headers", {})}, **more)

    async def states(self, who: dict[str, str], **form: Any) -> Any:
        seen = await self.asks("GET", "/me/needs", who)
        tag = {"If-Match": seen.headers.get("etag", '"none"')}
        return await self.asks("PUT", "/me/needs", who, headers=tag, json=form)

    async def publish(self, first_on: date = date(2019, 12, 9), last_on: date = date(2019, 12, 13)) -> None:
        self.sequence += 1
        now = self.call.on.clock.now()
        event = ProgrammePublished(
            programme_id="9" * 32,
            edition_id=self.edition_id,
            programme_version=self.sequence,
            published_at=now,
            first_on=first_on,
            last_on=last_on,
            sessions=3,
            required_minutes=900,
        )
        id = new_id()
        envelope = Envelope(id=id, sequence=self.sequence, time=now, cause_id=id, chain_id=id, event=event)
        [change] = [
            each.handlers[type(event)](event, envelope) for each in SUBSCRIPTIONS if type(event) in each.handlers
        ]
        assert change is not None
        source = Source("intake_scheduling", event.aggregate, event.aggregate_id, self.sequence)
        await self.call.on.shell.committer.commit(replace(change, source=source))

    async def pass_to(self, instant: datetime) -> None:
        """Domain time comes there; what is due is done, as the service does it."""
        self.call.on.clock.at = instant
        await self.call.sweep()
        for each in await weeks_going(self.call.on.shell.store):
            await destroy_needs(self.call.office, DestroyNeeds(each.edition_id), by_the_service(instant))

    def readings(self) -> list[Any]:
        return [each for each in readings_of(self.call.on.store) if each["field_sets"] == ["needs"]]


def name_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:relevo:problem:")
