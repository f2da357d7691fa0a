"""What one service tells, another understands: events through scheduling, multiplier tracking and certification.

The real consumers of each, over fake stores; every message is delivered twice and in an order drawn by lot.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import relevo_certification.consumers
import relevo_certification.http
import relevo_multiplier_tracking.consumers
import relevo_multiplier_tracking.deadlines
import relevo_multiplier_tracking.http
import relevo_scheduling.consumers
import relevo_scheduling.http
import relevo_scheduling.main
from relevo_certification.background import IssuanceWorker, by_the_service
from relevo_certification.commands.asking import AskIdentity, ask_identity
from relevo_certification.commands.office import Office
from relevo_certification.credential import keys as signing_keys
from relevo_certification.domain.sealed import Identity
from relevo_certification.equipment import Equipment, TooManyVerifications
from relevo_certification.pdf.typeset import Typesetter
from relevo_certification.press import Press
from relevo_chassis.delivery.consume import Consumer
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_chassis.delivery.parked import Message
from relevo_chassis.http.allowance import Allowance
from relevo_chassis.ids import new_id
from relevo_contracts import Envelope, Event, Requirements, derived_id, encode, stream_of
from relevo_contracts.intake import ApplicantDetailsCorrected, ParticipantEnrolled, ParticipantWithdrawn, PersonErased
from relevo_testkit.fakes import FreeLease
from relevo_testkit.stand import Stand, stand

EDITION, ANA = derived_id("edition", "chains"), derived_id("ana")
LANGUAGES = ("es", "en", "pt", "fr")
SERVICES = {
    "scheduling": (relevo_scheduling.http.ROUTERS, relevo_scheduling.consumers.SUBSCRIPTIONS),
    "multiplier_tracking": (
        relevo_multiplier_tracking.http.ROUTERS,
        relevo_multiplier_tracking.consumers.SUBSCRIPTIONS,
    ),
    "certification": (relevo_certification.http.ROUTERS, relevo_certification.consumers.SUBSCRIPTIONS),
}
TOPIC = dict.fromkeys(LANGUAGES, "Medidas cautelares")
FRAME = {
    "first_on": "2019-12-09",
    "last_on": "2019-12-13",
    "time_zone": "America/New_York",
    "venue": "IACHR",
    "city": "Washington",
}
SESSION = {
    "kind": "lecture",
    "topic": TOPIC,
    "language": "es",
    "starts_at": "2019-12-09T14:00:00Z",
    "ends_at": "2019-12-09T15:40:00Z",
}
TEXTS = {"issuer": "IACHR", "title": "Course", "description": "Course.", "criteria": "80%.", "place": "Washington, DC"}
FACTS = {
    "texts": dict.fromkeys(LANGUAGES, TEXTS),
    "first_on": "2019-12-09",
    "last_on": "2019-12-13",
    "time_zone": "America/New_York",
    "hours": 35,
    "signatories": [{"name": "Ana Ejemplo", "office": dict.fromkeys(LANGUAGES, "Secretariat")}],
}
SESSION_REPORT = {
    "held_on": "2020-01-18",
    "minutes": 240,
    "people": 10,
    "format": "online",
    "description": "Un taller.",
}


class Delivered:
    """The answer to one message."""

    def __init__(self) -> None:
        self.is_acked = False

    async def ack(self) -> None:
        self.is_acked = True

    async def nack(self, delay: float | None = None) -> None:
        self.is_acked = False


class Named:
    """Intake as certification asks it."""

    def __init__(self, name: str = "Ana Ejemplo") -> None:
        self._name = name

    async def of(self, participant_id: str) -> Identity:
        return Identity(name=self._name, language="es", named=True)


class Chain:
    """Three services, and what stands between them."""

    def __init__(self, stands: dict[str, Stand], luck: random.Random) -> None:
        self.stands, self._luck = stands, luck
        self._consumers = [
            Consumer(subscription, stands[name].shell.committer)
            for name, (_, subscriptions) in SERVICES.items()
            for subscription in subscriptions
        ]
        self._queue: list[tuple[Consumer, Message]] = []
        self._seen: set[str] = set()
        self._sequences: dict[str, int] = {}
        self.coordinators = {name: each.tokens.bearer("carla", "coordinator") for name, each in stands.items()}
        self.ana = stands["multiplier_tracking"].tokens.bearer("ana", "participant", participant_id=ANA)
        self.programme = ""
        self.session = ""

    async def ask(
        self, method: str, service: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        sent = {"Idempotency-Key": new_id(), **self.coordinators[service], **(headers or {})}
        answer = await self.stands[service].http.request(method, path, json=body, headers=sent)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        await self.deliver_all()
        return answer

    async def time(self, now: datetime) -> None:
        """Move to an instant and do what is due by then."""
        for each in self.stands.values():
            each.clock.at = now
        shell = self.stands["multiplier_tracking"].shell
        on_due = relevo_multiplier_tracking.deadlines.ON_DUE
        sweeper = Sweeper(shell.store, shell.committer, FreeLease(), shell.clock.now, on_due)
        while await sweeper.sweep():
            pass
        await self.deliver_all()

    async def intake_publishes(self, event: Event) -> None:
        sequence = self._sequences[event.aggregate_id] = self._sequences.get(event.aggregate_id, 0) + 1
        id, now = new_id(), self.stands["scheduling"].clock.now()
        wire = encode(Envelope(id=id, sequence=sequence, time=now, cause_id=id, chain_id=id, event=event))
        self._put("intake", id, wire.subject, wire.headers, wire.body)
        await self.deliver_all()

    async def deliver_all(self) -> None:
        """Deliver until nobody has anything more to tell."""
        for _ in range(200):
            for name, each in self.stands.items():
                for id, row in each.store.collections.get("outbox", {}).items():
                    self._put(name, id, row["subject"], row["headers"], bytes(row["body"]))
            if not self._queue:
                return
            waiting, self._queue = [*self._queue, *self._queue], []
            self._luck.shuffle(waiting)
            for consumer, message in waiting:
                delivered = Delivered()
                await consumer.receive(message, delivered)
                if not delivered.is_acked:
                    self._queue.append((consumer, message))
        raise AssertionError(f"{len(self._queue)} messages are never taken")

    def _put(self, service: str, id: str, subject: str, headers: Any, body: bytes) -> None:
        if id in self._seen:
            return
        self._seen.add(id)
        for each in self._consumers:
            if each.subscription.stream == stream_of(service):
                durable = each.subscription.durable
                self._queue.append((each, Message(durable, subject, headers, body, len(self._seen), 1)))

    async def attended(self, minutes: int) -> None:
        path = f"/programmes/{self.programme}/sessions/{self.session}/attendance/{ANA}"
        await self.ask("PUT", "scheduling", path, {"minutes": minutes})

    async def commitment(self) -> Any:
        return (await self.ask("GET", "multiplier_tracking", "/commitments")).json()["items"][0]

    async def certificate(self) -> Any:
        return (await self.ask("GET", "certification", f"/certificates/{ANA}")).json()

    async def verified(self) -> Any:
        token = (await self.certificate())["issued"][-1]["verification_url"].rpartition("/")[2]
        return (await self.ask("GET", "certification", f"/verifications/{token}")).json()

    async def decide(self, path: str, body: Any = None) -> None:
        commitment_id = (await self.commitment())["commitment_id"]
        await self.ask("POST", "multiplier_tracking", f"/commitments/{commitment_id}/{path}", body)

    async def issued(self) -> str:
        """From the enrolment to a certificate; the id of the multiplier session."""
        enrolled: dict[str, Any] = {
            "application_id": "a" * 32,
            "call_id": "c" * 32,
            "enrolled_at": self.stands["scheduling"].clock.at,
        }
        await self.intake_publishes(
            ParticipantEnrolled(participant_id=ANA, edition_id=EDITION, requirements=Requirements(), **enrolled)
        )
        made = (await self.ask("POST", "scheduling", f"/editions/{EDITION}/programme", FRAME)).json()
        self.programme = made["programme_id"]
        draft = f"/programmes/{self.programme}/draft"
        added = await self.ask("POST", "scheduling", f"{draft}/sessions", SESSION)
        self.session = added.headers["location"].rpartition("/")[2]
        tag = (await self.ask("GET", "scheduling", draft)).headers["etag"]
        await self.ask("POST", "scheduling", f"/programmes/{self.programme}/publish", headers={"If-Match": tag})
        await self.time(datetime(2019, 12, 14, tzinfo=UTC))
        await self.attended(100)
        await self.ask("POST", "scheduling", f"/programmes/{self.programme}/close")
        await self.time(datetime(2020, 1, 20, tzinfo=UTC))
        answer = await self.ask("POST", "multiplier_tracking", "/me/commitment/reports", SESSION_REPORT, self.ana)
        session_id: str = answer.json()["sessions"][0]["session_id"]
        await self.decide(f"sessions/{session_id}/verify", {"revision": 1})
        shell = self.stands["certification"].shell
        office = Office.of(shell)
        await self.name(Named())
        await self.ask("PUT", "certification", f"/editions/{EDITION}", FACTS)
        asked = await self.ask("POST", "certification", f"/editions/{EDITION}/issue")
        await IssuanceWorker(office, shell.clock.now).issue()
        rows = (await self.ask("GET", "certification", f"{asked.headers['location']}/rows")).json()["items"]
        assert [each["outcome"] for each in rows] == ["issued"]
        return session_id

    async def name(self, named: Named) -> None:
        """Certification asks who Ana is."""
        shell = self.stands["certification"].shell
        office = replace(Office.of(shell), identities=named)
        await ask_identity(office, AskIdentity(ANA), by_the_service(shell.clock.now()))


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    folder: Path = tmp_path_factory.mktemp("signing-keys")
    signing_keys.generate(folder, 2020)
    site = "https://certificates.example.org"
    return Press(signing_keys.load(folder, signing_keys.did_of(site)), site, Typesetter())


@pytest_asyncio.fixture(params=range(3))
async def chain(request: pytest.FixtureRequest, press: Press) -> AsyncIterator[Chain]:
    equipment = Equipment(press, Named(), Allowance(10_000, TooManyVerifications), timedelta(minutes=15))
    async with AsyncExitStack() as open_ones:
        stands = {
            name: await open_ones.enter_async_context(
                stand(routers, datetime(2019, 11, 1, tzinfo=UTC), equipment=equipment)
            )
            for name, (routers, _) in SERVICES.items()
        }
        service = relevo_scheduling.main.SERVICE
        await stands["scheduling"].store.prepare(service.collections, service.indexes)
        yield Chain(stands, random.Random(request.param))


async def test_rule_6_a_reversed_completion_is_reviewed_in_both_places_and_undone_in_neither(chain: Chain) -> None:
    await chain.issued()
    await chain.attended(10)
    commitment, certificate = await chain.commitment(), await chain.certificate()
    assert (commitment["state"], certificate["standing"]) == ("under_review", "issued")
    assert certificate["under_review"] == "onsite_corrected"
    assert (await chain.verified())["status"] == "valid"
    await chain.attended(100)
    assert (await chain.commitment())["state"] == "under_review"
    await chain.decide("decide-review", {"decision": "uphold"})
    commitment, certificate = await chain.commitment(), await chain.certificate()
    assert (commitment["state"], certificate["standing"]) == ("fulfilled", "issued")
    assert certificate["under_review"] is None


async def test_rule_6_a_commitment_ended_over_a_reversed_week_stands_again_when_the_week_does(chain: Chain) -> None:
    await chain.issued()
    await chain.attended(10)
    await chain.decide("decide-review", {"decision": "end"})
    assert (await chain.commitment())["state"] == "not_due"
    assert (await chain.certificate())["under_review"] == "onsite_corrected"
    await chain.attended(100)
    assert (await chain.commitment())["state"] == "fulfilled"
    certificate = await chain.certificate()
    assert (certificate["standing"], certificate["under_review"]) == ("issued", None)


async def test_rule_12_a_withdrawn_verification_puts_the_certificate_up_for_review_and_never_revokes_it(
    chain: Chain,
) -> None:
    session_id = await chain.issued()
    await chain.decide(f"sessions/{session_id}/withdraw-verification")
    assert (await chain.certificate())["under_review"] == "verification_withdrawn"
    await chain.decide("decide-review", {"decision": "reopen"})
    await chain.decide(f"sessions/{session_id}/reject", {"revision": 1, "because": "not_credible"})
    await chain.time(datetime(2020, 3, 20, tzinfo=UTC))
    assert (await chain.commitment())["state"] == "lapsed"
    certificate = await chain.certificate()
    assert (certificate["standing"], certificate["under_review"]) == ("issued", "verification_withdrawn")
    assert (await chain.verified())["status"] == "valid"
    await chain.ask("POST", "certification", f"/certificates/{ANA}/keep")
    assert (await chain.certificate())["under_review"] is None


async def test_rule_12_whoever_leaves_after_the_certificate_keeps_what_was_fulfilled_and_a_coordinator_decides(
    chain: Chain,
) -> None:
    await chain.issued()
    now = chain.stands["scheduling"].clock.at
    place = {"participant_id": ANA, "application_id": "a" * 32, "call_id": "c" * 32, "edition_id": EDITION}
    await chain.intake_publishes(ParticipantWithdrawn(withdrawn_at=now, **place))
    assert (await chain.commitment())["state"] == "fulfilled"
    certificate = await chain.certificate()
    assert (certificate["standing"], certificate["under_review"]) == ("issued", "participant_withdrawn")


async def test_rule_18_a_name_corrected_and_then_hidden_is_told_behind_no_link(chain: Chain) -> None:
    await chain.issued()
    shell = chain.stands["certification"].shell
    event = ApplicantDetailsCorrected(participant_id=ANA, edition_id=EDITION, corrected_at=shell.clock.now())
    await chain.intake_publishes(event)
    await chain.name(Named("Ana de Ejemplo"))
    assert (await chain.verified())["holder"] == "Ana de Ejemplo"
    holder = chain.stands["certification"].tokens.bearer("ana", "participant", participant_id=ANA)
    await chain.ask("POST", "certification", "/me/certificate/choose-display", {"display": "unnamed"}, holder)
    assert (await chain.verified())["holder"] is None
    links = [each["verification_url"].rpartition("/")[2] for each in (await chain.certificate())["issued"]]
    pages = [
        (await chain.ask("GET", "certification", f"/v/{token}", headers={"Accept": "text/html"})).text
        for token in links
    ]
    assert len(pages) == 3
    assert [page for page in pages if "Ana de Ejemplo" in page or "Ana Ejemplo</bdi>" in page] == []


async def test_rule_14_who_was_erased_is_nameless_everywhere_and_what_was_counted_stays_counted(chain: Chain) -> None:
    await chain.issued()
    path = f"/editions/{EDITION}/reach"
    before = (await chain.ask("GET", "multiplier_tracking", path)).json()
    assert (await chain.verified())["holder"] == "Ana Ejemplo"
    now = chain.stands["scheduling"].clock.at
    erased = PersonErased(person_id="f" * 32, application_ids=("a" * 32,), participant_ids=(ANA,), erased_at=now)
    await chain.intake_publishes(erased)
    verified, certificate = await chain.verified(), await chain.certificate()
    assert (verified["status"], verified["holder"], verified["credential"]) == ("valid", None, None)
    assert (certificate["standing"], certificate["under_review"]) == ("issued", None)
    assert (await chain.ask("GET", "multiplier_tracking", path)).json() == before
    for name, each in chain.stands.items():
        assert each.store.collections.get("vault_keys", {}) == {}, f"{name} keeps a key"
        assert each.store.collections.get("vault", {}) == {}, f"{name} keeps what was sealed"
