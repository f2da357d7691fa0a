"""The portal over a fake store and a fake intake, at a test's hand."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from services.portal.tests.applying import FakeApplying
from services.portal.tests.fake_services import FakeCertification, FakeScheduling
from services.portal.tests.tracking import FakeTracking

from relevo_chassis.ids import new_id, normalised
from relevo_portal.equipment import Equipment, equip
from relevo_portal.http import BODIES, MIDDLEWARE, ROUTERS
from relevo_portal.settings import PortalSettings
from relevo_portal.store import SESSIONS
from relevo_testkit.stand import Stand, stand
from relevo_testkit.surroundings import key_file

AT = datetime(2019, 10, 25, 12, tzinfo=UTC)
CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
EXPIRES = "2019-11-02T12:00:00Z"


class FakeIntake:
    """Answers what intake documents of the routes that the portal asks."""

    def __init__(self) -> None:
        self.mine: dict[str, dict[str, Any]] = {}
        self.handles: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.gone: set[str] = set()
        self.done: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.lost: list[tuple[str, str | None]] = []
        self.spoken_for: dict[str, str | None] = {}
        self.refuses: str | None = None
        self.answers: Response | None = None
        self.is_away = False
        self.app = FastAPI()
        self.app.middleware("http")(self._counted)
        self.app.post("/sessions", status_code=201)(self.begin)
        self.app.post("/sessions/token")(self.grant)
        self.app.post("/sessions/end")(self.end)
        self.app.get("/me")(self.read)
        self.app.post("/offers/{id}/accept")(self.accept)
        self.app.post("/offers/{id}/decline")(self.decline)
        self.app.post("/applications/{id}/withdraw")(self.withdraw)
        self.app.post("/me/recovery/refuse")(self.refuse)
        self.app.post("/lost", status_code=202)(self.lose)
        self.app.post("/applications/{id}/participation/withdraw")(self.withdraw)

    def applied(self, code: str = CODE, standing: str = "undecided", **more: Any) -> dict[str, Any]:
        """Somebody whose application stands like this."""
        found = {
            "application_id": new_id(),
            "call_id": new_id(),
            "edition_id": new_id(),
            "state": "submitted",
            "standing": standing,
            "closes_at": "2019-10-31T23:59:00Z",
            "offer": None,
            "participant_id": None,
            "participation": None,
            "titles": {},
            "letters": "none",
            "next": [{"what": "withdraw", "until": None}],
            **more,
        }
        self.mine[normalised(code)] = found
        return found

    def offered(self, code: str = CODE) -> dict[str, Any]:
        """Somebody with an open offer."""
        offer = {"offer_id": new_id(), "state": "offered", "expires_at": EXPIRES, "travel_grant": True}
        words = ("answer_offer", EXPIRES), ("correct", None), ("withdraw", None)
        steps = [{"what": what, "until": until} for what, until in words]
        return self.applied(code, "offered", offer=offer, next=steps)

    def asked_for(self, code: str = CODE) -> dict[str, Any]:
        """Somebody in whose place another code is asked for."""
        steps = [{"what": "refuse_recovery", "until": EXPIRES}, {"what": "withdraw", "until": None}]
        return self.applied(code, next=steps)

    def enrolled(self, code: str = CODE) -> dict[str, Any]:
        """Somebody who takes part."""
        steps = [{"what": "correct", "until": None}, {"what": "leave", "until": None}]
        return self.applied(code, "accepted", participant_id=new_id(), participation="enrolled", next=steps)

    async def refuse(self, request: Request) -> Any:
        found = self._of(request)
        if found is None:
            return _problem(401, "not-authenticated")
        self.done.append((found["standing"], request.headers["idempotency-key"]))
        found["next"] = []
        return {}

    async def lose(self, request: Request) -> Any:
        body = await request.json()
        if "@" not in body["contact"]:
            return _problem(422, "fields-refused")
        self.lost.append((body["contact"], body.get("word")))
        return Response(status_code=202)

    async def _counted(self, request: Request, call_next: Any) -> Response:
        self.asked.append(f"{request.method} {request.url.path}")
        self.spoken_for[request.url.path] = request.headers.get("forwarded")
        if self.is_away:
            return Response(status_code=503)
        if self.answers is not None and request.method == "POST":
            return self.answers
        answer: Response = await call_next(request)
        return answer

    async def begin(self, request: Request) -> Any:
        code = normalised(request.headers["relevo-receipt"])
        if code in self.gone:
            return _problem(410, "person-erased")
        if code not in self.mine:
            return _problem(404, "no-such-application")
        handle = new_id()
        self.handles[handle] = code
        return {"handle": handle, "ends_at": "2019-10-25T20:00:00Z"}

    async def grant(self, request: Request) -> Any:
        code = self.handles.get(request.headers.get("relevo-session", ""))
        if code is None:
            return _problem(401, "session-is-over")
        assert (await request.json())["audience"] in ("intake", "scheduling", "multiplier_tracking", "certification")
        token = new_id()
        self.tokens[token] = code
        mine = self.mine.get(code, {})
        ids = {"application_id": mine.get("application_id", new_id()), "participant_id": mine.get("participant_id")}
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300, **ids}

    async def end(self, request: Request) -> Response:
        self.handles.pop(request.headers.get("relevo-session", ""), None)
        return Response(status_code=204)

    async def read(self, request: Request) -> Any:
        return self._of(request) or _problem(401, "not-authenticated")

    async def accept(self, id: str, request: Request) -> Any:
        return self._answered(id, request, "accepted")

    async def decline(self, id: str, request: Request) -> Any:
        return self._answered(id, request, "declined")

    async def withdraw(self, id: str, request: Request) -> Any:
        return self._answered(id, request, "withdrawn")

    def _answered(self, id: str, request: Request, standing: str) -> Any:
        found = self._of(request)
        if found is None:
            return _problem(401, "not-authenticated")
        if self.refuses:
            return _problem(409, "offer-has-expired", self.refuses)
        if id not in (found["application_id"], (found["offer"] or {}).get("offer_id")):
            return _problem(404, "no-such-offer")
        self.done.append((standing, request.headers["idempotency-key"]))
        found["standing"], found["next"] = standing, []
        return {}

    def _of(self, request: Request) -> dict[str, Any] | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self.mine.get(self.tokens.get(token, ""))


def _problem(status: int, name: str, detail: str = "") -> JSONResponse:
    problem = {"type": f"urn:relevo:problem:{name}", "title": name, "status": status, "detail": detail or name}
    return JSONResponse(problem, status, media_type="application/problem+json")


class ByHost(httpx.AsyncBaseTransport):
    """Hands on to the fake of a service by its name; whoever has none does not answer."""

    def __init__(self) -> None:
        self.services: dict[str, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        service = self.services.get(request.url.host.removesuffix(".local"))
        if service is None:
            raise httpx.ConnectError("nobody answers", request=request)
        return await service.handle_async_request(request)


@dataclass
class House:
    """The portal with fakes of services beside it, and process time in the test's hand."""

    stand: Stand
    intake: FakeIntake
    http: httpx.AsyncClient
    beside: ByHost
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers={"Accept": "text/html", **headers})

    async def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        return await self.http.post(path, data=form, headers={"Accept": "text/html", **headers})

    async def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the page's last form."""
        html = (await self.get(path)).text
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))

    async def page(self, path: str) -> str:
        """A page that is there, its text as people read it."""
        answer = await self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return unescape(answer.text)

    async def send(self, path: str, **typed: str) -> httpx.Response:
        """Fill in the page's last form, and send it to where the page is."""
        return await self.post(path, {**await self.form(path), **typed})

    def serve(self, service: str, app: FastAPI) -> None:
        """Have a fake of a service answer from now on."""
        self.beside.services[service] = httpx.ASGITransport(app)

    async def enter(self, code: str = CODE, path: str = "/enter") -> httpx.Response:
        return await self.post(path, {**await self.form("/"), "code": code})

    @property
    def sessions(self) -> dict[str, dict[str, Any]]:
        return self.stand.store.collections[SESSIONS]

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def equipped(self, **changed: Any) -> None:
        """With something else in the place of what the portal made for itself."""
        shell = self.stand.app.state.shell
        equipment: Equipment = shell.equipment
        self.stand.app.state.shell = replace(shell, equipment=replace(equipment, **changed))


def settings_of(folder: Path, **changed: Any) -> PortalSettings:
    names = ("intake", "scheduling", "multiplier_tracking", "certification")
    return PortalSettings(
        **{
            "environment": "development",
            "mongo_url": "mongodb://127.0.0.1",
            "mongo_database": "portal",
            "nats_url": "nats://127.0.0.1",
            "service_key_file": key_file(folder / "key"),
            "oidc_issuer": "http://127.0.0.1:9",
            "people_issuer": "http://127.0.0.1:9/people",
            "http_port": 9,
            "public_url": "http://localhost:8105",
            "quick_exit_url": "http://127.0.0.1:9/harmless",
            **{f"{name}_url": f"http://{name}.local" for name in names},
            **changed,
        }
    )


@asynccontextmanager
async def housed(settings: PortalSettings) -> AsyncIterator[House]:
    intake = FakeIntake()
    beside = ByHost()
    client = httpx.AsyncClient(transport=beside)
    async with client, stand(ROUTERS, AT, settings=settings, bodies=BODIES, texts="relevo_portal") as at:
        for each in MIDDLEWARE:
            at.app.add_middleware(each)
        shell = replace(at.shell, client=client)
        house = House(at, intake, at.http, beside)
        house.serve("intake", intake.app)
        at.app.state.shell = replace(shell, equipment=replace(equip(shell), now=lambda: house.now))
        yield house


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(settings_of(tmp_path)) as made:
        yield made


@pytest_asyncio.fixture
async def days(house: House) -> FakeTracking:
    """Somebody who takes part is in, with a fake of multiplier tracking behind the portal; others have nothing yet."""
    fake, scheduling = FakeTracking(), FakeScheduling()
    scheduling.lacks = "not-published-yet"
    house.serve("multiplier_tracking", fake.app)
    house.serve("scheduling", scheduling.app)
    house.serve("certification", FakeCertification().app)
    house.intake.enrolled(CODE)
    await house.enter()
    return fake


@pytest.fixture
def applying(house: House) -> FakeApplying:
    """Calls, drafts and details at the fake intake."""
    return FakeApplying(house.intake)


@pytest.fixture
def portal_settings(tmp_path: Path) -> Any:
    return lambda **changed: settings_of(tmp_path, **changed)


@pytest.fixture
def portal_housed() -> Any:
    return housed
