"""Services as another program sees them: fakes behind the HTTP APIs that docs/api documents, held to the documents."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

_API = Path(__file__).parents[3] / "docs" / "api"
_PROBLEM = "urn:relevo:problem:"


class NotAsDocumented(AssertionError):
    """A fake answered what the service's document does not tell of."""


class Document:
    """What docs/api says of a service: read once, and each of its schemas made ready once."""

    def __init__(self, service: str) -> None:
        self.content: dict[str, Any] = json.loads((_API / f"{service}.openapi.json").read_bytes())
        paths: Mapping[str, Any] = self.content["paths"]
        self._paths = [(re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)), each) for path, each in paths.items()]
        self._validators: dict[int, Any] = {}

    def path(self, path: str) -> Any:
        return next((each for pattern, each in self._paths if pattern.fullmatch(path)), {})

    def fault(self, schema: Mapping[str, Any], content: Any) -> str | None:
        """What of some content is not as a schema of this document says."""
        if id(schema) not in self._validators:
            whole = {**schema, "components": self.content["components"]}
            self._validators[id(schema)] = jsonschema_rs.validator_for(whole)
        return next((str(each) for each in self._validators[id(schema)].iter_errors(content)), None)


document_of = cache(Document)


class FakeService:
    """A fake of one service. Away, it answers 503. Otherwise it answers as documented, or fails the test, unless it
    stands for a newer one."""

    def __init__(self, service: str) -> None:
        self._document = document_of(service)
        self.is_away = self.is_newer = False
        self.asked: list[str] = []
        self.app = FastAPI()
        self.app.middleware("http")(self._documented)

    async def _documented(self, request: Request, call_next: Any) -> Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if self.is_away:
            return Response(status_code=503)
        answer = await call_next(request)
        content = b"".join([part async for part in answer.body_iterator])
        fault = self._fault(request, answer.status_code, answer.headers.get("content-type", ""), content)
        if fault and not self.is_newer:
            raise NotAsDocumented(f"{request.method} {request.url.path}: {fault}")
        return Response(content, answer.status_code, dict(answer.headers))

    def _fault(self, request: Request, status: int, media: str, content: bytes) -> str | None:
        answers = self._document.path(request.url.path).get(request.method.lower(), {}).get("responses", {})
        if str(status) not in answers:
            return f"{status} is not documented"
        answer = self._resolved(answers[str(status)])
        if media.startswith("application/problem+json"):
            name = json.loads(content)["type"].removeprefix(_PROBLEM)
            return None if f"`{name}`" in answer["description"] else f"{name} is not documented"
        documented: Mapping[str, Any] = answer["content"]
        if media.partition(";")[0] not in documented:
            return f"{media} is not documented"
        schema = documented[media.partition(";")[0]].get("schema")
        if schema is not None and media.startswith("application/json"):
            return self._document.fault(schema, json.loads(content))
        return None

    def _resolved(self, answer: Any) -> Any:
        name = answer.get("$ref", "").rpartition("/")[2]
        return self._document.content["components"]["responses"][name] if name else answer


def problem(status: int, name: str, detail: str = "", where: str | None = None) -> JSONResponse:
    """A refusal as services word them, of one field if it says where."""
    content: dict[str, Any] = {"type": _PROBLEM + name, "title": name, "status": status, "detail": detail or name}
    if where is not None and status == 422:
        content["errors"] = [{"where": where, "code": name.replace("-", "_"), "reason": detail}]
    return JSONResponse(content, status, media_type="application/problem+json")


def _in_all(es: str, en: str, pt: str, fr: str) -> dict[str, str]:
    return {"es": es, "en": en, "pt": pt, "fr": fr}


class FakeScheduling(FakeService):
    """Scheduling for one participant: three sessions in Washington, 9 to 11 December 2019."""

    published_at = datetime(2019, 11, 20, 15, tzinfo=UTC)

    def __init__(self) -> None:
        super().__init__("scheduling")
        self.programme = _programme(self.published_at)
        self.figures: dict[str, Any] = {}
        self.recorded: dict[str, int] = {}
        self.excuses: list[dict[str, Any]] = []
        self.links: dict[str, str] = {}
        self.lacks: str | None = None
        self.refuses: str | None = None
        self.feed_is_away = False
        self._events: list[str] = []
        self.app.get("/me/programme")(self.read_programme)
        self.app.get("/me/attendance")(self.read_attendance)
        self.app.get("/me/excuses")(self.read_excuses)
        self.app.post("/me/calendar-link", status_code=201)(self.link)
        self.app.get("/editions/{edition_id}/programme.ics")(self.read_feed)

    def publish(self, version: int) -> None:
        self.programme["version"] = version

    def event(self, session: Mapping[str, Any], sequence: int, changed: datetime) -> None:
        """What the feed says of a session that takes place."""
        self._event(
            session["session_id"], "SUMMARY:x", sequence, changed, "DTSTART;TZID=America/New_York:20191209T090000"
        )

    def cancelled(self, title: str, starts_at: datetime, before: timedelta = timedelta()) -> None:
        """What the feed says of one that the version in force took out, or one that long ``before``."""
        at = f"STATUS:CANCELLED\r\nDTSTART:{_stamp(starts_at)}"
        self._event(uuid.uuid4().hex, f"SUMMARY;LANGUAGE=es:{title}", 1, self.published_at - before, at)

    def excuse(self, session_id: str, reason: str | None, note: str | None = None, **more: Any) -> None:
        fields = {"excuse_id": uuid.uuid4().hex, "session_id": session_id, "excused_at": "2019-12-10T15:00:00Z"}
        nobody = {"excused_by": None, "withdrawn_at": None, "withdrawn_by": None}
        self.excuses.append({**fields, **nobody, "reason": reason, "note": note, **more})

    async def read_programme(self) -> Any:
        if self.lacks:
            return problem(409 if self.lacks == "not-published-yet" else 404, self.lacks)
        return self.programme

    async def read_attendance(self) -> Any:
        if self.lacks == "no-such-participant":
            return problem(404, self.lacks)
        recorded = {"recorded_at": "2019-12-09T16:00:00Z", "recorded_by": None, "corrections": 0}
        sessions = [{"session_id": id, "minutes": each, **recorded} for id, each in self.recorded.items()]
        return {"figures": {**_FIGURES, **self.figures}, "sessions": sessions}

    async def read_excuses(self) -> Any:
        return problem(404, self.lacks) if self.lacks == "no-such-participant" else self.excuses

    async def link(self, request: Request) -> Any:
        if self.refuses:
            return problem(409, "participant-has-left", self.refuses)
        code = self.links.setdefault(request.headers["idempotency-key"], f"/calendars/{uuid.uuid4().hex.upper()}.ics")
        return {"path": code}

    async def read_feed(self, edition_id: str) -> Response:
        if self.feed_is_away:
            return problem(503, "busy")
        events = "".join(self._events)
        return Response(f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n", media_type="text/calendar")

    def _event(self, id: str, title: str, sequence: int, changed: datetime, at: str) -> None:
        lines = (f"UID:{uuid.UUID(id)}", title, f"SEQUENCE:{sequence}", f"LAST-MODIFIED:{_stamp(changed)}", at)
        self._events.append("".join(f"{each}\r\n" for each in ("BEGIN:VEVENT", *lines, "END:VEVENT")))


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


_FIGURES: dict[str, Any] = {
    "participant_id": "1" * 32,
    "groups": ["a"],
    "groups_before": [],
    "expected_from": None,
    "excused_session_ids": [],
    "in_two_places": [],
    "standing": "expected",
    "minutes_required": 240,
    "minutes_attended": 0,
    "percent_required": 80,
    "would_complete": False,
}


def _programme(published_at: datetime) -> dict[str, Any]:
    first = {
        "session_id": "a" * 32,
        "kind": "lecture",
        "topic": _in_all(
            "El sistema interamericano",
            "The inter-American system",
            "O sistema interamericano",
            "Le système interaméricain",
        ),
        "language": "es",
        "interpretation": ["en", "pt"],
        "required": True,
        "starts_at": "2019-12-09T09:00:00-05:00",
        "ends_at": "2019-12-09T10:30:00-05:00",
        "minutes": 90,
        "room": "Salón de las Américas",
        "faculty": ["Ana Fonseca", "Luis Prado"],
        "groups": ["a"],
    }
    second = {
        **first,
        "session_id": "b" * 32,
        "kind": "workshop",
        "topic": _in_all("Taller de casos", "Case workshop", "Oficina de casos", "Atelier de cas"),
        "interpretation": [],
        "required": False,
        "starts_at": "2019-12-09T11:00:00-05:00",
        "ends_at": "2019-12-09T12:00:00-05:00",
        "minutes": 60,
        "room": None,
        "faculty": [],
        "groups": [],
    }
    third = {
        **second,
        "session_id": "c" * 32,
        "kind": "panel",
        "topic": _in_all(
            "Medidas cautelares", "Precautionary measures", "Medidas cautelares", "Mesures conservatoires"
        ),
        "required": True,
        "starts_at": "2019-12-11T11:00:00-05:00",
        "ends_at": "2019-12-11T12:30:00-05:00",
        "minutes": 90,
        "room": "Sala 2",
    }
    return {
        "programme_id": "2" * 32,
        "edition_id": "3" * 32,
        "version": 1,
        "published_at": f"{published_at:%Y-%m-%dT%H:%M:%S.123Z}",
        "first_on": "2019-12-09",
        "last_on": "2019-12-13",
        "time_zone": "America/New_York",
        "venue": "Sede de la CIDH",
        "calendar_link": "none",
        "city": "Washington",
        "groups": [{"code": "a", "label": _in_all("Grupo A", "Group A", "Grupo A", "Groupe A")}],
        "sessions": [third, first, second],
    }


class FakeCertification(FakeService):
    """Certification for one participant, to whom nothing is issued until ``issue``."""

    def __init__(self) -> None:
        super().__init__("certification")
        self.certificate: dict[str, Any] | None = None
        self.display: str | None = None
        self.chosen: dict[str, str] = {}
        self.refuses: JSONResponse | None = None
        self.refuses_papers: JSONResponse | None = None
        self.link_is_unknown = False
        self.offers: list[str] = []
        self.refuses_offers: JSONResponse | None = None
        self.app.post("/me/certificate/wallet")(self.offer)
        self.app.get("/me/certificate")(self.read_certificate)
        self.app.get("/me/certificate/display")(self.read_display)
        self.app.post("/me/certificate/choose-display")(self.choose)
        self.app.get("/me/certificate/{paper}")(self.read_paper)
        self.app.get("/verifications/{token}")(self.verify)

    def stand(self, standing: str, **more: Any) -> dict[str, Any]:
        """How the certificate stands from now on."""
        self.certificate = {**_CERTIFICATE, "standing": standing, **more}
        return self.certificate

    def issue(self, **more: Any) -> str:
        """The link of a certificate that was corrected once."""
        first = {**_ISSUED, "superseded_by_id": "9" * 32, "superseded_at": "2020-02-20T15:00:00Z"}
        first["superseded_because"] = "name_corrected"
        last = {**_ISSUED, "certificate_id": "9" * 32, "verification_url": "https://verify.example.org/v/TOKEN-2"}
        self.stand(**{"standing": "issued", "issued": [first, last], **more})
        return str(last["verification_url"])

    async def read_certificate(self) -> Any:
        return self.certificate or problem(404, "no-such-certificate")

    async def read_display(self) -> Any:
        return self.refuses or {"display": self.display}

    async def choose(self, request: Request) -> Any:
        if self.refuses is not None:
            return self.refuses
        self.display = self.chosen[request.headers["idempotency-key"]] = (await request.json())["display"]
        found = self.certificate or {"standing": "waiting"}
        return {"participant_id": "1" * 32, "certificate_id": None, "standing": found["standing"]}

    async def read_paper(self, paper: str) -> Response:
        if self.refuses_papers is not None:
            return self.refuses_papers
        media = {"pdf": "application/pdf", "json": "application/vc", "jwt": "application/jwt"}
        return Response(f"paper {paper}", headers={"Content-Type": media[paper.rpartition(".")[2]]})

    async def offer(self, request: Request) -> Any:
        """The same offer for the same key."""
        if self.refuses_offers is not None:
            return self.refuses_offers
        if (key := request.headers["idempotency-key"]) not in self.offers:
            self.offers.append(key)
        number = self.offers.index(key) + 1
        address = f"https%3A%2F%2Fverify.example.org%2Fwallet%2Foffers%2FOFFER{number}"
        return {
            "offer": f"openid-credential-offer://?credential_offer_uri={address}",
            "transaction_code": f"{number:06d}",
            "over_at": "2020-02-20T15:10:00Z",
        }

    async def verify(self, token: str) -> Any:
        return problem(404, "no-such-certificate") if self.link_is_unknown or token != "TOKEN-2" else _VERIFIED


_CERTIFICATE: dict[str, Any] = {
    "participant_id": "1" * 32,
    "edition_id": "3" * 32,
    "ready_at": None,
    "identity": "held",
    "under_review": None,
    "issued": [],
    "revoked_at": None,
    "revoked_by": None,
    "revoked_because": None,
}
_ISSUED: dict[str, Any] = {
    "certificate_id": "8" * 32,
    "issued_at": "2020-02-14T15:00:00Z",
    "verification_url": "https://verify.example.org/v/TOKEN-1",
    "superseded_by_id": None,
    "superseded_at": None,
    "superseded_because": None,
    "revoked_at": None,
    "revoked_by": None,
    "revoked_because": None,
}
_TEXTS = {
    "title": "Curso",
    "issuer": "CIDH",
    "place": "Washington",
    "description": "Un curso",
    "criteria": "Todo",
    "supporter": None,
}
_VERIFIED: dict[str, Any] = {
    "status": "valid",
    "issuer": "did:web:verify.example.org",
    "holder": None,
    "sealed_name": None,
    "texts": {each: _TEXTS | {"title": f"Curso ({each})"} for each in ("es", "en", "pt", "fr")},
    "first_on": "2019-12-09",
    "last_on": "2019-12-13",
    "hours": 40,
    "multiplier_hours": 4,
    "multiplier_people": 10,
    "signatories": [],
    "issued_on": "2020-02-14",
}
