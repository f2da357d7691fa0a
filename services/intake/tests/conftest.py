"""Intake's routes over a fake store: with an open call and an applicant's form, or with a call of many applicants and
those who decide."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from services.intake.tests.seated import Seated

from relevo_chassis.delivery.deadlines import Sweeper
from relevo_contracts import SERVICES
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import by_the_service
from relevo_intake.commands.refilling import RefillSeats, refill_seats
from relevo_intake.deadlines import ON_DUE
from relevo_intake.equipment import Equipment
from relevo_intake.http import ROUTERS
from relevo_intake.issuing import TokenIssuer
from relevo_intake.store import INDEXES
from relevo_testkit.fakes import FakeStore, FreeLease
from relevo_testkit.stand import PEOPLE_ISSUER, Stand, stand

OPENS = datetime(2019, 9, 12, tzinfo=UTC)
COUNTRIES = ("HN", "CO", "PE", "AR", "MX", "CL")
EDITION = "e" * 32


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``relevo signing-keys`` makes it: a key for ES256 among others."""
    folder: Path = tmp_path_factory.mktemp("token-keys")
    make_key(folder, "key-2019-2")
    return folder


@pytest.fixture
def new_key() -> Callable[[Path, str], None]:
    """Puts a key of that name into a folder."""
    return make_key


def make_key(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path = folder / f"{name}.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)


def issuing(key_folder: Path) -> Equipment:
    """What issues tokens for every service."""
    return Equipment(TokenIssuer(PEOPLE_ISSUER, key_folder), {each: each for each in SERVICES})


@pytest_asyncio.fixture
async def intake(key_folder: Path) -> AsyncIterator[Stand]:
    """Intake's routes over a fake store, on the morning of 13 September 2019."""
    store = FakeStore()
    await store.prepare((), INDEXES)
    equipment = issuing(key_folder)
    begins = datetime(2019, 9, 13, 9, tzinfo=UTC)
    async with stand(ROUTERS, begins, store=store, texts="relevo_intake", equipment=equipment) as standing:
        yield standing


@pytest.fixture
def call_form() -> dict[str, Any]:
    return {
        "call_id": "1" * 32,
        "edition_id": "2" * 32,
        "titles": {"es": "Segunda edición", "en": "Second edition"},
        "opens_at": "2019-09-12T12:00:00Z",
        "closes_at": "2019-09-27T04:59:00Z",
        "seats": 30,
    }


@pytest.fixture
def application_form() -> Callable[..., dict[str, Any]]:
    def form(**changes: Any) -> dict[str, Any]:
        return {
            "contact": "ana@correo.org",
            "name": "Ana Ejemplo",
            "display": "named",
            "language": "es",
            "country": "HN",
            "organisation": "Red de Agua Limpia",
            "sex": "female",
            "groups": ["indigenous"],
            "themes": ["environment"],
            "motivation": "Quiero llevar lo aprendido a mi comunidad.",
            "experience": "Ocho años.",
            "multiplier_idea": "Un taller.",
            "consent": True,
            **changes,
        }

    return form


@pytest_asyncio.fixture
async def call_id(intake: Stand, call_form: dict[str, Any]) -> str:
    """An open call."""
    coordinator = intake.tokens.bearer("coordinator-1", "coordinator")
    answer = await intake.post("/calls", call_form, headers=coordinator)
    assert answer.status_code == 201, answer.text
    return str(call_form["call_id"])


@dataclass
class Choosing:
    """A call with applicants, and those who decide."""

    on: Stand
    call_id: str = ""
    receipts: dict[str, str] = field(default_factory=dict)
    coordinator: dict[str, str] = field(default_factory=dict)
    reviewers: dict[str, dict[str, str]] = field(default_factory=dict)
    lease: FreeLease = field(default_factory=FreeLease)

    async def ask(self, path: str, **headers: str) -> Any:
        answer = await self.on.http.get(path, headers=headers or self.coordinator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, content: Any = None, headers: dict[str, str] | None = None) -> Any:
        answer = await self.on.post(path, content, headers=headers or self.coordinator)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def receipt(self, application_id: str) -> dict[str, str]:
        return {"Relevo-Receipt": self.receipts[application_id]}

    async def open(self, **criteria: Any) -> None:
        form = {
            "edition_id": EDITION,
            "opens_at": OPENS.isoformat(),
            "closes_at": (OPENS + timedelta(days=20)).isoformat(),
            "seats": 6,
            "travel_grants": 2,
            "criteria": {"priority_countries": ["HN", "CO"], "reviews_per_application": 2, **criteria},
        }
        self.call_id = (await self.post("/calls", form))["call_id"]

    async def apply(self, number: int, **more: Any) -> str:
        form = {
            "contact": f"person{number}@correo.org",
            "name": f"CANARYNAME{number}",
            "language": "es",
            "country": COUNTRIES[number % 6],
            "organisation": f"CANARYORG {number % 4}",
            "sex": "female" if number % 2 else "male",
            "groups": ["indigenous"] if number % 5 == 0 else [],
            "themes": ["environment"],
            "motivation": f"CANARYTEXT {number}",
            "consent": True,
            **more,
        }
        receipt = await self.post(f"/calls/{self.call_id}/applications", form, {"X": "x"})
        self.receipts[receipt["application_id"]] = receipt["receipt_code"]
        return str(receipt["application_id"])

    async def close(self) -> None:
        self.on.clock.at = OPENS + timedelta(days=21)
        await self.sweep()

    async def sweep(self) -> None:
        committer = self.on.shell.committer
        sweeper = Sweeper(self.on.shell.store, committer, FreeLease(), self.on.clock.now, ON_DUE)
        await sweeper.sweep()

    async def settle(self) -> int:
        return await refill_seats(self.office, RefillSeats(self.call_id), by_the_service(self.on.clock.at))

    @property
    def office(self) -> Office:
        """That of the routes."""
        state = self.on.app.state
        if not hasattr(state, "office"):
            state.office = Office.of(self.on.shell)
        office: Office = state.office
        return office

    async def review_all(self, count: int = 4) -> Any:
        self.reviewers = {f"rev{at}": self.on.tokens.bearer(f"rev{at}", "reviewer") for at in range(count)}
        panel = [{"reviewer_id": name, "country": COUNTRIES[at % 6]} for at, name in enumerate(self.reviewers)]
        assigned = await self.post(f"/calls/{self.call_id}/reviewers", {"reviewers": panel})
        for name, token in self.reviewers.items():
            for each in (await self.ask("/me/assignments?limit=200", **token))["items"]:
                score = int(each["application_id"][:6], 16)
                scores = {"experience": score % 11, "motivation": score % 7, "multiplier_idea": (score + len(name)) % 9}
                await self.post(f"/applications/{each['application_id']}/reviews", {"scores": scores}, token)
        return assigned

    async def selected(self, **form: Any) -> Any:
        proposed = await self.post(f"/calls/{self.call_id}/selections", form)
        assert proposed["status"] == "optimal", proposed["concessions"]
        return await self.post(
            f"/selections/{proposed['selection_id']}/apply", {"refill_until": "2019-12-08T00:00:00Z"}
        )

    async def outcomes(self, selection: Any) -> list[Any]:
        """What was decided about each application."""
        found, after = [], ""
        while True:
            page = await self.ask(f"/selections/{selection['selection_id']}/outcomes?limit=10{after}")
            found += page["items"]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def events(self, kind: type) -> list[Any]:
        rows = self.on.store.collections["outbox"].values()
        return [json.loads(row["body"]) for row in rows if row["headers"]["ce-type"].split(".")[2] == kind.__name__]

    async def offered(self) -> dict[str, str]:
        seating = await self.ask(f"/calls/{self.call_id}/seating")
        return {each["application_id"]: each["offer_id"] for each in seating["offers"] if each["state"] == "offered"}

    def contact_of(self, application_id: str) -> str:
        return str(self.on.store.collections["application"][application_id]["state"]["contact_id"])


@asynccontextmanager
async def a_call(equipment: Equipment | None = None, **criteria: Any) -> AsyncIterator[Choosing]:
    with TemporaryDirectory() as folder:
        make_key(Path(folder), "key-2019-2")
        equipment = equipment or issuing(Path(folder))
    async with stand(ROUTERS, OPENS, equipment=equipment) as on:
        there = Choosing(on, coordinator=on.tokens.bearer("coo", "coordinator"))
        await there.open(**criteria)
        yield there


@pytest.fixture
def call_with() -> Any:
    """A call with such criteria, and nobody yet."""
    return a_call


@pytest.fixture
async def choosing() -> AsyncIterator[Choosing]:
    """A call with 24 applications."""
    async with a_call() as there:
        for number in range(24):
            await there.apply(number)
        yield there


@pytest.fixture
async def seated(key_folder: Path) -> AsyncIterator[Seated]:
    """Two who take part, and one who applied and has no seat."""
    async with a_call(issuing(key_folder)) as call:
        there = Seated(call)
        await there.begin()
        yield there
