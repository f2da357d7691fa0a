"""An edition, its participants and the service over fakes, at a test's hand."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from relevo_certification.assets.__main__ import npm
from relevo_certification.background import Asker, FigureReleaser, IssuanceWorker, by_the_service
from relevo_certification.commands.office import Office
from relevo_certification.commands.publishing import PublishLists, publish_lists
from relevo_certification.consumers import SUBSCRIPTIONS
from relevo_certification.credential import keys as signing_keys
from relevo_certification.deadlines import COUNT_DUE, on_count_due
from relevo_certification.domain.count import Figures, figures
from relevo_certification.domain.edition import LANGUAGES, EditionFacts, Language, Signatory, Texts
from relevo_certification.domain.sealed import Identity
from relevo_certification.equipment import Equipment, TooManyVerifications, equipment_of
from relevo_certification.http import BODIES, ROUTERS
from relevo_certification.http.open import OpenToPages
from relevo_certification.identities import NobodyThere
from relevo_certification.pdf.typeset import Typesetter
from relevo_certification.press import Press
from relevo_certification.store import CERTIFICATE
from relevo_chassis.delivery.change import Source
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.http.allowance import Allowance
from relevo_contracts import Envelope, Event, Requirements, derived_id
from relevo_contracts.intake import ApplicantDetailsCorrected, ParticipantEnrolled, ParticipantWithdrawn, PersonErased
from relevo_contracts.multiplier_tracking import CommitmentFulfilled, CommitmentPutUnderReview, CommitmentReopened
from relevo_contracts.scheduling import OnsiteCompleted, OnsiteCorrected, OnsiteNotCompleted
from relevo_testkit.records import readings_of
from relevo_testkit.stand import Stand, stand

VERIFIER = Path(__file__).parent / "verifier"
SITE = "https://certificados.oas.test"
EDITION = "e" * 32
COMPLETED_AT = datetime(2019, 12, 13, 20, tzinfo=UTC)
FULFILLED_AT = datetime(2020, 2, 1, 9, tzinfo=UTC)
ISSUED_AT = datetime(2020, 2, 20, 15, tzinfo=UTC)

TITLES: dict[Language, str] = {
    "es": "Curso para defensoras y defensores de derechos humanos: uso estratégico del sistema interamericano",
    "en": "Course for Human Rights Defenders on the Strategic Use of the Inter-American System",
    "pt": "Curso para defensoras e defensores de direitos humanos: uso estratégico do sistema interamericano",
    "fr": "Formation des défenseures et défenseurs à l’utilisation stratégique du système interaméricain",
}
ISSUERS: dict[Language, str] = {
    "es": "Comisión Interamericana de Derechos Humanos",
    "en": "Inter-American Commission on Human Rights",
    "pt": "Comissão Interamericana de Direitos Humanos",
    "fr": "Commission interaméricaine des droits de l’homme",
}
CRITERIA: dict[Language, str] = {
    "es": "Asistió a por lo menos el 80 % del programa presencial y transmitió sus contenidos a diez personas o más.",
    "en": "Attended at least 80% of the on-site programme and passed its contents on to ten people or more.",
    "pt": "Assistiu a pelo menos 80 % do programa presencial e transmitiu seus conteúdos a dez pessoas ou mais.",
    "fr": "A suivi au moins 80 % du programme en présentiel et en a transmis le contenu à dix personnes ou plus.",
}


class FakeIdentities:
    """Knows who was put into it."""

    def __init__(self) -> None:
        self.known: dict[str, Identity] = {}
        self.asked: list[str] = []

    async def of(self, participant_id: str) -> Identity:
        self.asked.append(participant_id)
        if participant_id not in self.known:
            raise NobodyThere(participant_id)
        return self.known[participant_id]


class Making:
    """Makes what the tests talk about: the second edition and what other services tell of it."""

    edition_id, site = EDITION, SITE
    completed_at, fulfilled_at, issued_at = COMPLETED_AT, FULFILLED_AT, ISSUED_AT

    def participant(self, number: int) -> str:
        return f"{number:032x}"

    def facts(self, **values: Any) -> EditionFacts:
        texts = {
            language: Texts(
                issuer=ISSUERS[language],
                title=TITLES[language],
                description=TITLES[language],
                criteria=CRITERIA[language],
                place="Washington, DC",
                supporter="GOIB",
            )
            for language in LANGUAGES
        }
        office = dict.fromkeys(LANGUAGES, "Secretaría Ejecutiva")
        fields: dict[str, Any] = {
            "texts": texts,
            "first_on": date(2019, 12, 9),
            "last_on": date(2019, 12, 13),
            "time_zone": "America/New_York",
            "hours": 35,
            "signatories": (
                Signatory(name="Ana Ejemplo", office=office),
                Signatory(name="Luis Muestra", office=office),
            ),
            **values,
        }
        return EditionFacts(**fields)

    def enrolled(self, number: int, by_the_service: bool = False) -> Event:
        return ParticipantEnrolled(
            participant_id=self.participant(number),
            application_id="b" * 32,
            call_id="c" * 32,
            edition_id=EDITION,
            enrolled_at=COMPLETED_AT,
            requirements=Requirements(issue_by_itself=by_the_service),
        )

    def details_corrected(self, number: int) -> Event:
        participant_id = self.participant(number)
        return ApplicantDetailsCorrected(participant_id=participant_id, edition_id=EDITION, corrected_at=FULFILLED_AT)

    def withdrawn(self, number: int) -> Event:
        return ParticipantWithdrawn(
            participant_id=self.participant(number),
            application_id="b" * 32,
            call_id="c" * 32,
            edition_id=EDITION,
            withdrawn_at=FULFILLED_AT,
        )

    def erased(self, number: int) -> Event:
        return PersonErased(
            person_id=f"{number + 1000:032x}",
            application_ids=(),
            participant_ids=(self.participant(number),),
            erased_at=FULFILLED_AT,
        )

    def completed(self, number: int) -> Event:
        return OnsiteCompleted(**self._week(number), completed_at=COMPLETED_AT)

    def not_completed(self, number: int) -> Event:
        return OnsiteNotCompleted(**self._week(number), closed_at=COMPLETED_AT)

    def corrected(self, number: int, outcome: str) -> Event:
        return OnsiteCorrected(**self._week(number), outcome=outcome, corrected_at=FULFILLED_AT)

    def fulfilled(self, number: int) -> Event:
        done = {"sessions": 1, "minutes": 240, "people": 12}
        return CommitmentFulfilled(**self._commitment(number), fulfilled_at=FULFILLED_AT, **done)

    def under_review(self, number: int, because: str = "verification_withdrawn") -> Event:
        return CommitmentPutUnderReview(**self._commitment(number), put_under_review_at=FULFILLED_AT, because=because)

    def reopened(self, number: int) -> Event:
        days = {"due_on": date(2020, 2, 11), "report_until_on": date(2020, 2, 25)}
        return CommitmentReopened(**self._commitment(number), reopened_at=FULFILLED_AT, **days)

    def _week(self, number: int) -> dict[str, Any]:
        return {
            "participant_id": self.participant(number),
            "edition_id": EDITION,
            "first_on": date(2019, 12, 9),
            "last_on": date(2019, 12, 13),
            "minutes_required": 1800,
            "minutes_attended": 1500,
            "percent_required": 80,
        }

    def _commitment(self, number: int) -> dict[str, Any]:
        return {
            "commitment_id": f"{number + 2000:032x}",
            "participant_id": self.participant(number),
            "edition_id": EDITION,
        }

    def enveloped(self, events: Sequence[Event]) -> list[Envelope]:
        """As their producers published them: a sequence for each aggregate."""
        sequences: dict[tuple[str, str], int] = {}
        made = []
        for index, event in enumerate(events):
            place = (event.aggregate, event.aggregate_id)
            sequences[place] = sequences.get(place, 0) + 1
            id, sequence = derived_id("event", index, *place), sequences[place]
            made.append(Envelope(id=id, sequence=sequence, time=FULFILLED_AT, cause_id=id, chain_id=id, event=event))
        return made

    async def deliver(self, commits: Any, envelope: Envelope) -> None:
        """As the chassis does; raises ``Ahead`` for one that came before its predecessor."""
        event = envelope.event
        for subscription in SUBSCRIPTIONS:
            handler = subscription.handlers.get(type(event))
            if handler is None:
                continue
            change = handler(event, envelope)
            source = Source(subscription.durable, event.aggregate, event.aggregate_id, envelope.sequence)
            if change is not None:
                await commits.commit(change.of(source))
            return
        raise AssertionError(f"nobody takes {type(event).__name__}")


class House:
    """The service with an edition, and everybody's tokens."""

    def __init__(self, at: Stand, identities: FakeIdentities, making: Making) -> None:
        self.stand, self.identities, self.making = at, identities, making
        self.office = Office.of(at.shell)
        self.coordinator = at.tokens.bearer("carla", "coordinator")
        self._sequences: dict[tuple[str, str], int] = {}

    def holder(self, number: int) -> dict[str, str]:
        return self.stand.tokens.bearer(f"p{number}", "participant", participant_id=self.making.participant(number))

    async def receive(self, *events: Event) -> None:
        for event in events:
            place = (event.aggregate, event.aggregate_id)
            self._sequences[place] = sequence = self._sequences.get(place, 0) + 1
            id = derived_id("event", sequence, *place)
            now = self.stand.clock.now()
            envelope = Envelope(id=id, sequence=sequence, time=now, cause_id=id, chain_id=id, event=event)
            await self.making.deliver(self.stand.shell.committer, envelope)

    async def ready(
        self, number: int, name: str, *, language: Language = "es", named: bool = True, enrolled: bool = False
    ) -> str:
        """A participant whose certificate is ready and whose name has arrived; ``enrolled`` if that came before."""
        making = self.making
        await self.receive(*([] if enrolled else [making.enrolled(number)]))
        await self.receive(making.completed(number), making.fulfilled(number))
        self.identities.known[making.participant(number)] = Identity(name=name, language=language, named=named)
        await self.ask()
        return making.participant(number)

    async def ask(self) -> None:
        await Asker(self.office, self.stand.clock.now).ask()

    async def set_facts(self, **values: Any) -> Any:
        body = self.making.facts(**values).model_dump(mode="json")
        return await self.stand.http.put(f"/editions/{EDITION}", json=body, headers=self.coordinator)

    async def issue(self) -> dict[str, Any]:
        """Ask for what is ready to be issued, have it done, and read what became of each."""
        answer = await self.stand.post(f"/editions/{EDITION}/issue", headers=self.coordinator)
        assert answer.status_code == 202, answer.text
        await self.work()
        place = answer.headers["location"]
        assert (await self.stand.http.get(place, headers=self.coordinator)).json()["state"] == "finished"
        return {row["participant_id"]: row for row in await self.every(f"{place}/rows")}

    async def work(self) -> None:
        """Let the issuing that was asked for go on to its end."""
        issuer = IssuanceWorker(self.office, self.stand.clock.now)
        while not await issuer.issue():
            pass

    async def every(self, path: str, **params: str) -> list[dict[str, Any]]:
        """Every item of a list."""
        found: list[dict[str, Any]] = []
        asked: dict[str, str] | None = params
        while asked is not None:
            page = (await self.stand.http.get(path, params=asked, headers=self.coordinator)).json()
            found += page["items"]
            asked = {**params, "after": page["next"]} if page["next"] else None
        return found

    async def seen(self, participant_id: str) -> dict[str, Any]:
        answer = await self.stand.http.get(f"/certificates/{participant_id}", headers=self.coordinator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def link(self, participant_id: str, which: int = -1) -> str:
        """The path of a verification link."""
        url = (await self.seen(participant_id))["issued"][which]["verification_url"]
        return str(url).removeprefix(SITE)

    async def verification(self, participant_id: str, which: int = -1) -> Any:
        """What anybody is told who has one of a participant's links."""
        return (await self.stand.http.get(f"/verifications/{(await self.link(participant_id, which))[3:]}")).json()

    async def id(self, participant_id: str, which: int = -1) -> str:
        return str((await self.seen(participant_id))["issued"][which]["certificate_id"])

    async def issued(self, number: int, name: str, **how: Any) -> str:
        participant_id = await self.ready(number, name, **how)
        rows = await self.issue()
        assert rows[participant_id]["outcome"] == "issued"
        return participant_id

    def events(self) -> list[dict[str, Any]]:
        rows = sorted(self.stand.store.collections["outbox"].values(), key=lambda row: int(row["order"]))
        types = [str(row["headers"]["ce-type"]).split(".")[2] for row in rows]
        return [{"type": type, "body": json.loads(row["body"])} for type, row in zip(types, rows, strict=True)]

    async def status_lists(self, folder: Path, form: str = "json") -> list[Path]:
        """Both status lists as they are published now: as JSON, or as JWT."""
        await self.publish()
        accept = {"json": "application/vc", "jwt": "application/vc+jwt"}[form]
        paths = []
        for number, path in enumerate(("/status/1", "/status/1/refresh")):
            answer = await self.stand.http.get(path, headers={"Accept": accept})
            assert (answer.status_code, answer.headers["content-type"]) == (200, accept)
            paths.append(folder / f"status-{number}.{form}")
            paths[-1].write_bytes(answer.content)
        return paths

    async def publish(self, at: datetime | None = None) -> int:
        """Publish the status lists as is done every quarter of an hour; how many were."""
        asked = by_the_service(at or self.stand.clock.now())
        return await publish_lists(self.office, PublishLists(timedelta(minutes=15)), asked)

    def allow(self, verifications: int) -> None:
        """So many verifications for each address from now on, and no more."""
        shell = self.stand.shell
        few = Allowance(verifications, TooManyVerifications, monotonic=lambda: 0.0)
        self.stand.app.state.shell = replace(shell, equipment=replace(equipment_of(shell), allowance=few))

    def event_types(self) -> list[str]:
        return [each["type"] for each in self.events()]

    async def count(self) -> Figures:
        """The edition's figures on this day, told as far as they may be."""
        due = Deadline(f"count/{EDITION}", COUNT_DUE, EDITION, self.stand.clock.now())
        await self.stand.shell.committer.commit(on_count_due(due, due.due_at))
        await FigureReleaser(self.office, self.stand.clock.now).release()
        return figures(await self.office.store.select(CERTIFICATE, {"edition_id": EDITION}))

    def reads(self) -> list[dict[str, Any]]:
        return readings_of(self.stand.store)

    async def certificate(self, number: int) -> Any:
        return await self.office.store.state(CERTIFICATE(self.making.participant(number)))


@pytest.fixture(scope="session")
def making() -> Making:
    return Making()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> signing_keys.Keys:
    folder: Path = tmp_path_factory.mktemp("signing-keys")
    signing_keys.generate(folder, 2020)
    return signing_keys.load(folder, signing_keys.did_of(SITE))


@pytest.fixture(scope="session")
def press(keys: signing_keys.Keys) -> Press:
    return Press(keys, SITE, Typesetter())


class Verifier:
    """Other people's code, run by node: see verifier/verify.mjs."""

    def __init__(self, node: str) -> None:
        self.node = node

    def outcomes(self, files: Sequence[Path], did: Path, status: Sequence[Path], now: datetime) -> list[dict[str, str]]:
        lists = [word for path in status for word in ("--status", str(path))]
        command = [self.node, "verify.mjs", "--did", str(did), *lists, "--now", now.isoformat(), *map(str, files)]
        return self._run(command)

    def canonical(self, files: Sequence[Path]) -> list[dict[str, str]]:
        """The canonical form of each, or why it would not be signed: see verifier/canonize.mjs."""
        return self._run([self.node, "canonize.mjs", *map(str, files)])

    def _run(self, command: Sequence[str]) -> list[dict[str, str]]:
        ran = subprocess.run(command, cwd=VERIFIER, capture_output=True, text=True, check=True)  # noqa: S603
        return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture(scope="session")
def verifier() -> Verifier:
    """The verifier, with its packages installed if they are not yet."""
    if not (VERIFIER / "node_modules").is_dir():
        subprocess.run([*npm(), "ci"], cwd=VERIFIER, check=True, capture_output=True)  # noqa: S603
    return Verifier(npm()[0] if len(npm()) > 1 else "node")


@pytest_asyncio.fixture
async def house(press: Press, making: Making) -> AsyncIterator[House]:
    identities, allowance = FakeIdentities(), Allowance(10_000, TooManyVerifications)
    equipment = Equipment(press, identities, allowance, timedelta(minutes=15))
    async with stand(ROUTERS, ISSUED_AT, texts="relevo_certification", equipment=equipment, bodies=BODIES) as at:
        at.app.add_middleware(OpenToPages)
        made = House(at, identities, making)
        assert (await made.set_facts()).status_code == 200
        yield made
